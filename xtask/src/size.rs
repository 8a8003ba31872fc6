//! What the library that a phone links weighs.

use std::fs;
use std::process::{Command, Stdio};

use crate::bindings::{file_name, library_of_a_phone};
use crate::steps::{Done, workspace};

pub(crate) fn print() -> Done {
    let size = measured()?;
    println!(
        "{} for {}, stripped: {:.2} MB; compressed: {:.2} MB",
        file_name(),
        size.target,
        megabytes(size.stripped),
        megabytes(size.gzip)
    );
    Ok(())
}

pub(crate) fn print_json() -> Done {
    println!("{}", measured()?.json());
    Ok(())
}

/// What it weighed when somebody last looked, in this very form.
const RECORDED: &str = "bindings/size.json";
/// By how much of a hundred it may grow without anybody saying so.
const UNANNOUNCED: u64 = 3;

/// Writes down what it weighs, for the tests.
pub(crate) fn record() -> Done {
    let path = workspace().join(RECORDED);
    let json = measured()?.json();
    fs::write(&path, format!("{json}\n")).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    println!("{json}");
    Ok(())
}

/// Fails where it has grown and nobody said so. What another processor's library weighs tells nothing.
pub(crate) fn check() -> Done {
    let (now, path) = (measured()?, workspace().join(RECORDED));
    let recorded = fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let (before, of) = (number(&recorded, "stripped_bytes"), format!("\"target\": \"{}\"", now.target));
    let before =
        before.filter(|_| recorded.contains(&of)).ok_or_else(|| format!("{RECORDED} is of another processor"))?;
    println!("{} bytes, {before} when it was last recorded", now.stripped);
    if now.stripped * 100 <= before * (100 + UNANNOUNCED) {
        return Ok(());
    }
    Err(format!(
        "the library grew from {before} to {} bytes, by more than {UNANNOUNCED} %; make it smaller, or say in docs/size.md \
         what for, and run cargo xtask size --record",
        now.stripped
    ))
}

/// A number of a flat JSON object that this very file has written.
fn number(json: &str, name: &str) -> Option<u64> {
    let (_, rest) = json.split_once(&format!("\"{name}\": "))?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

struct Size {
    stripped: u64,
    gzip: u64,
    target: String,
}

impl Size {
    fn json(&self) -> String {
        let Self { stripped, gzip, target } = self;
        format!(r#"{{"stripped_bytes": {stripped}, "gzip_bytes": {gzip}, "target": "{target}"}}"#)
    }
}

fn measured() -> Result<Size, String> {
    let library = library_of_a_phone()?.join(file_name());
    let stripped = fs::metadata(&library).map_err(|error| format!("{}: {error}", library.display()))?.len();
    let zipped = Command::new("gzip").args(["--best", "--stdout"]).arg(&library).stderr(Stdio::inherit()).output();
    let zipped = zipped.ok().filter(|gzip| gzip.status.success()).ok_or("gzip cannot be run; install it")?;
    let asked = Command::new("rustc").args(["--version", "--verbose"]).output();
    let said = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let host =
        said.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say what it compiles for")?;
    Ok(Size { stripped, gzip: zipped.stdout.len() as u64, target: host.to_owned() })
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
