//! Files of released formats: every later version opens them, and finds what is in them.

use rehome_core::journal::{
    Carried, Journal, JournalOptions, Kept, Position, Quarantined, Sent, SetAside, SqliteJournal,
};
use rehome_core::plan::ContentHash;
use rehome_core::record::{Key, Map, RecordId, Value};
use rehome_core::store::Cursor;
use rusqlite::Connection;

use super::{Place, carried, id, scope, set_aside};

const RELEASED: &[&str] = &[include_str!("../golden/journal/1.sql")];

#[tokio::test]
async fn a_file_of_every_released_format_opens_with_all_that_is_in_it() {
    let parts = vec![Key::Text("ann".to_owned()), Key::Int(7)];
    let source = RecordId { entity: "Habit".into(), key: Key::Parts(parts) };
    let (address, hash) = ("users/ann/streaks/a".to_owned(), ContentHash([7; 32]));
    let streak = Carried { source, slot: 1, address: address.clone(), hash, version: None, ours: false };
    let fields = Map::from([("game".to_owned(), Value::Double(-0.0)), ("title".to_owned(), "Read".into())]);
    let mut aside = set_aside(0, Map::new());
    aside.rejection.key = Key::Text("k".to_owned());
    let documents = vec![Kept { address: "users/ann/habits/k".to_owned(), fields }];
    let aside = Quarantined { documents, ..aside };
    let cursor = |text: &str| Some(Cursor::new(text));
    let sent = Some(Sent { pass: 1, cursor: cursor("c9") });
    let position = Position { pass: 1, cursor: cursor("c7"), sent, history: cursor("h3") };

    for format in RELEASED {
        let place = Place::new();
        Connection::open(&place.path).unwrap().execute_batch(format).unwrap();
        let options = JournalOptions { device: Some("phone".to_owned()), ..JournalOptions::default() };
        let opened = SqliteJournal::open(&place.path, &options).unwrap();
        assert_eq!(opened.put_aside, None);
        let journal = opened.journal;
        assert_eq!(journal.installation().id, "0123456789abcdef0123456789abcdef");
        let run = journal.run(&scope()).await.unwrap().unwrap();
        assert_eq!((run.generation, run.position, run.counters.read), (2, position.clone(), 3));
        let outline = "> Habit to users/{uid}/habits/{id}\nfield title 01234567\n";
        assert_eq!((&*run.target, run.outline.as_text()), ("projects/habits/databases/(default)", outline));
        assert_eq!((run.started.nanos(), run.heartbeat), (123_456_789, super::at(9)));
        let rows = [Some(carried(7)), Some(streak.clone())];
        assert_eq!(
            journal.carried_at(&scope(), &["users/ann/habits/7".to_owned(), address.clone()]).await.unwrap(),
            rows
        );
        assert_eq!(journal.unseen(&scope(), "Habit", 0, 9).await.unwrap(), [(2, streak.clone())]);
        let owners = [Some(streak.source.clone()), None, Some(id(7))];
        assert_eq!(journal.owners(&scope(), &[5, 6, -5]).await.unwrap(), owners);
        assert_eq!(journal.memo(Some("ann"), "flags").await.unwrap().as_deref(), Some("hers"));
        assert_eq!(journal.memo(None, "flags").await.unwrap().as_deref(), Some("everybody's"));
        assert_eq!(journal.quarantine(&scope(), 0, 9).await.unwrap(), [(3, SetAside::from(&aside))]);
        assert_eq!(journal.refused(&scope(), 3).await.unwrap(), aside.documents);
    }
}

/// The tables and indices of a file.
fn schema(place: &Place) -> Vec<String> {
    let sql = Connection::open(&place.path).unwrap();
    let query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'ledger_place' ORDER BY name";
    let mut query = sql.prepare(query).unwrap();
    let comments = |text: String| {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
        lines.map(str::trim).collect::<Vec<_>>().join(" ")
    };
    query.query_map([], |row| row.get(0)).unwrap().map(|text| comments(text.unwrap())).collect()
}

#[test]
fn an_upgraded_file_has_the_tables_of_a_new_one() {
    let new = Place::new();
    drop(new.open());
    for format in RELEASED {
        let old = Place::new();
        Connection::open(&old.path).unwrap().execute_batch(format).unwrap();
        drop(old.open());
        assert_eq!(schema(&old), schema(&new), "a format that was released has changed");
    }
}
