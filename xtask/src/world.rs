//! What tests and demos in other languages live in: a process with servers and stores, which ends with ours.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::bindings::BUILT;
use crate::cached::emptied;
use crate::steps::{cargo, run, target};

pub(crate) struct World {
    process: Child,
    address: String,
    folder: PathBuf,
}

impl World {
    pub(crate) fn start() -> Result<Self, String> {
        run(&mut cargo(BUILT))?;
        let folder = std::env::temp_dir().join(format!("rehome-world-{}", std::process::id()));
        emptied(&folder)?;
        let mut command = Command::new(target().join("debug/rehome-world"));
        command.arg(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("rehome-world cannot be run: {error}"))?;
        let mut address = String::new();
        // Without an answer the line stays empty.
        let _ = process.stdout.take().map(|said| BufReader::new(said).read_line(&mut address));
        let world = Self { process, address: address.trim().to_owned(), folder };
        if world.address.is_empty() { Err("rehome-world did not start".to_owned()) } else { Ok(world) }
    }

    /// Where it is asked, and the folder in which it makes stores.
    pub(crate) fn variables(&self) -> [(String, OsString); 2] {
        let address = ("REHOME_WORLD".to_owned(), self.address.clone().into());
        [address, ("REHOME_WORLD_FOLDER".to_owned(), self.folder.clone().into_os_string())]
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It has nothing left to say, and what it leaves is of no use.
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
