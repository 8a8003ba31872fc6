//! What the library that a phone links weighs.

use std::fs;
use std::process::{Command, Stdio};

use crate::bindings::file_name;
use crate::steps::{Done, cargo, run, target};

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
    let Size { stripped, gzip, target } = measured()?;
    println!(r#"{{"stripped_bytes": {stripped}, "gzip_bytes": {gzip}, "target": "{target}"}}"#);
    Ok(())
}

struct Size {
    stripped: u64,
    gzip: u64,
    target: String,
}

/// The profile strips it.
fn measured() -> Result<Size, String> {
    run(&mut cargo("build --quiet --package rehome-ffi --profile phone"))?;
    let library = target().join("phone").join(file_name());
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
