//! Stores of other people's apps, and another generator of stores. They lie beside the checkout, or where
//! `REHOME_SHARED` says, and are no part of it: where they are not, this prints that, and there is nothing to test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use serde_json::Value as Json;

/// A store of somebody's app.
#[derive(Debug)]
pub struct Sample {
    /// The store; what belongs to it is in the same folder.
    pub file: PathBuf,
    /// What the samples' manifest says of it.
    pub about: Json,
}

/// The stores that the samples' manifest lists; none where there are no samples.
///
/// # Errors
/// The manifest is there, and lists no samples.
pub fn stores() -> io::Result<Vec<Sample>> {
    let folder = shared().join("samples");
    let manifest = match fs::read(folder.join("manifest.json")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("not run: no sample stores lie in {}", folder.display());
            return Ok(Vec::new());
        }
        read => read?,
    };
    let listed: Vec<Json> = serde_json::from_slice(&manifest)?;
    if listed.is_empty() {
        return Err(io::Error::other("the samples' manifest lists none"));
    }
    let sample = |about: Json| {
        let text = |key| about[key].as_str().ok_or_else(|| io::Error::other(format!("a sample without `{key}`")));
        Ok(Sample { file: folder.join(text("dir")?).join(text("file")?), about })
    };
    listed.into_iter().map(sample).collect()
}

/// Has a generator that shares no line with ours write a habit app's store. `false` where there is none.
///
/// # Errors
/// The generator is there, and Python is not, or it fails.
pub fn generated_by_another(store: &Path, options: &[&str]) -> io::Result<bool> {
    let generator = shared().join("tools/gen_habit_store.py");
    if !generator.exists() {
        println!("not run: no other generator is {}", generator.display());
        return Ok(false);
    }
    let made = Command::new("python3").arg(&generator).arg(store).args(options).output().map_err(|error| {
        io::Error::new(error.kind(), format!("{} needs python3: {error}; install it", generator.display()))
    })?;
    if !made.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&made.stderr)));
    }
    Ok(true)
}

fn shared() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    env::var_os("REHOME_SHARED").map_or_else(beside, PathBuf::from)
}
