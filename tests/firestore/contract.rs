//! The contracts of a target and of a source, and what a source of documents has to pass over.

use std::sync::Arc;

use rehome_core::record::{Key, Map, Name, Reason, Record, RecordId, Related, Value};
use rehome_core::schema::KEY;
use rehome_core::store::{Answer, Condition, Join, Outcome, RelationShape, Shape, Source, Target, Write};
use rehome_core::testkit::conformance::{self, Can, Holding, SourceFixture, TargetFixture};
use rehome_servers::FirestoreServer;

use super::open;

const JOURNAL: &str = "users/{userId}/trading-journal/{date}";

/// Opens a store anew.
pub(crate) type Open<'a, T> = Box<dyn Fn() -> Answer<'a, Arc<T>> + 'a>;

pub(crate) async fn it_keeps_the_contract_of_a_target(server: &FirestoreServer) {
    let project = server.project();
    let open = || {
        let store = open(project.owner());
        Box::pin(async move { Ok(store as Arc<dyn Target>) }) as Answer<'_, _>
    };
    as_a_target(Box::new(open)).await;
}

pub(crate) async fn as_a_target<'a>(open: Open<'a, dyn Target + 'a>) {
    let nested = Value::Array(vec![Value::Array(Vec::new())]);
    let fixture = TargetFixture {
        open,
        collection: "users/ann/suite".to_owned(),
        refused: Can::Yes(Map::from([("nested".to_owned(), nested)])),
    };
    assert_eq!(conformance::target(&fixture).await.unwrap(), []);
}

fn fields(pairs: &[(&str, Value)]) -> Map {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

async fn put(store: &dyn Target, documents: &[(&str, &[(&str, Value)])]) {
    let write = |(address, pairs): &(&str, &[(&str, Value)])| Write {
        address: (*address).to_owned(),
        fields: Some(fields(pairs).into()),
        condition: Condition::Absent,
    };
    let writes: Vec<_> = documents.iter().map(write).collect();
    let outcomes = store.write(&writes).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_))), "{outcomes:?}");
}

fn id(entity: &str, captures: &[&str]) -> RecordId {
    let captures = captures.iter().map(|capture| Key::Text((*capture).to_owned()));
    RecordId { entity: entity.into(), key: Key::Parts(captures.collect()) }
}

fn record(entity: &str, captures: &[&str], values: &[Value]) -> Record {
    Record { id: id(entity, captures), values: values.to_vec(), related: Vec::new() }
}

pub(crate) async fn it_keeps_the_contract_of_a_source(server: &FirestoreServer) {
    let project = server.project();
    let store = open(project.owner());
    let open = || {
        let store = open(project.owner());
        Box::pin(async move { Ok(store as Arc<dyn Source>) }) as Answer<'_, _>
    };
    as_a_source(&*store, Box::new(open)).await;
}

/// No user has a document of his own, and other collections have the same name: neither hides anything.
pub(crate) async fn as_a_source<'a>(store: &dyn Target, open: Open<'a, dyn Source + 'a>) {
    let risk = Value::Map(fields(&[("max", Value::Double(0.5))]));
    put(
        store,
        &[
            ("users/ann/trading-journal/2024-01-01", &[("mood", "calm".into()), ("risk", risk.clone())]),
            ("users/ann/trading-journal/2024-01-02", &[("mood", "bold".into()), ("secret", 1.into())]),
            ("users/bob/trading-journal/2024-01-01", &[("mood", Value::Null)]),
            ("users/zoe/trading-journal/2023", &[("mood", "calm".into())]),
            ("archive/ann/trading-journal/2020", &[("mood", "calm".into())]),
            ("trading-journal/top", &[("mood", "calm".into())]),
            ("users/ann/trading-journal/2024-01-01/trading-journal/deeper", &[("mood", "calm".into())]),
            ("settings/theme", &[("dark", true.into())]),
        ],
    )
    .await;
    let entry = |user, date, mood: Value, risk: Value| {
        record(JOURNAL, &[user, date], &[risk, mood, Value::Null, JOURNAL.into()])
    };
    let theme = |captures: &[&str], entity| record(entity, captures, &[true.into()]);
    let holding = |entity: &str, fields: &[&str], records| Holding {
        shape: Shape::of(entity, fields),
        records,
        rejected: Vec::new(),
    };
    let fixture = SourceFixture {
        open,
        holdings: vec![
            holding(
                JOURNAL,
                &["risk", "mood", "absent", "@entity"],
                vec![
                    entry("ann", "2024-01-01", "calm".into(), risk),
                    entry("ann", "2024-01-02", "bold".into(), Value::Null),
                    entry("bob", "2024-01-01", Value::Null, Value::Null),
                    entry("zoe", "2023", "calm".into(), Value::Null),
                ],
            ),
            holding("settings/{name}", &["dark"], vec![theme(&["theme"], "settings/{name}")]),
            holding("settings/theme", &["dark"], vec![theme(&[], "settings/theme")]),
        ],
        knows_its_names: Can::No("documents may be anywhere"),
        change: Can::No("Firestore keeps no history"),
    };
    let skipped = conformance::source(&fixture).await.unwrap();
    let clauses: Vec<_> = skipped.iter().map(|skipped| skipped.clause).collect();
    assert_eq!(clauses, ["an unknown entity or field is an error", "changes since a cursor are told"]);
}

fn relation(name: &str, ours: &str, theirs: &str, many: bool, shape: Shape) -> RelationShape {
    RelationShape { name: name.into(), join: Join::Equal { ours: ours.into(), theirs: theirs.into() }, many, shape }
}

/// Completions lead to their habit, by its id; a habit leads to its tags, by their texts. Both through many more than
/// fit into one query.
pub(crate) async fn declared_relations_are_followed(server: &FirestoreServer) {
    let store = open(server.project().owner());
    let count = 35;
    let titles: Vec<String> = (0..count).map(|number| format!("title {number:02}")).collect();
    let habits: Vec<String> = (0..count).map(|number| format!("habits/h{number:02}")).collect();
    let days: Vec<String> = (0..count).map(|number| format!("users/u{number:02}/days/d")).collect();
    let tags: Vec<String> = (0..2 * count).map(|number| format!("tags/t{number:03}")).collect();
    let number = |index: usize| Value::Int(i64::try_from(index).unwrap());
    for at in 0..count {
        let (habit, title) = (Value::from(&habits[at]["habits/".len()..]), Value::from(&*titles[at]));
        let twin = at + count;
        let [own, other] = [at, twin].map(|tag| [("title", title.clone()), ("number", number(tag))]);
        put(
            &*store,
            &[
                (&habits[at], &[("title", title.clone())]),
                (&days[at], &[("habit", habit)]),
                (&tags[at], &own),
                (&tags[twin], &other),
            ],
        )
        .await;
    }
    let tags = relation("tags", "title", "title", true, Shape::of("tags/{id}", &["number"]));
    let habit = Shape { relations: vec![tags], ..Shape::of("habits/{id}", &["title"]) };
    let shape = Shape {
        relations: vec![relation("habit", "habit", KEY, false, habit)],
        ..Shape::of("users/{user}/days/{day}", &[KEY])
    };
    let page = store.page(&shape, None, 500).await.unwrap();
    assert_eq!((page.records.len(), page.rejected.len()), (count, 0));
    for (at, day) in page.records.iter().enumerate() {
        let [Related::One(Some(habit))] = &day.related[..] else { panic!("day {at} leads to no habit") };
        assert_eq!(habit.values, [Value::from(&*titles[at])]);
        let [Related::Many(tags)] = &habit.related[..] else { panic!("habit {at} has no tags") };
        let numbers: Vec<_> = tags.iter().flat_map(|tag| &tag.values).cloned().collect();
        assert_eq!(numbers, [number(at), number(at + count)]);
    }
}

pub(crate) async fn a_relation_that_leads_nowhere_is_told(server: &FirestoreServer) {
    let store = open(server.project().owner());
    put(
        &*store,
        &[
            ("days/dangling", &[("habit", "gone".into())]),
            ("days/several", &[("twin", 1.into())]),
            ("days/nobody", &[("habit", Value::Null)]),
            ("days/almost", &[("twin", 2.into())]),
            ("habits/one", &[("number", 1.into())]),
            ("habits/other", &[("number", 1.into())]),
            ("habits/real", &[("number", 2.0.into())]),
        ],
    )
    .await;
    let habit = Shape::of("habits/{id}", &[]);
    let relations = vec![
        relation("habit", "habit", KEY, false, habit.clone()),
        relation("twin", "twin", "number", false, habit.clone()),
    ];
    let page = store.page(&Shape { relations, ..Shape::of("days/{id}", &[]) }, None, 10).await.unwrap();
    let rejected: Vec<_> =
        page.rejected.iter().map(|told| (told.key.to_string(), told.column.clone(), told.reason)).collect();
    let told = |key: &str, column: &str, reason| (key.to_owned(), Some(Name::from(column)), reason);
    // 2 and 2.0 are equal to Firestore, and not to us.
    let wanted = [
        told("almost", "twin", Reason::Dangling),
        told("dangling", "habit", Reason::Dangling),
        told("several", "twin", Reason::DuplicateValue),
    ];
    assert_eq!(rejected, wanted);
    assert_eq!(page.records.len(), 1);

    let known = RelationShape { join: Join::Known, ..relation("habit", "", "", false, habit) };
    let error =
        store.page(&Shape { relations: vec![known], ..Shape::of("days/{id}", &[]) }, None, 10).await.unwrap_err();
    assert!(error.to_string().contains("let the plan declare it"), "{error}");
}
