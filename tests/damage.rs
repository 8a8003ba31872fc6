//! Damage made on purpose, and known: every damaged completion is set aside for its own reason, and no other one is.
//! On stores of our own generator, and of another one where it lies beside the checkout.

use std::collections::BTreeMap;
use std::path::Path;

use rehome_core::error::Result;
use rehome_core::plan::{Context, Document, PlanFile};
use rehome_core::record::{Key, Reason, Rejection, Timestamp};
use rehome_core::rehearse::{Port, Progress, Sink, rehearse};
use rehome_core::store::Source;
use rehome_core::stores::firestore;
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use rehome_core::testkit::habits::{Damage, Options, generate};
use rehome_core::testkit::samples;

const ROWS: u64 = 10_000;

/// What all plans here begin with.
const HEAD: &str = r#"
name = "damage"
version = 1
from = "swiftdata"
to = "firestore"
"#;

/// All completions of a user side by side.
const FLAT: &str = r#"
[[move]]
entity = "Completion"
document = "users/{uid}/completions/{id}"

[move.fields]
"*" = "*"
habit = { reference = "habit", to = "users/{uid}/habits/{id}" }
"#;

/// The same, with no rule that asks for the habit.
const ALONE: &str = r#"
[[move]]
entity = "Completion"
document = "users/{uid}/completions/{id}"
"#;

/// Each completion below its habit, where a repeated id need not meet its twin.
const NESTED: &str = r#"
[[move]]
entity = "Completion"
document = "users/{uid}/habits/{habit.id}/completions/{id}"
"#;

/// The completions that were set aside, and why.
#[derive(Default)]
struct SetAside {
    documents: u64,
    rows: BTreeMap<i64, Reason>,
}

impl Sink for SetAside {
    fn document(&mut self, _: Document) -> Result<()> {
        self.documents += 1;
        Ok(())
    }

    fn rejected(&mut self, rejection: &Rejection) -> Result<()> {
        let Key::Int(key) = rejection.key else { panic!("{rejection}") };
        let again = self.rows.insert(key, rejection.reason);
        assert_eq!(again, None, "set aside twice: {rejection}");
        Ok(())
    }

    fn progress(&mut self, _: &Progress<'_>) {}
}

async fn rehearsed(path: &Path, moves: &str) -> SetAside {
    let store = LegacyStore::open(path, LegacyOptions::default()).unwrap();
    let rules = firestore::rules();
    let checked =
        PlanFile::check(&format!("{HEAD}{moves}"), "damage.toml", &store.schema().await.unwrap(), &rules).unwrap();
    let context = Context { owner: "ada", now: Timestamp::from_millis(0) };
    let (folder, mut sink) = (tempfile::tempdir().unwrap(), SetAside::default());
    let report =
        rehearse(&store, &checked.plan, &rules, context, folder.path(), Port::Present, &mut sink).await.unwrap();
    assert_eq!(sink.documents + report.quarantined.total, report.read);
    sink
}

/// Whether just these rows were set aside, each for a reason that fits what was done to it.
fn compare(found: &SetAside, damaged: &BTreeMap<i64, Damage>) {
    assert_eq!(found.documents + found.rows.len() as u64, ROWS);
    for (key, damage) in damaged {
        let reason = found.rows.get(key).unwrap_or_else(|| panic!("completion {key} passes with {damage:?}"));
        assert!(damage.reasons().contains(reason), "completion {key} with {damage:?} is set aside for {reason}");
    }
    let sound = found.rows.iter().find(|(key, _)| !damaged.contains_key(key));
    assert_eq!(sound, None, "a sound completion is set aside");
}

#[tokio::test]
async fn every_damaged_completion_is_set_aside_for_its_reason_and_no_other_one() {
    for seed in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.store");
        let damage = Damage::ALL.to_vec();
        let options = Options { completions: ROWS, damage, damaged_share: 0.03, seed, ..Options::default() };
        let truth = generate(&path, &options).unwrap();
        let damaged = truth.damaged.into_iter().filter(|(_, kind)| kind.entity() == "Completion").collect();
        for plan in [FLAT, ALONE, NESTED] {
            compare(&rehearsed(&path, plan).await, &damaged);
        }
    }
}

#[tokio::test]
async fn another_generators_damage_is_found_as_well() {
    for seed in ["1", "2", "3"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.store");
        let options = ["--completions", "10000", "--corrupt", "0.03", "--seed", seed];
        if !samples::generated_by_another(&path, &options).unwrap() {
            return;
        }
        let truth = std::fs::read(folder.path().join("default.store.truth.json")).unwrap();
        let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
        let damaged = truth["corrupted"].as_array().unwrap().iter().map(|row| {
            let word = row[1].as_str().unwrap();
            let damage = Damage::ALL.into_iter().find(|damage| damage.word() == word);
            (row[0].as_i64().unwrap(), damage.unwrap_or_else(|| panic!("a kind of damage called {word}")))
        });
        let damaged = damaged.collect();
        for plan in [FLAT, ALONE, NESTED] {
            compare(&rehearsed(&path, plan).await, &damaged);
        }
    }
}

#[tokio::test]
async fn a_row_whose_owner_is_not_there_is_set_aside_where_a_move_takes_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.store");
    let tables = "
        CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
        CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
        INSERT INTO Z_METADATA VALUES (1, 'A', NULL);
        INSERT INTO Z_PRIMARYKEY VALUES (1, 'Order', 0, 0), (2, 'Drink', 0, 0);
        CREATE TABLE ZORDER (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER);
        CREATE TABLE ZDRINK (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZNAME VARCHAR, Z1DRINKS INTEGER);
        INSERT INTO ZORDER VALUES (1, 1, 1);
        INSERT INTO ZDRINK VALUES (1, 2, 1, 'stout', 1), (2, 2, 1, 'red', 9), (3, 2, 1, 'water', NULL);";
    rusqlite::Connection::open(&path).unwrap().execute_batch(tables).unwrap();
    let drinks = "[[move]]\nentity = \"Drink\"\ndocument = \"users/{uid}/drinks/{@key}\"\n";
    for (rules, set_aside) in
        [("", vec![2]), ("leave_out = [\"@Order.drinks\"]\n", vec![]), ("[move.fields]\nname = \"name\"\n", vec![])]
    {
        let found = rehearsed(&path, &format!("{drinks}{rules}")).await;
        assert_eq!(found.rows.keys().copied().collect::<Vec<_>>(), set_aside, "{rules}");
        assert!(found.rows.values().all(|reason| *reason == Reason::Dangling));
    }
}
