//! Whoever only looks opens the journal beside a process that writes it, and changes nothing.

use std::fs;

use rehome_core::error::ErrorKind;
use rehome_core::journal::{Ask, Forget, Journal, SqliteJournal};
use rusqlite::Connection;

use super::{Place, at, begun, scope, step};

fn look(place: &Place) -> rehome_core::error::Result<SqliteJournal> {
    SqliteJournal::open_to_read(&place.path)
}

/// The names of all files in the folder, and what the journal has for its file alone.
fn all(place: &Place) -> (Vec<String>, Vec<u8>) {
    let files = fs::read_dir(place.folder.path()).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    (names, fs::read(&place.path).unwrap_or_default())
}

#[tokio::test]
async fn who_looks_sees_each_step_of_the_one_who_writes() {
    let place = Place::new();
    let writer = place.open();
    let lease = begun(&writer).await;
    let looking = look(&place).unwrap();
    assert_eq!(looking.installation(), writer.installation());
    for rows in 1..4 {
        writer.save(&lease, &step(rows - 1..rows), at(rows)).await.unwrap();
        let seen = looking.run(&scope()).await.unwrap();
        assert_eq!(seen, writer.run(&scope()).await.unwrap());
        assert_eq!(seen.unwrap().counters.carried, rows.cast_unsigned());
    }
    let before = writer.run(&scope()).await.unwrap();
    let writes = [
        looking.save(&lease, &step(5..6), at(9)).await,
        looking.lease(&scope(), "app", Ask::Force, at(9)).await.map(|_| ()),
        looking.keep_memo(None, "flags", Some("{}")).await,
        looking.wipe("ann", Forget::Everything, "app", at(9)).await,
    ];
    for write in writes {
        assert_eq!(write.unwrap_err().kind(), ErrorKind::Denied);
    }
    assert_eq!(writer.run(&scope()).await.unwrap(), before);
}

#[tokio::test]
async fn a_journal_that_nobody_has_open_is_as_it_was_after_somebody_looked() {
    let place = Place::new();
    let writer = place.open();
    begun(&writer).await;
    drop(writer);
    let before = all(&place);
    let looking = look(&place).unwrap();
    assert!(looking.run(&scope()).await.unwrap().is_some());
    drop(looking);
    assert_eq!(all(&place), before);
}

#[test]
fn where_there_is_no_journal_none_is_made() {
    let place = Place::new();
    assert_eq!(look(&place).err().unwrap().kind(), ErrorKind::NotFound);
    assert_eq!(all(&place).0, Vec::<String>::new());
    fs::write(&place.path, "").unwrap();
    assert_eq!(look(&place).err().unwrap().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_damaged_journal_is_said_to_be_and_stays_where_it_is() {
    let place = Place::new();
    fs::write(&place.path, vec![b'x'; 9000]).unwrap();
    assert_eq!(look(&place).err().unwrap().kind(), ErrorKind::Damaged);
    assert_eq!(all(&place), (vec!["journal.sqlite".to_owned()], vec![b'x'; 9000]));

    let place = Place::new();
    begun(&place.open()).await;
    Connection::open(&place.path).unwrap().execute_batch("UPDATE run SET counters = '?'").unwrap();
    let looking = look(&place).unwrap();
    assert_eq!(looking.run(&scope()).await.unwrap_err().kind(), ErrorKind::Damaged);
    drop(looking);
    assert_eq!(all(&place).0, ["journal.sqlite"], "a journal that is only looked at is marked as damaged");
    assert_eq!(place.open().run(&scope()).await.unwrap_err().kind(), ErrorKind::Damaged);
    assert_eq!(look(&place).err().unwrap().kind(), ErrorKind::Damaged, "the mark of a writer is passed over");
}
