//! Who writes the documents, and what that takes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::documents::Documents;
use crate::measure::{Result, cpu_seconds, peak_kb};
use crate::server::Server;
use crate::{documents, firestore_crate, ours, ready};

/// The project that all write to.
pub(crate) const PROJECT: &str = "bench";

/// What a process used.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    pub(crate) documents: u64,
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    pub(crate) peak_kb: u64,
}

/// Who writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Ours,
    Ceiling,
    CrateOneByOne,
    CrateEight,
    CrateStreaming,
    NodeBatches,
    NodeBulk,
    PythonBulk,
}

impl Client {
    pub(crate) const ALL: [Self; 8] = [
        Self::Ours,
        Self::Ceiling,
        Self::CrateOneByOne,
        Self::CrateEight,
        Self::CrateStreaming,
        Self::NodeBatches,
        Self::NodeBulk,
        Self::PythonBulk,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours, from SQLite to the receipt",
            Self::Ceiling => "the ceiling: Commits ready to send, 8 at once",
            Self::CrateOneByOne => "crate firestore, simple writer",
            Self::CrateEight => "crate firestore, simple writer, 8 at once",
            Self::CrateStreaming => "crate firestore, streaming writer, 1 ms",
            Self::NodeBatches => "firebase-admin, batches, 8 at once",
            Self::NodeBulk => "firebase-admin, BulkWriter, unthrottled",
            Self::PythonBulk => "google-cloud-firestore, BulkWriter",
        }
    }

    /// Lets it write all documents, in a process of its own.
    pub(crate) fn run(self, server: &Server, store: &Path, documents: &Documents, folder: &Path) -> Result<Used> {
        let file = &documents.file;
        let mut command = match self {
            Self::Ours => return in_a_process("ours", server, &[store, &folder.join("journal.sqlite")]),
            Self::Ceiling => return in_a_process("ceiling", server, &[file]),
            Self::CrateOneByOne => return in_a_process("one-by-one", server, &[file]),
            Self::CrateEight => return in_a_process("eight", server, &[file]),
            Self::CrateStreaming => return in_a_process("streaming", server, &[file]),
            Self::NodeBatches => node("batches")?,
            Self::NodeBulk => node("bulk")?,
            Self::PythonBulk => python()?,
        };
        let used = answer(command.arg(PROJECT).arg(file), server)?;
        if used.documents == documents.count { Ok(used) } else { Err("it did not write all documents".into()) }
    }
}

/// This program once more, to be one client.
pub(crate) fn in_a_process(word: &str, server: &Server, paths: &[&Path]) -> Result<Used> {
    answer(Command::new(std::env::current_exe()?).args(["client", word, server.address()]).args(paths), server)
}

/// What that process is to do.
pub(crate) fn be(word: &str, rest: &[&str]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let used = runtime.block_on(async {
        match (word, rest) {
            ("ours", [address, store, journal]) => ours::carry(address, store.as_ref(), journal.as_ref()).await,
            ("ours-until", [address, store, journal, count]) => {
                ours::carry_until(count.parse()?, address, store.as_ref(), journal.as_ref()).await
            }
            ("ours-resumed", [address, store, journal]) => {
                ours::carry_on(address, store.as_ref(), journal.as_ref()).await
            }
            ("ceiling", [address, file]) => ready::write(address, documents::writes(file.as_ref())?).await,
            ("one-by-one", [_, file]) => firestore_crate::simple(1, documents::writes(file.as_ref())?).await,
            ("eight", [_, file]) => firestore_crate::simple(8, documents::writes(file.as_ref())?).await,
            ("streaming", [_, file]) => firestore_crate::streaming(documents::writes(file.as_ref())?).await,
            ("nothing", [_]) => Lap::begin().end(0),
            _ => Err(format!("there is no client `{word}`").into()),
        }
    })?;
    println!("{} {} {} {}", used.documents, used.seconds, used.cpu_seconds, used.peak_kb);
    Ok(())
}

fn node(manner: &str) -> Result<Command> {
    let mut command = Command::new("node");
    command.env("NODE_PATH", named("REHOME_NODE_MODULES")?).arg(peers().join("write.cjs")).arg(manner);
    Ok(command)
}

fn python() -> Result<Command> {
    let mut command = Command::new(named("REHOME_PYTHON")?);
    command.arg(peers().join("write.py"));
    Ok(command)
}

fn named(variable: &str) -> Result<OsString> {
    let missing = || format!("{variable} is not set: `cargo xtask bench` installs what is needed and sets it");
    std::env::var_os(variable).ok_or_else(|| missing().into())
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn answer(command: &mut Command, server: &Server) -> Result<Used> {
    let output = command.env("FIRESTORE_EMULATOR_HOST", server.address()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let answer = String::from_utf8(output.stdout)?;
    let mut words = answer.split_whitespace();
    let mut word = || words.next().ok_or("the measuring process said nothing");
    Ok(Used {
        documents: word()?.parse()?,
        seconds: word()?.parse()?,
        cpu_seconds: word()?.parse()?,
        peak_kb: word()?.parse()?,
    })
}

/// A clock and what it shows.
pub(crate) struct Lap {
    began: Instant,
    cpu: f64,
}

impl Lap {
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now(), cpu: cpu_seconds() }
    }

    pub(crate) fn end(&self, documents: u64) -> Result<Used> {
        let seconds = self.began.elapsed().as_secs_f64();
        Ok(Used { documents, seconds, cpu_seconds: cpu_seconds() - self.cpu, peak_kb: peak_kb()? })
    }
}
