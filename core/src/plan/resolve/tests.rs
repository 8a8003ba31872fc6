use crate::plan::PlanFile;
use crate::record::Kind;
use crate::schema::{Entity, Field, Relation, Schema};
use crate::stores::firestore;

fn field(name: &str, kind: Kind) -> Field {
    Field::new(name, kind)
}

fn relation(name: &str, target: &str, many: bool, inverse: &str) -> Relation {
    Relation {
        name: name.into(),
        target: target.into(),
        many,
        ordered: false,
        optional: false,
        inverse: Some(inverse.into()),
    }
}

/// A small model of a habit app.
fn habits() -> Schema {
    let mut habit = Entity::new("Habit");
    habit.table = Some("ZHABIT".into());
    habit.fields = vec![
        field("id", Kind::String),
        field("title", Kind::String),
        field("isArchived", Kind::Bool),
        field("targetAmount", Kind::Decimal),
        field("goal", Kind::Double).optional(),
        field("updatedAt", Kind::Timestamp),
        field("iconData", Kind::Bytes).optional(),
    ];
    habit.relations =
        vec![relation("completions", "Completion", true, "habit"), relation("streak", "Streak", false, "habit")];
    let mut completion = Entity::new("Completion");
    completion.table = Some("ZCOMPLETION".into());
    completion.fields = vec![field("id", Kind::String), field("date", Kind::Timestamp)];
    completion.relations = vec![relation("habit", "Habit", false, "completions")];
    let mut streak = Entity::new("Streak");
    streak.table = Some("ZSTREAK".into());
    streak.fields = vec![field("current", Kind::Int), field("longest", Kind::Int)];
    streak.relations = vec![relation("habit", "Habit", false, "streak")];
    Schema {
        store: "swiftdata".into(),
        fingerprint: "f1".into(),
        entities: vec![completion, habit, streak],
        ..Schema::default()
    }
}

#[test]
fn the_plan_of_the_documentation_resolves() {
    let text = r#"
        name = "habits"
        from = "swiftdata"
        to = "firestore"
        [stamp]
        source_system = "swiftdata_migration"
        migration_timestamp = "{now}"
        [[move]]
        entity = "Habit"
        document = "users/{uid}/habits/{id}"
        revision = "updatedAt"
        leave_out = ["goal"]
        [move.fields]
        "*" = "*"
        target = { from = "targetAmount", as = "string" }
        streak = { embed = "streak", fields = ["current", "longest"] }
        [[move]]
        entity = "Completion"
        document = "users/{uid}/habits/{habit.id}/completions/{id}"
        [move.fields]
        "*" = "*"
        habit = { reference = "habit" }
    "#;
    let checked = PlanFile::check(text, "habits.toml", &habits(), &firestore::rules())
        .unwrap_or_else(|problems| panic!("{problems}"));
    let warnings: Vec<String> = checked.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, Vec::<String>::new());
    let names: Vec<&str> = checked.plan.passes[0].moves[0].fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["iconData", "id", "isArchived", "streak", "target", "title", "updatedAt"]);
}
