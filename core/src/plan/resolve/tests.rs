use std::collections::BTreeSet;

use crate::plan::{Nulls, PlanFile, Problem, Rule};
use crate::record::Kind;
use crate::rules::Rules;
use crate::schema::{Entity, Field, Relation, Schema};
use crate::store::{Join, Shape};
use crate::stores::firestore;

/// The store that the plan of `language.md` is written for.
fn habits() -> Schema {
    use Kind::{Bool, Bytes, Decimal, Int, Map, String, Timestamp};
    let mut habit = entity(
        "Habit",
        &[
            ("id", String),
            ("name", String),
            ("kind", String),
            ("isArchived", Bool),
            ("score", Int),
            ("scratch", String),
            ("targetAmount", Decimal),
            ("dueAt", Int),
            ("points", Int),
            ("address", Map),
            ("iconData", Bytes),
            ("legacyNumber", Int),
            ("updatedAt", Timestamp),
        ],
    );
    habit.relations = vec![
        relation("parent", "Habit", false),
        relation("streak", "Streak", false),
        relation("completions", "Completion", true),
        relation("owner", "Profile", false),
        relation("buddies", "Person", true),
        relation("tags", "Tag", true),
    ];
    let entities = vec![
        habit,
        entity("Streak", &[("current", Int), ("longest", Int)]),
        entity("Completion", &[("date", Timestamp), ("note", String)]),
        entity("Profile", &[("id", String)]),
        entity("Person", &[("id", String)]),
        entity("Tag", &[("label", String)]),
        entity("Event", &[("habitId", String), ("at", Timestamp)]),
        entity("Cache", &[]),
    ];
    Schema { store: "swiftdata".into(), version: Some("2.1.0".into()), entities, ..Schema::default() }
}

fn entity(name: &str, fields: &[(&str, Kind)]) -> Entity {
    let fields = fields.iter().map(|(name, kind)| Field::new(*name, *kind)).collect();
    Entity { fields, table: Some(name.into()), ..Entity::new(name) }
}

fn relation(name: &str, target: &str, many: bool) -> Relation {
    let (name, target) = (name.into(), target.into());
    Relation { name, target, many, ordered: false, optional: false, inverse: None, native: String::new() }
}

fn check(text: &str, schema: &Schema, rules: &Rules) -> crate::plan::Checked {
    PlanFile::check(text, "plan.toml", schema, rules).unwrap_or_else(|problems| panic!("{problems}"))
}

fn said(warnings: &[Problem]) -> Vec<String> {
    warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn the_plan_of_the_documentation_resolves_and_leaves_nothing_behind() {
    let text = include_str!("../language.md").split("```").nth(1).unwrap().strip_prefix("toml").unwrap();
    let checked = check(text, &habits(), &firestore::rules());
    assert_eq!(said(&checked.warnings), Vec::<String>::new());
    let names: Vec<&str> = checked.plan.passes[0].moves[0].fields.iter().map(|field| &*field.name).collect();
    assert!(names.is_sorted());
    assert!(names.contains(&"title") && !names.contains(&"name") && !names.contains(&"scratch"), "{names:?}");
}

const STREAKS: &str = "name = \"a\"\n[[move]]\nentity = \"Streak\"\ndocument = \"streaks/{current}\"\n";

#[test]
fn one_pass_reads_all_that_the_moves_of_an_entity_need() {
    let text = r#"
        name = "a"
        leave_out = ["Streak", "Completion", "Profile", "Person", "Tag", "Event", "Cache"]
        [[move]]
        entity = "Habit"
        document = "habits/{id}"
        fields = ["name"]
        [[move]]
        entity = "Habit"
        document = "names/{name}"
        where = { parent.kind = "daily" }
        fields = { owner = "owner.id", parent = "parent.owner.id" }
    "#;
    let checked = check(text, &habits(), &firestore::rules());
    let [pass] = &checked.plan.passes[..] else { panic!("one entity, one pass") };
    assert_eq!(pass.moves.len(), 2);
    let fields = |shape: &Shape| shape.fields.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(fields(&pass.shape), ["id", "name"]);
    let relations: Vec<&str> = pass.shape.relations.iter().map(|relation| &*relation.name).collect();
    assert_eq!(relations, ["owner", "parent"]);
    assert_eq!(fields(&pass.shape.relations[1].shape), ["kind"]);
    assert_eq!(fields(&pass.shape.relations[1].shape.relations[0].shape), ["id"]);
}

#[test]
fn what_becomes_of_null_is_said_for_a_plan_a_move_or_one_upload() {
    let nulls = |of_plan: &str, of_move: &str, of_upload: &str| {
        let text = format!(
            "name = \"a\"\n{of_plan}\n[[move]]\nentity = \"Habit\"\ndocument = \"habits/{{id}}\"\n{of_move}\n\
             fields = {{ icon = {{ upload = \"iconData\", to = \"icons/{{id}}\"{of_upload} }} }}\n"
        );
        let checked = check(&text, &habits(), &firestore::rules());
        match &checked.plan.passes[0].moves[0].fields[0].rule {
            Rule::Upload { nulls, .. } => nulls.clone(),
            other => panic!("{other:?}"),
        }
    };
    let (keep, leave_out) = ("nulls = \"keep\"", "nulls = \"leave out\"");
    assert_eq!(nulls("", "", ""), Nulls::Keep);
    assert_eq!(nulls(leave_out, "", ""), Nulls::LeaveOut);
    assert_eq!(nulls(leave_out, keep, ""), Nulls::Keep);
    assert_eq!(nulls(leave_out, keep, ", nulls = \"leave out\""), Nulls::LeaveOut);
}

#[test]
fn strays_of_a_table_are_claimed_once() {
    let mut schema = habits();
    for (name, parent) in [("Walk", "Completion"), ("Run", "Completion")] {
        let child = Entity { parent: Some(parent.into()), ..entity(name, &[("note", Kind::String)]) };
        schema.entities.push(child);
    }
    let text = "name = \"a\"\n[[move]]\nentity = [\"Walk\", \"Run\", \"Streak\"]\ndocument = \"all/{@key}\"\n";
    let checked = check(text, &schema, &firestore::rules());
    let claims: Vec<bool> = checked.plan.passes.iter().map(|pass| pass.shape.claims_strays).collect();
    assert_eq!(claims, [true, false, true]);
}

#[test]
fn a_declared_relation_is_there_for_subentities_too() {
    let mut schema = habits();
    let child = Entity { parent: Some("Streak".into()), ..entity("LongStreak", &[("current", Kind::Int)]) };
    schema.entities.push(child);
    let text = r#"
        name = "a"
        [[relation]]
        entity = "Streak"
        name = "scored"
        to = "Habit"
        ours = "current"
        theirs = "score"
        [[move]]
        entity = "LongStreak"
        document = "streaks/{scored.id}"
    "#;
    let checked = check(text, &schema, &firestore::rules());
    let relation = &checked.plan.passes[0].shape.relations[0];
    assert_eq!(relation.join, Join::Equal { ours: "current".into(), theirs: "score".into() });
}

#[test]
fn numbers_that_each_device_counts_are_warned_of_where_a_plan_is_for_owners() {
    let mut schema = habits();
    schema.entities[1].key = vec!["current".into()];
    let counted = |text: &str| {
        let warnings = said(&check(text, &schema, &firestore::rules()).warnings);
        warnings.iter().any(|warning| warning.contains("may be a number that each device counts up"))
    };
    assert!(!counted(STREAKS));
    assert!(counted(&STREAKS.replace("streaks/{current}", "users/{uid}/streaks/{current}")));
}

#[test]
fn collection_paths_are_the_same_whatever_their_captures_are_called() {
    let journal = Entity { fields: vec![Field::new("mood", Kind::String)], ..Entity::new("users/{u}/journal/{d}") };
    let schema = Schema { entities: vec![journal], open: true, ..Schema::default() };
    let text = "name = \"a\"\n[[move]]\nentity = \"users/{userId}/journal/{date}\"\ndocument = \"days/{date}\"\n";
    let checked = check(text, &schema, &firestore::rules());
    assert_eq!(&*checked.plan.passes[0].shape.entity, "users/{userId}/journal/{date}");
    assert_eq!(said(&checked.warnings), Vec::<String>::new());
}

#[test]
fn taking_all_fields_of_a_collection_that_may_have_others_is_warned_of() {
    let notes = Entity { fields: vec![Field::new("text", Kind::String)], open: true, ..Entity::new("notes/{id}") };
    let schema = Schema { entities: vec![notes], open: true, ..Schema::default() };
    let text = "name = \"a\"\n[[move]]\nentity = \"notes/{id}\"\ndocument = \"notes/{id}\"\n";
    let warnings = said(&check(text, &schema, &firestore::rules()).warnings);
    assert!(warnings[0].contains("may have fields that nothing lists"), "{warnings:?}");
    let named = said(&check(&format!("{text}fields = [\"text\", \"mood\"]\n"), &schema, &firestore::rules()).warnings);
    assert_eq!(named, Vec::<String>::new());
}

#[test]
fn a_misspelt_collection_of_an_open_store_is_warned_of() {
    let schema = Schema { entities: vec![Entity::new("tasks")], open: true, ..Schema::default() };
    let text = "name = \"a\"\n[[move]]\nentity = \"taks\"\ndocument = \"tasks/{id}\"\nfields = [\"id\"]\n";
    let warnings = said(&check(text, &schema, &firestore::rules()).warnings);
    assert!(warnings.iter().any(|warning| warning.contains("did you mean \"tasks\"?")), "{warnings:?}");
}

#[test]
fn a_move_that_takes_all_fields_looks_where_to_one_relations_lead() {
    let looked_at = |rest: &str| {
        let text = format!("name = \"a\"\n[[move]]\nentity = \"Habit\"\ndocument = \"habits/{{id}}\"\n{rest}\n");
        let checked = check(&text, &habits(), &firestore::rules());
        let relations = &checked.plan.passes[0].shape.relations;
        assert!(relations.iter().all(|relation| relation.shape.fields.is_empty() && !relation.many));
        relations.iter().map(|relation| relation.name.to_string()).collect::<Vec<_>>()
    };
    let decimal = "[move.fields]\ntarget = { from = \"targetAmount\", as = \"string\" }\n\"*\" = \"*\"";
    assert_eq!(looked_at(decimal), ["parent", "streak", "owner"]);
    assert_eq!(looked_at(&format!("leave_out = [\"streak\"]\n{decimal}")), ["parent", "owner"]);
    assert_eq!(looked_at("fields = [\"name\"]"), Vec::<String>::new());
}

#[test]
fn a_relation_that_is_only_looked_at_is_not_kept() {
    let text =
        "name = \"a\"\n[[move]]\nentity = \"Habit\"\ndocument = \"habits/{id}\"\nleave_out = [\"targetAmount\"]\n";
    let warnings = said(&check(text, &habits(), &firestore::rules()).warnings);
    assert!(warnings.iter().any(|warning| warning.contains("that nothing keeps: parent, streak")), "{warnings:?}");
}

#[test]
fn a_leading_dot_names_a_field_of_the_record_whatever_it_is_called() {
    let names = ["uid", "version", "@key", "a.b", "{x}", "*", ""];
    let user = entity("User", &names.map(|name| (name, Kind::String)));
    let schema = Schema { entities: vec![user], ..Schema::default() };
    let text = r#"
        name = "a"
        [[move]]
        entity = "User"
        document = "users/{uid}/users/{.uid}_{.version|key}"
        [move.fields]
        key = ".@key"
        within = ".a.b"
        braces = { from = ".{x}", as = "string" }
        "*" = ".*"
        nameless = "."
    "#;
    let checked = check(text, &schema, &firestore::rules());
    assert_eq!(said(&checked.warnings).len(), 1, "{:?}", checked.warnings);
    let pass = &checked.plan.passes[0];
    let read: Vec<&str> = pass.shape.fields.iter().map(|name| &**name).collect();
    assert_eq!(BTreeSet::from_iter(read), BTreeSet::from(names));
    assert!(pass.moves[0].fields.iter().any(|field| &*field.name == "*"));
}

#[test]
fn a_word_of_the_plan_that_is_also_a_field_is_warned_of_until_the_field_is_named() {
    let schema = Schema { entities: vec![entity("User", &[("uid", Kind::String)])], ..Schema::default() };
    let warned = |document: &str| {
        let text = format!("name = \"a\"\n[[move]]\nentity = \"User\"\ndocument = \"{document}\"\n");
        let warnings = said(&check(&text, &schema, &firestore::rules()).warnings);
        warnings.iter().any(|warning| warning.contains("{.uid}"))
    };
    assert!(warned("users/{uid}"));
    assert!(!warned("users/{.uid}"));
    assert!(!warned("users/{uid}/users/{.uid}"));
}

#[test]
fn the_advice_for_a_field_of_an_odd_name_is_toml() {
    let schema = Schema { entities: vec![entity("Price", &[("{x}", Kind::Decimal)])], ..Schema::default() };
    let text = "name = \"a\"\n[[move]]\nentity = \"Price\"\ndocument = \"prices/{@key}\"\n";
    let problems = PlanFile::check(text, "plan.toml", &schema, &firestore::rules()).unwrap_err();
    let advised = r#""{x}" = { from = "{x}", as = "string" }"#;
    assert!(problems.to_string().contains(advised), "{problems}");
}

fn problems(text: &str) -> String {
    PlanFile::check(text, "plan.toml", &habits(), &firestore::rules()).unwrap_err().to_string()
}

#[test]
fn what_is_left_out_and_taken_is_a_contradiction() {
    let field = format!("{STREAKS}leave_out = [\"longest\"]\nfields = [\"longest\"]\n");
    assert!(problems(&field).contains("plan.toml:5:14: \"longest\" is left out, and a rule takes it"));
    let entity = format!("leave_out = [\"Streak\"]\n{STREAKS}");
    assert!(problems(&entity).contains("plan.toml:1:14: \"Streak\" is left out, and the move of line 3 moves it"));
}

#[test]
fn ranges_that_do_not_overlap_may_share_a_path() {
    let text = |least: u8| {
        let one = |where_: &str| {
            format!(
                "[[move]]\nentity = \"Habit\"\ndocument = \"habits/{{id}}\"\nfields = [\"id\"]\nwhere = {{ score = {{ {where_} }} }}\n"
            )
        };
        format!("name = \"a\"\n{}{}", one("below = 3"), one(&format!("at_least = {least}")))
    };
    check(&text(3), &habits(), &firestore::rules());
    assert!(problems(&text(2)).contains("meet in one path"));
}

#[test]
fn a_plan_and_a_move_say_what_they_are_for() {
    let text = "name = \"\"\n[[move]]\nentity = []\ndocument = \"a/{id}\"\n";
    let said = problems(text);
    assert!(said.contains("a plan without a name") && said.contains("plan.toml:2:1: a move without entity"), "{said}");
}
