//! Damaged rows are set aside one by one, each for its reason, and no good row with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use rehome_core::record::{Key, Reason, Rejection};
use rehome_core::store::{Join, RelationShape, Shape, Source};
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use rehome_core::testkit::habits::{Damage, Options, generate};

const ROWS: u64 = 10_000;

/// What a reader cannot know: the first is a moment, if a strange one, and the others harm only the target.
const FOR_THE_TARGET: [Damage; 3] = [Damage::DateAbsurd, Damage::Oversize, Damage::DuplicateId];

/// All completions with all that they have and the habit that they belong to: the good ones' keys, and the others.
async fn read_completions(path: &Path) -> (BTreeSet<i64>, Vec<Rejection>) {
    let store = LegacyStore::open(path, LegacyOptions::default()).unwrap();
    let schema = store.schema().await.unwrap();
    let completion = schema.entity("Completion").unwrap();
    let habit =
        RelationShape { name: "habit".into(), join: Join::Known, many: false, shape: Shape::of("Habit", &["id"]) };
    let shape = Shape {
        entity: completion.name.clone(),
        fields: completion.fields.iter().map(|field| field.name.clone()).collect(),
        relations: vec![habit],
        claims_strays: true,
    };
    let (mut good, mut bad, mut cursor) = (BTreeSet::new(), Vec::new(), None);
    loop {
        let page = store.page(&shape, cursor.as_ref(), 500).await.unwrap();
        good.extend(page.records.iter().map(|record| number(&record.id.key)));
        bad.extend(page.rejected);
        cursor = page.next;
        if cursor.is_none() {
            return (good, bad);
        }
    }
}

fn number(key: &Key) -> i64 {
    match key {
        Key::Int(number) => *number,
        other => panic!("{other} is no row number"),
    }
}

/// That just the damaged rows are set aside, each for a reason that fits.
async fn judge(path: &Path, damaged: &BTreeMap<i64, Damage>) {
    let (good, bad) = read_completions(path).await;
    assert_eq!(good.len() + bad.len(), ROWS as usize);
    let mut set_aside = BTreeSet::new();
    for rejection in &bad {
        let key = number(&rejection.key);
        let damage = damaged.get(&key).unwrap_or_else(|| panic!("a good row was set aside: {rejection}"));
        assert!(damage.reasons().contains(&rejection.reason), "{}: {rejection}", damage.word());
        assert!(rejection.column.is_some(), "{rejection}");
        assert!(set_aside.insert(key), "set aside twice: {rejection}");
    }
    for (key, damage) in damaged {
        let missed = good.contains(key) && !FOR_THE_TARGET.contains(damage);
        assert!(!missed, "row {key} passed as good: {}", damage.word());
    }
}

#[tokio::test]
async fn just_the_damaged_rows_of_our_own_stores_are_set_aside() {
    for seed in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.store");
        let damage = Damage::ALL.to_vec();
        let options =
            Options { completions: ROWS, damage, damaged_share: 0.05, seed, wal_tail: 500, ..Options::default() };
        let truth = generate(&path, &options).unwrap();
        let damaged: BTreeMap<i64, Damage> =
            truth.damaged.into_iter().filter(|(_, damage)| damage.entity() == "Completion").collect();
        assert!(damaged.len() > 300);
        judge(&path, &damaged).await;
    }
}

#[tokio::test]
async fn just_the_damaged_rows_of_the_other_generators_stores_are_set_aside() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let generator = std::env::var_os("REHOME_SHARED").map_or(beside, PathBuf::from).join("tools/gen_habit_store.py");
    if !generator.exists() {
        println!("the other generator is not there: not run");
        return;
    }
    for seed in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.store");
        let mut command = Command::new("python3");
        command.arg(&generator).arg(&path).args(["--completions", &ROWS.to_string(), "--corrupt", "0.05"]);
        let Ok(made) = command.args(["--leave-wal", "500", "--seed", &seed.to_string()]).output() else {
            println!("there is no Python: not run");
            return;
        };
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let truth = std::fs::read(folder.path().join("default.store.truth.json")).unwrap();
        let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
        let damaged = truth["corrupted"].as_array().unwrap().iter().map(|pair| {
            let word = pair[1].as_str().unwrap();
            (pair[0].as_i64().unwrap(), Damage::ALL.into_iter().find(|damage| damage.word() == word).unwrap())
        });
        judge(&path, &damaged.collect()).await;
    }
}

#[tokio::test]
async fn a_habit_whose_icon_is_gone_is_set_aside_and_its_completions_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.store");
    let options = Options { completions: 100, damage: vec![Damage::MissingIcon], ..Options::default() };
    let truth = generate(&path, &options).unwrap();
    let store = LegacyStore::open(&path, LegacyOptions::default()).unwrap();
    let page = store.page(&Shape::of("Habit", &["id", "iconData"]), None, 100).await.unwrap();
    let gone: Vec<_> = page.rejected.iter().map(|rejection| (rejection.reason, number(&rejection.key))).collect();
    let expected: Vec<_> = truth.damaged.iter().map(|(key, _)| (Reason::MissingFile, *key)).collect();
    assert!(!expected.is_empty());
    assert_eq!(gone, expected);
    assert_eq!(page.records.len() + page.rejected.len(), truth.rows("Habit") as usize);
    let (good, bad) = read_completions(&path).await;
    assert_eq!((good.len(), bad), (100, Vec::new()));
}
