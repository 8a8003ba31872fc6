use std::fs;

use rehome_core::error::ErrorKind;
use rehome_core::journal::{Journal, JournalOptions, Saved, SqliteJournal};
use rehome_core::record::Map;
use rusqlite::Connection;

use super::{Place, begun, beside, scope, step};

fn open(place: &Place) -> rehome_core::error::Result<rehome_core::journal::Opened> {
    SqliteJournal::open(&place.path, &JournalOptions::default())
}

/// A journal with a run and some rows.
async fn filled() -> Place {
    let place = Place::new();
    let journal = place.open();
    let lease = begun(&journal).await;
    journal.save(&lease, &step(0..500), super::at(1)).await.unwrap();
    place
}

#[tokio::test]
async fn a_file_that_is_no_database_is_put_aside_and_a_new_one_begun() {
    let place = Place::new();
    fs::write(&place.path, vec![b'x'; 9000]).unwrap();
    let opened = open(&place).unwrap();
    let aside = opened.put_aside.unwrap();
    assert_eq!(fs::read(&aside).unwrap(), vec![b'x'; 9000]);
    begun(&opened.journal).await;
    drop(opened.journal);
    assert!(place.open().run(&scope()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_database_that_was_cut_short_is_put_aside() {
    let place = filled().await;
    let whole = fs::read(&place.path).unwrap();
    fs::write(&place.path, &whole[..whole.len() / 8192 * 4096]).unwrap();
    let opened = open(&place).unwrap();
    assert!(opened.put_aside.is_some_and(|aside| aside.exists()));
    assert_eq!(opened.journal.run(&scope()).await.unwrap(), None);
}

#[tokio::test]
async fn damage_that_shows_while_the_journal_is_in_use_puts_it_aside_at_the_next_opening() {
    let place = filled().await;
    let mut bytes = fs::read(&place.path).unwrap();
    // The first page says what tables there are; all others are rows.
    bytes[4096..].fill(0xa5);
    fs::write(&place.path, &bytes).unwrap();
    let opened = open(&place);
    let aside = match opened {
        Ok(opened) if opened.put_aside.is_none() => {
            let error = opened.journal.ledger(&scope(), 0, 9).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
            drop(opened);
            open(&place).unwrap().put_aside
        }
        opened => opened.unwrap().put_aside,
    };
    assert_eq!(fs::read(aside.unwrap()).unwrap().len(), bytes.len());
    assert_eq!(place.open().run(&scope()).await.unwrap(), None);
}

#[tokio::test]
async fn a_second_damaged_file_does_not_take_the_place_of_the_first() {
    let place = Place::new();
    let mut aside = Vec::new();
    for _ in 0..2 {
        fs::write(&place.path, "no database, but longer than a header is, so that SQLite does not take it for an empty one; no database, no").unwrap();
        aside.extend(open(&place).unwrap().put_aside);
    }
    assert!(aside.len() == 2 && aside[0] != aside[1] && aside.iter().all(|file| file.exists()));
}

#[tokio::test]
async fn rows_that_nobody_of_ours_wrote_are_damage_and_no_panic() {
    let broken = [
        "UPDATE run SET status = 'Running!'",
        "UPDATE run SET counters = '{\"read\":-1}'",
        "UPDATE run SET fingerprint = x'00'",
        "UPDATE run SET generation = -1",
        "UPDATE run SET generation = 'many'",
        "UPDATE run SET started = 'yesterday'",
        "UPDATE run SET started = 1e300",
        "UPDATE lease SET heartbeat = '9223372036854775807.0'",
        "UPDATE ledger SET hash = x''",
        "UPDATE ledger SET key = x'03ffffffff0f'",
        "UPDATE ledger SET key = 0.5",
        "UPDATE ledger SET key = CAST(x'ff' AS TEXT)",
        "UPDATE ledger SET slot = 70000",
        "UPDATE ledger SET entity = 99",
        "UPDATE ledger SET address = x'ff'",
        "DROP TABLE ledger",
        "DELETE FROM installation",
    ];
    for statement in broken {
        let place = filled().await;
        Connection::open(&place.path)
            .unwrap()
            .execute_batch(&format!("DELETE FROM ledger WHERE number > 1; {statement}"))
            .unwrap();
        let opened = open(&place).unwrap();
        let journal = opened.journal;
        let answers = [journal.run(&scope()).await.map(|_| ()), journal.ledger(&scope(), 0, 9).await.map(|_| ())];
        let kinds: Vec<ErrorKind> = answers.into_iter().filter_map(Result::err).map(|error| error.kind()).collect();
        let is_harmless = statement.contains("installation");
        assert!(
            kinds.len() == usize::from(!is_harmless) && kinds.iter().all(|kind| *kind == ErrorKind::Damaged),
            "{statement}: {kinds:?}"
        );
    }
}

#[tokio::test]
async fn words_of_a_later_version_are_no_damage_and_stay_as_they_are() {
    let place = Place::new();
    let journal = place.open();
    let lease = begun(&journal).await;
    let quarantined = vec![super::set_aside(1, Map::new())];
    journal.save(&lease, &Saved { quarantined, ..Saved::default() }, super::at(1)).await.unwrap();
    drop(journal);
    let words = "UPDATE run SET status = 'half_verified'; UPDATE quarantine SET reason = 'too_odd'";
    Connection::open(&place.path).unwrap().execute_batch(words).unwrap();

    let journal = place.open();
    let (_, one) = journal.quarantine(&scope(), 0, 9).await.unwrap().remove(0);
    assert_eq!(one.reason, "too_odd");
    let error = journal.run(&scope()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("half_verified"), "{error}");
    let saved = journal.save(&lease, &Saved::default(), super::at(2)).await;
    assert_eq!(saved.unwrap_err().kind(), ErrorKind::Unsupported);
    drop(journal);
    assert_eq!(place.open().quarantine(&scope(), 0, 9).await.unwrap()[0].1, one);
}

#[tokio::test]
async fn the_file_of_a_later_version_is_refused_and_stays_as_it_is() {
    let place = filled().await;
    Connection::open(&place.path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&place.path).unwrap();
    let error = open(&place).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("format 99"), "{error}");
    assert!(fs::read(&place.path).unwrap() == before);
}

#[test]
fn the_database_of_somebody_else_is_refused_and_stays_as_it_is() {
    let place = Place::new();
    let theirs = Connection::open(&place.path).unwrap();
    theirs.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE ZHABIT (Z_PK INTEGER PRIMARY KEY)").unwrap();
    let files = ["", "-wal"].map(|suffix| beside(&place.path, suffix));
    let before = files.clone().map(|file| fs::read(file).unwrap());
    let error = open(&place).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::BadInput, "{error}");
    assert!(files.map(|file| fs::read(file).unwrap()) == before);
    theirs.execute_batch("INSERT INTO ZHABIT VALUES (1)").unwrap();
}

#[test]
fn a_folder_is_refused() {
    let place = Place::new();
    let error = SqliteJournal::open(place.folder.path(), &JournalOptions::default()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::BadInput, "{error}");
}

#[tokio::test]
async fn an_empty_file_is_a_new_journal() {
    let place = Place::new();
    fs::write(&place.path, "").unwrap();
    begun(&place.open()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_device_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    fs::write(&place.path, "").unwrap();
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o644)).unwrap();
    let journal = place.open();
    begun(&journal).await;
    for suffix in ["", "-wal", "-shm"] {
        let mode = fs::metadata(beside(&place.path, suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix}");
    }
}
