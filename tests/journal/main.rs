//! The journal's file: how it is opened, what it outlives, and what is left of it.

mod faults;
mod golden;
mod installation;
mod looking;
mod opening;
mod processes;
mod wiping;

use std::path::{Path, PathBuf};

use rehome_core::journal::{
    Ask, Carried, Counters, Journal, JournalOptions, Kept, Lease, Leased, Position, Quarantined, Run, Saved, Scope,
    SqliteJournal, Status,
};
use rehome_core::plan::{ContentHash, Fingerprint, Outline};
use rehome_core::record::{Key, Map, Reason, RecordId, Rejection, Timestamp};
use rehome_core::store::Version;
use tempfile::TempDir;

/// A folder for a journal, and where in it.
struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite");
        Self { folder, path }
    }

    fn open(&self) -> SqliteJournal {
        let opened = SqliteJournal::open(&self.path, &JournalOptions::default()).unwrap();
        assert_eq!(opened.put_aside, None);
        opened.journal
    }

    /// All bytes of all files in the folder.
    fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path());
        files.flat_map(|file| std::fs::read(file).unwrap()).collect()
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

fn scope() -> Scope {
    Scope::of("habits", "ann")
}

fn run() -> Run {
    Run {
        fingerprint: Fingerprint([7; 32]),
        outline: Outline::default(),
        store: "default.store".to_owned(),
        target: "target".to_owned(),
        generation: 1,
        status: Status::Running,
        paused: None,
        started: at(0),
        heartbeat: at(0),
        finished: None,
        position: Position::default(),
        counters: Counters::default(),
    }
}

fn id(key: i64) -> RecordId {
    RecordId { entity: "Habit".into(), key: Key::Int(key) }
}

fn carried(key: i64) -> Carried {
    let (hash, version) = (ContentHash([7; 32]), Some(Version::new("1700000000.5")));
    Carried { source: id(key), slot: 0, address: format!("users/ann/habits/{key}"), hash, version, ours: true }
}

fn set_aside(key: i64, fields: Map) -> Quarantined {
    let rejection = Rejection {
        entity: "Habit".into(),
        key: Key::Int(key),
        column: Some("title".into()),
        reason: Reason::Refused,
        detail: "the target does not take it".to_owned(),
    };
    let documents = vec![Kept { address: format!("users/ann/habits/{key}"), fields }];
    Quarantined { rejection, documents, at: at(3) }
}

async fn begun(journal: &dyn Journal) -> Lease {
    let lease = leased(journal, "app").await;
    journal.begin(&lease, &run()).await.unwrap();
    lease
}

async fn leased(journal: &dyn Journal, holder: &str) -> Lease {
    match journal.lease(&scope(), holder, Ask::Force, at(0)).await.unwrap() {
        Leased::Yours(lease) => lease,
        Leased::Held { by, .. } => panic!("held by {by}"),
    }
}

/// A step that carries these records and has read as many.
fn step(keys: std::ops::Range<i64>) -> Saved {
    let read = keys.end.cast_unsigned();
    let counters = Counters { read, carried: read, ..Counters::default() };
    Saved { carried: keys.map(carried).collect(), counters, ..Saved::default() }
}
