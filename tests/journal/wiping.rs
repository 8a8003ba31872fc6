use rehome_core::journal::{Journal, Saved};
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

    journal.release(&lease).await.unwrap();
    journal.wipe("ann").await.unwrap();
    assert!(!holds(&place, SECRET), "a value is left while the journal is open");
    assert!(!holds(&place, "users/ann"), "an address is left");
    assert_eq!(journal.quarantine(&scope(), 0, 9).await.unwrap(), []);
    drop(journal);
    assert!(!holds(&place, SECRET), "a value is left when the journal is closed");
    begun(&place.open()).await;
}

#[tokio::test]
async fn a_wipe_that_another_process_hinders_says_so_and_can_be_made_again() {
    let place = Place::new();
    let options = rehome_core::journal::JournalOptions { patience: std::time::Duration::ZERO, ..Default::default() };
    let journal = rehome_core::journal::SqliteJournal::open(&place.path, &options).unwrap().journal;
    let lease = begun(&journal).await;
    journal.save(&lease, &documents(0..9), at(1)).await.unwrap();
    journal.release(&lease).await.unwrap();

    let reader = rusqlite::Connection::open(&place.path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM quarantine").unwrap();
    let error = journal.wipe("ann").await.unwrap_err();
    assert_eq!(error.kind(), rehome_core::error::ErrorKind::Busy, "{error}");
    reader.execute_batch("COMMIT").unwrap();
    journal.wipe("ann").await.unwrap();
    assert!(!holds(&place, SECRET));
}
