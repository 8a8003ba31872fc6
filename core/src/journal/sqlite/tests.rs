use std::sync::Arc;

use super::format::{FORMATS, upgrade};
use super::*;
use crate::error::{Advice, ErrorKind};
use crate::journal::{Counters, Position, Status};
use crate::plan::{ContentHash, Fingerprint, Outline};
use crate::record::Key;
use crate::testkit::conformance::{JournalFixture, journal};

fn open(path: &Path) -> SqliteJournal {
    SqliteJournal::open(path, &JournalOptions::default()).unwrap().journal
}

#[tokio::test]
async fn the_file_keeps_every_clause_of_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rehome/journal.sqlite");
    let open = || -> Answer<'_, Arc<dyn Journal>> {
        let journal: Arc<dyn Journal> = Arc::new(open(&path));
        Box::pin(async { Ok(journal) })
    };
    journal(&JournalFixture { open: Box::new(open) }).await.unwrap();
}

fn format_of(sql: &Connection) -> i64 {
    sql.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

#[test]
fn an_older_file_is_brought_to_the_last_format_with_all_that_is_in_it() {
    let mut sql = Connection::open_in_memory().unwrap();
    upgrade(&mut sql, FORMATS).unwrap();
    sql.execute("INSERT INTO store VALUES ('default.store', 'ann')", []).unwrap();
    let later = [FORMATS, &["ALTER TABLE store ADD COLUMN since TEXT", "UPDATE store SET since = 'then'"]].concat();
    upgrade(&mut sql, &later).unwrap();
    upgrade(&mut sql, &later).unwrap();
    let row: (String, String) =
        sql.query_row("SELECT owner, since FROM store", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(row, ("ann".to_owned(), "then".to_owned()));
    assert_eq!(usize::try_from(format_of(&sql)).unwrap(), later.len());
}

#[test]
fn an_upgrade_that_fails_leaves_the_file_as_it_was() {
    let mut sql = Connection::open_in_memory().unwrap();
    upgrade(&mut sql, FORMATS).unwrap();
    let before = format_of(&sql);
    let broken = [FORMATS, &["DROP TABLE store", "DROP TABLE nobody"]].concat();
    assert!(upgrade(&mut sql, &broken).is_err());
    assert_eq!(format_of(&sql), before);
    sql.execute("INSERT INTO store VALUES ('default.store', 'ann')", []).unwrap();
    let unknown = upgrade(&mut sql, &[]).unwrap_err().explain(Path::new("journal"));
    assert_eq!(unknown.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_full_disk_leaves_the_step_before_and_a_journal_that_goes_on_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.sqlite"));
    let (scope, now) = (Scope::of("habits", "ann"), Timestamp::from_millis(0));
    let Leased::Yours(lease) = journal.lease(&scope, "app", Ask::Force, now).await.unwrap() else { panic!("held") };
    let run = Run {
        fingerprint: Fingerprint([7; 32]),
        outline: Outline::default(),
        store: "default.store".to_owned(),
        target: "target".to_owned(),
        generation: 1,
        status: Status::Running,
        paused: None,
        started: now,
        heartbeat: now,
        finished: None,
        position: Position::default(),
        counters: Counters::default(),
    };
    journal.begin(&lease, &run).await.unwrap();
    let pages = |most: u32| {
        journal.ask(move |book| {
            book.on_connection(|sql| {
                sql.query_row(&format!("PRAGMA max_page_count = {most}"), [], |row| row.get::<_, i64>(0))?;
                Ok(())
            })
        })
    };
    pages(1).await.unwrap();

    let row = |key: i64| Carried {
        source: RecordId { entity: "Habit".into(), key: Key::Int(key) },
        slot: 0,
        address: format!("users/ann/habits/{key}"),
        hash: ContentHash([7; 32]),
        version: None,
        ours: true,
    };
    let counters = Counters { read: 2000, carried: 2000, ..Counters::default() };
    let saved = Saved { carried: (0..2000).map(row).collect(), counters, ..Saved::default() };
    let error = journal.save(&lease, &saved, now).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Io, Advice::TryLater), "{error}");
    assert!(error.to_string().contains("no space left"), "{error}");
    assert_eq!(journal.run(&scope).await.unwrap(), Some(run));
    assert_eq!(journal.ledger(&scope, 0, 9).await.unwrap(), []);

    pages(u32::MAX - 1).await.unwrap();
    journal.save(&lease, &saved, now).await.unwrap();
    assert_eq!(journal.ledger(&scope, 0, 9999).await.unwrap().len(), 2000);
}
