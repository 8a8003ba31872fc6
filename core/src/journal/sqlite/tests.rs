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

async fn begun(journal: &SqliteJournal, scope: &Scope) -> (Lease, Run) {
    let now = Timestamp::from_millis(0);
    let Leased::Yours(lease) = journal.lease(scope, "app", Ask::Force, now).await.unwrap() else { panic!("held") };
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
    (lease, run)
}

fn row(key: i64, address: String) -> Carried {
    let source = RecordId { entity: "Habit".into(), key: Key::Int(key) };
    Carried { source, slot: 0, address, hash: ContentHash([7; 32]), version: None, ours: true }
}

#[tokio::test]
async fn a_full_disk_leaves_the_step_before_and_a_journal_that_goes_on_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.sqlite"));
    let (scope, now) = (Scope::of("habits", "ann"), Timestamp::from_millis(0));
    let (lease, run) = begun(&journal, &scope).await;
    let pages = |most: u32| {
        journal.ask(move |book| {
            book.on_connection(|sql| {
                sql.query_row(&format!("PRAGMA max_page_count = {most}"), [], |row| row.get::<_, i64>(0))?;
                Ok(())
            })
        })
    };
    pages(1).await.unwrap();

    let row = |key| row(key, format!("users/ann/habits/{key}"));
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

#[tokio::test]
async fn every_address_comes_back_whole_however_many_parents_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let (scope, now) = (Scope::of("habits", "ann"), Timestamp::from_millis(0));
    let address = |key: i64| match key % 4 {
        0 => format!("users/ann/habits/{key}"),
        1 => format!("users/ann/days/{}/habits/{key}", key % 100),
        2 => format!("users/ann/days/{key}/habits/1"),
        _ => format!("habit{key}"),
    };
    let rows: Vec<_> = (0..20_000).map(|key| row(key, address(key))).collect();
    {
        let journal = open(&path);
        let (lease, _) = begun(&journal, &scope).await;
        for carried in rows.chunks(500) {
            let saved = Saved { carried: carried.to_vec(), ..Saved::default() };
            journal.save(&lease, &saved, now).await.unwrap();
        }
    }
    let journal = open(&path);
    let found = journal.ledger(&scope, 0, rows.len()).await.unwrap();
    assert!(found.into_iter().map(|(_, row)| row).eq(rows.iter().cloned()));
    let addresses: Vec<_> = rows.iter().map(|row| row.address.clone()).collect();
    assert!(journal.carried_at(&scope, &addresses).await.unwrap().into_iter().flatten().eq(rows));
}

#[tokio::test]
async fn addresses_that_are_in_no_row_are_known_to_be_in_none_without_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let (scope, now) = (Scope::of("habits", "ann"), Timestamp::from_millis(0));
    let rows: Vec<_> = (0..3).map(|key| row(key, format!("habits/{key}"))).collect();
    {
        let journal = open(&path);
        let (lease, _) = begun(&journal, &scope).await;
        journal.save(&lease, &Saved { carried: rows.clone(), ..Saved::default() }, now).await.unwrap();
    }
    let is_indexed = || {
        let query = "SELECT count(*) FROM sqlite_master WHERE name = 'ledger_place'";
        rusqlite::Connection::open(&path).unwrap().query_row(query, [], |row| row.get::<_, bool>(0)).unwrap()
    };
    let journal = open(&path);
    let others = ["habits/3".to_owned(), "habits/4".to_owned()];
    assert_eq!(journal.carried_at(&scope, &others).await.unwrap(), [None, None]);
    assert!(!is_indexed());
    let some = ["habits/3".to_owned(), "habits/1".to_owned()];
    assert_eq!(journal.carried_at(&scope, &some).await.unwrap(), [None, Some(rows[1].clone())]);
    assert!(is_indexed());
}

/// A scope that comes after one that was wiped may have its number.
#[tokio::test]
async fn nothing_that_was_known_of_a_wiped_owner_is_taken_for_the_next_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let (journal, now) = (open(&path), Timestamp::from_millis(0));
    for owner in ["ann", "ben"] {
        let scope = Scope::of("habits", owner);
        let (lease, _) = begun(&journal, &scope).await;
        let carried: Vec<_> = (0..3).map(|key| row(key, format!("habits/{key}"))).collect();
        let saved = Saved { carried: carried.clone(), marks: vec![(7, carried[0].source.clone())], ..Saved::default() };
        assert_eq!(journal.owners(&scope, &[7]).await.unwrap(), [None]);
        journal.save(&lease, &saved, now).await.unwrap();
        let read = open(&path).ledger(&scope, 0, 9).await.unwrap();
        assert!(read.into_iter().map(|(_, row)| row).eq(carried));
        journal.release(&lease).await.unwrap();
        journal.wipe(owner, Forget::Everything, "test", now).await.unwrap();
    }
}
