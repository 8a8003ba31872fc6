//! Stores that we make ourselves, and the same app's from another generator.

use super::*;
use crate::testkit::habits::{Options, generate};
use crate::testkit::samples::generated_by_another;

fn check(layout: &Layout) {
    assert_eq!(layout.schema.store, "swiftdata");
    assert_eq!(layout.schema.version.as_deref(), Some("1.0.0"));
    let cell = |column: &str, codec| Storage::Cell { column: column.into(), codec };
    let habit = |field: &str| storage(layout, "Habit", field);
    assert_eq!(habit("id"), cell("ZID", Codec::Uuid));
    assert_eq!(habit("iconData"), cell("ZICONDATA", Codec::External));
    assert_eq!(habit("targetAmount"), cell("ZTARGETAMOUNT", Codec::Decimal));
    assert_eq!(habit("link"), cell("ZLINK", Codec::Text));
    assert_eq!(habit("tags"), cell("ZTAGS", Codec::Archive));
    assert_eq!(habit("frequency"), cell("ZFREQUENCY", Codec::Text));
    let Storage::Struct(parts) = habit("schedule") else { panic!("the schedule is a struct") };
    let parts: Vec<_> = parts.into_iter().map(|part| (part.name.to_string(), part.storage)).collect();
    let expected = [
        ("daysOfWeek".to_owned(), cell("ZDAYSOFWEEK", Codec::Json)),
        ("reminders".to_owned(), cell("ZREMINDERS", Codec::Json)),
        ("timesPerDay".to_owned(), cell("ZTIMESPERDAY", Codec::Int { bits: 64 })),
    ];
    assert_eq!(parts, expected);
    let expected = Link::Through {
        table: "Z_2BUDDIES".into(),
        ours: "Z_2SHAREDHABITS".into(),
        theirs: "Z_4BUDDIES".into(),
        order: None,
    };
    assert_eq!(link(layout, "Habit", "buddies"), expected);
    let expected = Link::Backward { columns: vec!["ZHABIT".into()], references: vec![], order: None };
    assert_eq!(link(layout, "Habit", "completions"), expected);
    assert_eq!(layout.schema.warnings, [""; 0]);
}

#[test]
fn our_own_store_of_habits_is_described_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("default.store");
    let options = Options { completions: 100, cloudkit: true, ..Options::default() };
    let truth = generate(&file, &options).unwrap();
    let (layout, connection) = (read(&file), open(&file));
    check(&layout);
    for (name, count) in truth.counts {
        let (_, entity) = layout.entity(name).unwrap();
        assert_eq!(rows(&connection, entity), count as i64, "{name}");
    }
    assert!(layout.cloud.is_some_and(|cloud| cloud.zones.is_some()));
    assert!(layout.schema.entities.iter().all(|entity| entity.field(crate::schema::CLOUD_NAME).is_some()));
}

#[test]
fn without_its_model_the_same_store_still_has_all_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("default.store");
    generate(&file, &Options { completions: 10, model_cache: false, ..Options::default() }).unwrap();
    let layout = read(&file);
    assert_eq!(layout.schema.store, "swiftdata");
    assert_eq!(layout.schema.warnings.len(), 1, "{:?}", layout.schema.warnings);
    let expected = Storage::Cell { column: "ZCOMPLETEDAT".into(), codec: Codec::MacDate };
    assert_eq!(storage(&layout, "Completion", "completedat"), expected);
}

#[test]
fn the_store_of_another_generator_is_described_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("default.store");
    if !generated_by_another(&file, &["--completions", "200", "--cloudkit"]).unwrap() {
        return;
    }
    let layout = read(&file);
    check(&layout);
    assert!(layout.cloud.is_some());
}
