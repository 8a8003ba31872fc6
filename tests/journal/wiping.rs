use std::fs;

use rehome_core::error::ErrorKind;
use rehome_core::journal::{Forget, Journal, JournalOptions, Saved, SqliteJournal};
use rehome_core::record::{Map, Value};

use super::{Place, at, begun, scope, set_aside};

const SECRET: &str = "the diary of somebody";

fn holds(place: &Place, text: &str) -> bool {
    place.bytes().windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

/// Documents of many sizes, so that rows move between pages when others come and go.
fn documents(keys: std::ops::Range<i64>) -> Saved {
    let document = |key: i64| {
        let text = format!("{SECRET} {key} {}", "x".repeat(usize::try_from(key * 37 % 3000).unwrap()));
        set_aside(key, Map::from([("text".to_owned(), Value::String(text))]))
    };
    Saved { quarantined: keys.map(document).collect(), ..Saved::default() }
}

#[tokio::test]
async fn no_value_of_a_wiped_owner_is_left_in_any_file() {
    let place = Place::new();
    let journal = place.open();
    let lease = begun(&journal).await;
    for first in (0..300).step_by(50) {
        journal.save(&lease, &documents(first..first + 50), at(1)).await.unwrap();
    }
    let released = (0..300).step_by(3).map(super::id).collect();
    journal.save(&lease, &Saved { released, ..documents(100..140) }, at(1)).await.unwrap();
    assert!(holds(&place, SECRET), "what is kept is in no file");

    journal.keep_memo(Some("ann"), "token", Some(SECRET)).await.unwrap();
    journal.release(&lease).await.unwrap();
    journal.wipe("ann", Forget::Everything, "app", at(2)).await.unwrap();
    assert!(!holds(&place, SECRET), "a value is left while the journal is open");
    assert!(!holds(&place, "users/ann"), "an address is left");
    assert_eq!(journal.quarantine(&scope(), 0, 9).await.unwrap(), []);
    drop(journal);
    assert!(!holds(&place, SECRET), "a value is left when the journal is closed");
    begun(&place.open()).await;
}

#[tokio::test]
async fn after_a_crash_and_with_a_damaged_file_put_aside_nothing_of_the_first_user_is_left_at_sign_out() {
    let place = Place::new();
    let journal = place.open();
    let lease = begun(&journal).await;
    for first in (0..100).step_by(50) {
        journal.save(&lease, &documents(first..first + 50), at(1)).await.unwrap();
    }
    drop(journal);
    let whole = fs::read(&place.path).unwrap();
    fs::write(&place.path, &whole[..whole.len() / 8192 * 4096]).unwrap();
    let opened = SqliteJournal::open(&place.path, &JournalOptions::default()).unwrap();
    let aside = opened.put_aside.unwrap();
    fs::write(format!("{}-wal", aside.display()), SECRET).unwrap();
    let lease = begun(&opened.journal).await;
    opened.journal.save(&lease, &documents(0..50), at(1)).await.unwrap();
    // The app is killed: nobody gives the lease back.
    drop(opened.journal);
    assert!(fs::read(&aside).unwrap().windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes()));

    let journal = place.open();
    let error = journal.wipe("ann", Forget::Everything, "share extension", at(2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(aside.exists() && holds(&place, SECRET), "a refused wipe has wiped");
    journal.wipe("ann", Forget::Everything, "app", at(2)).await.unwrap();
    assert!(!holds(&place, SECRET) && !holds(&place, "users/ann") && !aside.exists());
    drop(journal);
    assert!(!holds(&place, SECRET) && !holds(&place, "users/ann"), "something is left when the journal is closed");
    assert_eq!(place.open().run(&scope()).await.unwrap(), None);
}

#[tokio::test]
async fn a_wipe_that_another_process_hinders_says_so_and_can_be_made_again() {
    let place = Place::new();
    let options = JournalOptions { patience: std::time::Duration::ZERO, ..Default::default() };
    let journal = SqliteJournal::open(&place.path, &options).unwrap().journal;
    let lease = begun(&journal).await;
    journal.save(&lease, &documents(0..9), at(1)).await.unwrap();
    journal.release(&lease).await.unwrap();

    let reader = rusqlite::Connection::open(&place.path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM quarantine").unwrap();
    let error = journal.wipe("ann", Forget::Everything, "app", at(2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    reader.execute_batch("COMMIT").unwrap();
    journal.wipe("ann", Forget::Everything, "app", at(2)).await.unwrap();
    assert!(!holds(&place, SECRET));
}
