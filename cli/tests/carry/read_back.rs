//! A client that we did not write reads back what was carried.

use std::collections::BTreeMap;
use std::process::Command;

use rehome_core::record::{Map, Value};
use rehome_core::stores::firestore::json;
use rehome_core::testkit::habits::Options;
use rusqlite::Connection;
use serde_json::Value as Json;

use super::rig::{Rig, result, told};

const COLLECTIONS: [&str; 5] = ["habits", "completions", "xpEvents", "xp", "profiles"];
/// Seconds from 1970 to 2001, where Apple's moments begin.
const TO_2001: f64 = 978_307_200.0;

#[test]
fn googles_own_client_finds_every_type_and_value_as_the_plan_says() {
    let rig = Rig::new(&Options { completions: 1_500, ..Options::default() });
    rig.run("phone.journal");
    let found = read_back(&rig);
    assert_eq!(found, expected(&rig));
    assert_eq!(found.len() as u64, rig.verify("phone.journal")["same"].as_u64().unwrap());
    as_in_the_store(&rig, &found);
}

/// All documents as Google's client for Python has them; one that was written more than once is a failure.
fn read_back(rig: &Rig) -> BTreeMap<String, Map> {
    let python = std::env::var_os("REHOME_PYTHON").filter(|path| !path.is_empty());
    let python =
        python.expect("REHOME_PYTHON names no Python with google-cloud-firestore; cargo xtask test sets it up");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/peers/read_back.py");
    let mut reading = Command::new(python);
    reading.arg(script).arg(rig.project.id()).env("FIRESTORE_EMULATOR_HOST", rig.project.address().to_string());
    let output = reading.args(COLLECTIONS.map(|name| format!("users/ann/{name}"))).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let document = |line: &str| {
        let told: Json = serde_json::from_str(line).unwrap();
        assert_eq!(told["rewritten"], false, "{}", told["name"]);
        without_the_moment(json::read(&told["document"].to_string(), Some(&root(rig))).unwrap())
    };
    text.lines().map(document).collect()
}

/// The same by the rehearsal.
fn expected(rig: &Rig) -> BTreeMap<String, Map> {
    let documents = rig.path("documents.ndjson");
    let mut rehearsing =
        super::rig::tool(&["rehearse", &rig.text("habits.toml"), "--store", &rig.text("default.store")]);
    rehearsing.args(["--user", "ann", "--json", "--project", rig.project.id(), "--out"]).arg(&documents);
    result(&mut rehearsing);
    let text = std::fs::read_to_string(documents).unwrap();
    text.lines().map(|line| without_the_moment(json::read(line, Some(&root(rig))).unwrap())).collect()
}

fn root(rig: &Rig) -> String {
    format!("projects/{}/databases/(default)/documents", rig.project.id())
}

/// Each run stamps its own moment.
fn without_the_moment((address, mut fields): (String, Map)) -> (String, Map) {
    assert!(matches!(fields.remove("migration_timestamp"), Some(Value::Timestamp(_))), "{address} has no stamp");
    (address, fields)
}

/// Holds some columns against the documents, past the plan and all that reads it.
fn as_in_the_store(rig: &Rig, found: &BTreeMap<String, Map>) {
    let store = Connection::open(rig.path("default.store")).unwrap();
    let mut query = store.prepare("SELECT ZID, ZAMOUNT, ZISSKIPPED, ZCOMPLETEDAT, ZNOTE FROM ZCOMPLETION").unwrap();
    let mut rows = query.query([]).unwrap();
    let mut count = 0;
    while let Some(row) = rows.next().unwrap() {
        let id: Vec<u8> = row.get(0).unwrap();
        let fields = &found[&format!("users/ann/completions/{}", uuid(&id))];
        assert_eq!(fields["amount"], row.get::<_, Option<f64>>(1).unwrap().map_or(Value::Null, Value::Double));
        assert_eq!(fields["isSkipped"], Value::Bool(row.get(2).unwrap()));
        let Value::Timestamp(at) = fields["completedAt"] else { panic!("completedAt is no timestamp") };
        let expected = row.get::<_, f64>(3).unwrap() + TO_2001;
        assert!((at.seconds() as f64 + f64::from(at.nanos()) / 1e9 - expected).abs() < 1e-5);
        assert_eq!(fields["note"], row.get::<_, Option<String>>(4).unwrap().map_or(Value::Null, Value::String));
        count += 1;
    }
    assert_eq!(count, 1_500);
}

fn uuid(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
