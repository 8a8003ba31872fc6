//! The fingerprint says what a plan does, and nothing else.

mod seeds;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rehome_core::error::ErrorKind;
use rehome_core::journal::Run;
use rehome_core::plan::{Fingerprint, Plan, PlanFile};
use rehome_core::record::{Kind, Timestamp};
use rehome_core::rules::{Rules, TimestampRules};
use rehome_core::schema::{Entity, Field, Relation, Schema};
use rehome_core::stores::firestore;
use rehome_core::testkit::targets;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join("plans").join(format!("{name}.toml"))).unwrap()
}

fn plan(text: &str, schema: &Schema, rules: &Rules) -> Plan {
    let checked = PlanFile::check(text, "plan.toml", schema, rules);
    checked.unwrap_or_else(|problems| panic!("{problems}\n{text}")).plan
}

fn fingerprint(text: &str, schema: &Schema, rules: &Rules) -> Fingerprint {
    plan(text, schema, rules).fingerprint
}

fn of_habits(text: &str) -> Fingerprint {
    habits(text).fingerprint
}

fn habits(text: &str) -> Plan {
    plan(text, &seeds::habits(), &firestore::rules())
}

/// Whether a text is the one in a file, which `REHOME_BLESS=1` writes anew.
fn is_golden(name: &str, text: &str) {
    let golden = folder().join("golden").join(name);
    if std::env::var_os("REHOME_BLESS").is_some() {
        fs::write(&golden, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(golden).unwrap_or_default(), "{name}");
}

/// The same plan with the keys of each table in another order, other spaces, and a comment on every line.
fn rearranged(text: &str, mut random: impl FnMut() -> usize) -> String {
    let mut out = String::new();
    let mut table: Vec<String> = Vec::new();
    let close = |table: &mut Vec<String>, out: &mut String, random: &mut dyn FnMut() -> usize| {
        while !table.is_empty() {
            out.push_str(&table.swap_remove(random() % table.len()));
        }
    };
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let spaces = " ".repeat(random() % 4);
        if line.starts_with('[') {
            close(&mut table, &mut out, &mut random);
            out.push_str(&format!("\n{spaces}{line} # a table\n"));
        } else {
            let (key, value) = line.split_once('=').unwrap();
            table.push(format!("{spaces}{}{spaces}={spaces}{}{spaces}# {}\n", key.trim(), value.trim(), random()));
        }
    }
    close(&mut table, &mut out, &mut random);
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn order_spaces_and_comments_do_not_count(seed: u64) {
        let original = text("habits");
        let mut state = seed;
        let random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        prop_assert_eq!(of_habits(&rearranged(&original, random)), of_habits(&original));
    }
}

#[test]
fn the_name_and_the_title_of_a_plan_do_not_count() {
    let original = text("habits");
    assert_eq!(of_habits(&original.replace("name    = \"habits\"", "name = \"other\"")), of_habits(&original));
}

#[test]
fn what_is_said_in_another_way_and_means_the_same_does_not_count() {
    let short = "name = \"a\"\n[[move]]\nentity = \"Streak\"\ndocument = \"users/{uid}/streaks/{id}\"\n";
    let long = "name = \"a\"\n[[move]]\nentity = \"Streak\"\ndocument = \"users/{uid}/streaks/{id}\"\n\
                fields = [\"lastDay\", \"id\", \"longest\", \"freezes\", \"current\"]\nwhere = {}\n";
    assert_eq!(of_habits(short), of_habits(long));
    let one = format!("{short}where = {{ longest = [1, 2, 3], current = {{ not = 0 }} }}\n");
    let other = format!("{short}[move.where]\ncurrent.not = [0]\nlongest = [3, 1, 2]\n");
    assert_eq!(of_habits(&one), of_habits(&other));
}

/// Each a change of the habit app's plan that makes other documents of some records.
const CHANGES: &[(&str, &str)] = &[
    ("nulls   = \"leave out\"", "nulls = \"keep\""),
    ("version = 1", "version = 2"),
    ("\"swiftdata_migration\"", "\"swiftdata\""),
    ("\"{now}\"", "\"{now:iso}\""),
    ("migration_timestamp", "migrated_at"),
    ("users/{uid}/habits/{id|lower}\"\n", "users/{uid}/habits/{id}\"\n"),
    ("users/{uid}/habits/{id|lower}\"\n", "users/{uid}/habits/{id|upper}\"\n"),
    ("users/{uid}/habits/{id|lower}\"\n", "users/{uid}/habits/{id|lower|key}\"\n"),
    ("revision  = \"createdAt\"", "revision = \"archivedAt\""),
    ("revision  = \"createdAt\"", ""),
    ("revision  = \"createdAt\"", "where = { isArchived = false }"),
    ("revision  = \"createdAt\"", "where = { isArchived = true }"),
    ("revision  = \"createdAt\"", "where = { isArchived = { not = true } }"),
    ("revision  = \"createdAt\"", "where = { sortIndex = { at_least = 3 } }"),
    ("revision  = \"createdAt\"", "where = { sortIndex = { below = 3 } }"),
    ("revision  = \"createdAt\"", "where = { sortIndex = { exists = true } }"),
    ("revision  = \"createdAt\"", "where = { sortIndex = { exists = false } }"),
    ("revision  = \"createdAt\"", "revision  = \"createdAt\"\nunique = [\"title\"]"),
    ("revision  = \"createdAt\"", "revision  = \"createdAt\"\nleave_out = [\"details\"]"),
    ("revision  = \"createdAt\"", "revision  = \"createdAt\"\ndeletes = \"keep\""),
    ("color   = \"colorHex\"", "colour = \"colorHex\""),
    ("color   = \"colorHex\"", "color = \"frequency\""),
    ("color   = \"colorHex\"", "color = { from = \"colorHex\", as = \"upper\" }"),
    ("color   = \"colorHex\"", "color = { from = \"colorHex\", nulls = \"keep\" }"),
    ("color   = \"colorHex\"", "color = { from = \"colorHex\", default = \"red\" }"),
    ("color   = \"colorHex\"", "color = { from = \"colorHex\", default = \"blue\" }"),
    ("color   = \"colorHex\"", "color = { value = \"red\" }\nhex = \"colorHex\""),
    ("color   = \"colorHex\"", "color = { value = 1 }\nhex = \"colorHex\""),
    ("color   = \"colorHex\"", "color = { value = 1.0 }\nhex = \"colorHex\""),
    ("color   = \"colorHex\"", "color.hex = \"colorHex\""),
    ("color   = \"colorHex\"", "color = { text = \"#{colorHex}\" }\nhex = \"colorHex\""),
    ("as = \"string\"", "as = \"double\""),
    ("as = \"string\"", "as = \"double\", lossy = true"),
    ("over = 500000", "over = 500001"),
    ("over = 500000", "over = 500000, nulls = \"keep\""),
    ("users/{uid}/icons", "icons/{uid}"),
    ("fields = [\"current\", \"longest\", \"freezes\", \"lastDay\"]", "fields = [\"current\"]"),
    ("{ reference = \"owner\" }", "{ reference = \"owner\", to = \"users/{uid}\" }"),
    ("{ reference = \"owner\" }", "{ embed = \"owner\", fields = [\"id\"] }"),
    ("{ references = \"buddies\" }", "{ list = \"buddies\", of = \"id\" }"),
    ("{ references = \"buddies\" }", "{ list = \"buddies\", of = \"displayName\" }"),
    ("{ references = \"buddies\" }", "{ references = \"buddies\", as = \"json_text\" }"),
    ("xp  = \"xpEvent.points\"", "xp = \"xpEvent.reason\""),
    ("as = \"date\"", "as = \"iso\""),
];

#[test]
fn every_change_of_what_a_plan_does_changes_its_fingerprint() {
    let original = text("habits");
    let mut seen = BTreeMap::from([(of_habits(&original).to_string(), "the plan as it is".to_owned())]);
    for (from, to) in CHANGES {
        assert!(original.contains(from), "{from} is not in the plan");
        let change = format!("{from} → {to}");
        if let Some(other) = seen.insert(of_habits(&original.replacen(from, to, 1)).to_string(), change.clone()) {
            panic!("{change} has the fingerprint of {other}");
        }
    }
}

#[test]
fn every_change_of_what_a_plan_does_is_told_by_its_move_and_its_part() {
    let original = text("habits");
    let mut told = String::new();
    for (from, to) in CHANGES {
        let changed = habits(&original.replacen(from, to, 1));
        let difference = habits(&original).outline.difference(&changed.outline);
        assert!(!difference.is_empty(), "{from} → {to}");
        told.push_str(&format!("{} → {}\n    {}\n", from.trim(), to.replace('\n', "; "), difference.join("\n    ")));
    }
    is_golden("plan_differences.txt", &told);
}

#[test]
fn a_run_refuses_another_plan_with_what_differs() {
    let original = habits(&text("habits"));
    let run = Run::not_begun(&original, "default.store", "projects/habits", Timestamp::from_millis(0));
    run.check_plan(&original).unwrap();
    let (moves, icons) = (text("habits"), "users/{uid}/icons");
    let streaks = moves.replace("nulls   = \"leave out\"", "").replace(icons, "icons/{uid}");
    let last = streaks.rfind("[[move]]").unwrap();
    let error = run.check_plan(&habits(&streaks[..last])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    is_golden("plan_refused.txt", &format!("{error}\n"));
}

#[test]
fn moves_in_another_order_are_another_plan() {
    let to = |place: &str| format!("[[move]]\nentity = \"Streak\"\ndocument = \"{place}/{{id}}\"\n");
    let orders = [["streaks", "copies"], ["copies", "streaks"]];
    let [first, second] = orders.map(|[one, other]| habits(&format!("name = \"a\"\n{}{}", to(one), to(other))));
    assert_eq!(first.outline.difference(&second.outline), ["the moves are in another order"]);
    assert_eq!(first.outline.difference(&first.outline), Vec::<String>::new());
}

#[test]
fn another_unit_or_another_target_is_another_plan() {
    let text = |unit: &str| {
        format!(
            "name = \"a\"\n[[move]]\nentity = \"Streak\"\ndocument = \"users/{{uid}}/streaks/{{id}}\"\n\
             fields = {{ at = {{ from = \"current\", as = \"timestamp\", unit = \"{unit}\" }} }}\n"
        )
    };
    let units = ["seconds", "millis", "micros", "mac"].map(|unit| of_habits(&text(unit)));
    for (index, unit) in units.iter().enumerate() {
        assert!(!units[..index].contains(unit));
    }
    let elsewhere = fingerprint(&text("mac"), &seeds::habits(), &Rules { target: "elsewhere", ..firestore::rules() });
    assert_ne!(elsewhere, units[3]);
    let coarse = TimestampRules { step_nanos: 1_000_000, ..firestore::rules().timestamps };
    let coarse = fingerprint(&text("mac"), &seeds::habits(), &Rules { timestamps: coarse, ..firestore::rules() });
    assert_ne!(coarse, units[3]);
}

/// A table of people and one of their pets, which a foreign key joins by a column of the person.
fn pets(change: impl FnOnce(&mut Schema)) -> Fingerprint {
    let relation = Relation {
        name: "owner".into(),
        target: "people".into(),
        many: false,
        ordered: false,
        optional: true,
        inverse: None,
        native: "pets (owner_id) REFERENCES people (id)".to_owned(),
    };
    let place = Field { elements: vec![Field::new("lat", Kind::Double)], ..Field::new("home", Kind::Map) };
    let [people, pets] = ["people", "pets"].map(|name| Entity {
        key: vec!["id".into()],
        fields: vec![Field::new("id", Kind::Int), Field::new("name", Kind::String), place.clone()],
        ..Entity::new(name)
    });
    let mut schema = Schema {
        entities: vec![people, Entity { relations: vec![relation], ..pets }],
        store: "sqlite".to_owned(),
        ..Schema::default()
    };
    change(&mut schema);
    let plan = "name = \"a\"\n[[relation]]\nname = \"twin\"\nentity = \"pets\"\nto = \"people\"\nours = \"name\"\n\
                theirs = \"name\"\n[[move]]\nentity = \"pets\"\ndocument = \"pets/{@key}\"\n\
                fields = { id = \"id\", home = \"home\", owner = \"owner.id\", twin = \"twin.id\" }\n";
    fingerprint(plan, &schema, &firestore::rules())
}

#[test]
fn a_schema_that_gives_the_same_plan_other_documents_makes_it_another_plan() {
    let as_it_is = pets(|_| {});
    type Change = fn(&mut Schema);
    let changes: [(&str, Change); 5] = [
        ("a field of another kind", |schema| schema.entities[1].fields[0].kind = Kind::String),
        ("a part of another kind", |schema| schema.entities[1].fields[2].elements[0].kind = Kind::Int),
        ("a field of another kind at the other end", |schema| schema.entities[0].fields[0].kind = Kind::String),
        ("a key of another field", |schema| schema.entities[1].key = vec!["name".into()]),
        ("a relation by another column", |schema| {
            schema.entities[1].relations[0].native = "pets (owner_id) REFERENCES people (name)".to_owned();
        }),
    ];
    for (change, make) in changes {
        assert_ne!(pets(make), as_it_is, "{change}");
    }
}

#[test]
fn what_a_plan_passes_over_in_the_schema_does_not_count() {
    let as_it_is = pets(|_| {});
    assert_eq!(pets(|schema| schema.entities[0].fields.push(Field::new("age", Kind::Int))), as_it_is);
    assert_eq!(pets(|schema| schema.fingerprint = "another".to_owned()), as_it_is);
}

/// A fingerprint that changes by itself would send every migration under way back to its start.
#[test]
fn fingerprints_of_released_plans_stay() {
    let plans = [
        ("student_analytics", seeds::cosmos(), firestore::rules()),
        ("habits", seeds::habits(), firestore::rules()),
        ("task_proxy", seeds::firestore(), targets::relational()),
        ("empathy_hub", seeds::postgres(), firestore::rules()),
        ("trade_journal", seeds::firestore(), targets::items()),
    ];
    let lines = plans.map(|(name, schema, rules)| format!("{} {name}\n", fingerprint(&text(name), &schema, &rules)));
    is_golden("plan_fingerprints.txt", &lines.concat());
}
