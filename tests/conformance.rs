//! The stores of the house keep to the contracts, and the suites that say so find a store that does not.

#[path = "conformance/liars.rs"]
mod liars;

use std::sync::Arc;

use rehome_core::error::Result;
use rehome_core::record::{Key, Kind, Map, Name, Reason, Record, RecordId, Rejection, Related, Value};
use rehome_core::rules::Rules;
use rehome_core::schema::{Entity, Field, Relation, Schema};
use rehome_core::store::{
    Answer, Batches, Capabilities, Changes, Condition, Cursor, Fields, Found, Join, Listing, Operation, Outcome, Page,
    Refusal, RelationShape, Say, Shape, Source, Target, Write,
};
use rehome_core::stores::firestore;
use rehome_core::stores::memory::{MemorySource, MemoryTarget};
use rehome_core::testkit::conformance::{self, Can, Holding, SourceFixture, TargetFixture};
use rehome_core::testkit::faults::{Fault, Faulty, Gate};
use rehome_core::testkit::targets;

fn id(entity: &str, key: i64) -> RecordId {
    RecordId { entity: entity.into(), key: Key::Int(key) }
}

fn fields(pairs: &[(&str, Value)]) -> Map {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn relation(name: &str, target: &str, many: bool, inverse: &str) -> Relation {
    let (name, inverse) = (name.into(), Some(inverse.into()));
    Relation { name, target: target.into(), many, ordered: false, optional: true, inverse, native: String::new() }
}

/// Habits with their completions; the third completion lacks its day, the fourth names a habit that is gone, and one
/// row of the table is of no entity.
fn habits() -> MemorySource {
    let mut habit = Entity::new("Habit");
    habit.fields = vec![Field::new("title", Kind::String)];
    habit.relations = vec![relation("completions", "Completion", true, "habit")];
    let mut completion = Entity::new("Completion");
    completion.fields = vec![Field::new("day", Kind::String), Field::new("note", Kind::String).optional()];
    completion.relations = vec![relation("habit", "Habit", false, "completions")];
    let entities = vec![habit, completion];
    let store = MemorySource::new(Schema { store: "memory".into(), entities, ..Schema::default() });

    store.put("Habit", Key::Int(1), fields(&[("title", "Read".into())]));
    store.put("Habit", Key::Int(2), fields(&[("title", "Swim".into())]));
    for (key, habit, day) in [(1, 1, Some("mon")), (2, 1, Some("tue")), (3, 1, None), (4, 9, Some("wed"))] {
        let day = day.map(|day| ("day", Value::from(day)));
        store.put("Completion", Key::Int(key), fields(day.as_slice()));
        store.link(&id("Completion", key), "habit", &[id("Habit", habit)]);
    }
    store.put_broken(Rejection {
        entity: "Completion".into(),
        key: Key::Int(5),
        column: None,
        reason: Reason::UnknownEntity,
        detail: "of no entity".into(),
    });
    store
}

fn record(entity: &str, key: i64, values: &[Value], related: Vec<Related>) -> Record {
    Record { id: id(entity, key), values: values.to_vec(), related }
}

fn completions() -> Holding {
    let habit = RelationShape {
        name: "habit".into(),
        join: Join::Known,
        many: false,
        shape: Shape::of("Habit", &["@key", "title"]),
    };
    let read = Arc::new(record("Habit", 1, &["1".into(), "Read".into()], Vec::new()));
    let completion = |key, day: &str| {
        let habit = Related::One(Some(read.clone()));
        record("Completion", key, &["Completion".into(), day.into(), Value::Null], vec![habit])
    };
    Holding {
        shape: Shape {
            relations: vec![habit],
            claims_strays: true,
            ..Shape::of("Completion", &["@entity", "day", "note"])
        },
        records: vec![completion(1, "mon"), completion(2, "tue")],
        rejected: [3, 4, 5].map(|key| ("Completion".into(), Key::Int(key))).into(),
    }
}

/// The relation's other end is found through its inverse; a declared one through equal fields.
fn habit_holding() -> Holding {
    let days = |name: &str, join| RelationShape {
        name: name.into(),
        join,
        many: true,
        shape: Shape::of("Completion", &["note"]),
    };
    let completions = || {
        let completion = |key| Arc::new(record("Completion", key, &[Value::Null], Vec::new()));
        Related::Many([1, 2, 3].map(completion).into())
    };
    let none = || Related::Many(Vec::new());
    let declared = Join::Equal { ours: "title".into(), theirs: "note".into() };
    Holding {
        shape: Shape {
            relations: vec![days("completions", Join::Known), days("declared", declared)],
            ..Shape::of("Habit", &["title"])
        },
        records: vec![
            record("Habit", 1, &["Read".into()], vec![completions(), none()]),
            record("Habit", 2, &["Swim".into()], vec![none(), none()]),
        ],
        rejected: Vec::new(),
    }
}

fn habits_fixture<'a>(open: impl Fn() -> Arc<dyn Source + 'a> + 'a, store: &'a MemorySource) -> SourceFixture<'a> {
    let change = move || -> Answer<'a, Vec<conformance::Change>> {
        store.put("Completion", Key::Int(6), fields(&[("day", "thu".into())]));
        store.put("Completion", Key::Int(7), fields(&[("day", "fri".into())]));
        store.put("Completion", Key::Int(2), fields(&[("day", "sun".into())]));
        store.delete(&id("Completion", 1));
        store.delete(&id("Completion", 7));
        let done = [(6, Operation::Insert), (2, Operation::Update), (1, Operation::Delete), (7, Operation::Delete)];
        Box::pin(async move { Ok(done.map(|(key, operation)| (id("Completion", key), operation)).into()) })
    };
    SourceFixture {
        open: Box::new(move || {
            let source = open();
            Box::pin(async move { Ok(source) })
        }),
        holdings: vec![completions(), habit_holding()],
        knows_its_names: Can::Yes(()),
        change: Can::Yes(Box::new(change)),
    }
}

#[tokio::test]
async fn a_relational_source_in_memory_keeps_the_contract() {
    let store = Arc::new(habits());
    let fixture = habits_fixture(|| store.clone(), &store);
    assert_eq!(conformance::source(&fixture).await.unwrap(), []);
}

#[tokio::test]
async fn a_document_source_in_memory_keeps_the_contract() {
    const JOURNAL: &str = "users/{userId}/trading-journal/{date}";
    let store = Arc::new(MemorySource::new(Schema { store: "firestore".into(), open: true, ..Schema::default() }));
    let mut records = Vec::new();
    for (user, date) in [("ann", "2024-01-01"), ("ann", "2024-01-02"), ("bob", "2024-01-01")] {
        let address = format!("users/{user}/trading-journal/{date}");
        let risk = Value::Map(fields(&[("max", Value::Double(0.5))]));
        store.put_document(&address, fields(&[("risk", risk.clone()), ("mood", "calm".into())]));
        let key = Key::Parts([user, date].map(|part| Key::Text(part.to_owned())).into());
        let id = RecordId { entity: JOURNAL.into(), key };
        records.push(Record { id, values: vec![risk, "calm".into(), Value::Null], related: Vec::new() });
    }
    store.put_document("users/ann", fields(&[("name", "Ann".into())]));
    let opened = &store;
    let fixture = SourceFixture {
        open: Box::new(move || Box::pin(async move { Ok(opened.clone() as Arc<dyn Source>) })),
        holdings: vec![Holding {
            shape: Shape::of(JOURNAL, &["risk", "mood", "absent"]),
            records,
            rejected: Vec::new(),
        }],
        knows_its_names: Can::No("documents may be anywhere"),
        change: Can::Yes(Box::new(move || {
            let gone = RecordId {
                entity: JOURNAL.into(),
                key: Key::Parts(["bob", "2024-01-01"].map(|part| Key::Text(part.to_owned())).into()),
            };
            opened.delete(&gone);
            Box::pin(async { Ok(vec![(gone, Operation::Delete)]) })
        })),
    };
    let skipped = conformance::source(&fixture).await.unwrap();
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].clause, "an unknown entity or field is an error");
}

#[tokio::test]
async fn a_purged_history_asks_for_a_fresh_start() {
    let store = habits();
    let shapes = [completions().shape];
    let Changes::Some { next, .. } = store.changes(&shapes, None, 10).await.unwrap() else { panic!("no cursor") };
    store.delete(&id("Completion", 1));
    store.purge_history();
    let answer = store.changes(&shapes, Some(&next), 10).await.unwrap();
    assert!(matches!(answer, Changes::StartOver { .. }));
}

fn promises() -> [(Batches, bool); 3] {
    [(Batches::Atomic, true), (Batches::Partial, true), (Batches::Partial, false)]
}

fn target_fixture<'a>(target: &'a Arc<dyn Target + 'a>) -> TargetFixture<'a> {
    TargetFixture {
        open: Box::new(|| Box::pin(async { Ok(target.clone()) })),
        collection: "suite".into(),
        refused: Can::No("it takes every kind of value"),
    }
}

#[tokio::test]
async fn targets_in_memory_keep_the_contract() {
    for (batches, conditional) in promises() {
        for rules in [firestore::rules(), targets::relational(), targets::items()] {
            let target: Arc<dyn Target> = Arc::new(MemoryTarget::new(rules, Capabilities { batches, conditional }));
            let skipped = conformance::target(&target_fixture(&target)).await.unwrap();
            let clauses: Vec<_> = skipped.iter().map(|skipped| skipped.clause).collect();
            let refusal = "a write that is never taken is refused";
            let wanted = if conditional { vec![refusal] } else { vec!["conditions are kept", refusal] };
            assert_eq!(clauses, wanted, "{batches:?}");
        }
    }
}

#[tokio::test]
async fn a_target_in_memory_refuses_what_its_rules_do_not_hold() {
    for (batches, conditional) in promises() {
        let rules = Rules { holds: &[Kind::String, Kind::Map], ..firestore::rules() };
        let target: Arc<dyn Target> = Arc::new(MemoryTarget::new(rules, Capabilities { batches, conditional }));
        let nested = Value::Map(fields(&[("number", Value::Int(1))]));
        let refused = Can::Yes(fields(&[("nested", nested)]));
        let fixture = TargetFixture { refused, ..target_fixture(&target) };
        let skipped = conformance::target(&fixture).await.unwrap();
        assert_eq!(skipped.is_empty(), conditional);
    }
}

/// How a store may break its word.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Breach {
    LeavesOneOut,
    TellsOneTwice,
    IgnoresTheLimit,
    ChangesItsOrder,
    LosesItsPlace,
    NamesNoField,
    TellsStraysToAll,
    ForgetsDeletes,
    TakesAnyCursor,
    PassesOverWhatNamesNobody,
}

struct BrokenSource {
    inner: Arc<MemorySource>,
    breach: Breach,
}

impl BrokenSource {
    async fn broken_page(&self, shape: &Shape, after: Option<&Cursor>, limit: usize) -> Result<Page> {
        let breach = self.breach;
        let limit = if breach == Breach::IgnoresTheLimit { limit + 1 } else { limit };
        let claims_strays = shape.claims_strays || breach == Breach::TellsStraysToAll;
        let asked = Shape { claims_strays, ..shape.clone() };
        let after = after.filter(|cursor| breach != Breach::TakesAnyCursor || cursor.as_str().starts_with("{\""));
        let mut page = match self.inner.page(&asked, after, limit).await {
            Err(_) if breach == Breach::NamesNoField && after.is_none() => {
                return self.inner.page(&Shape::of("Habit", &[]), None, 1).await;
            }
            page => page?,
        };
        match breach {
            Breach::LeavesOneOut => page.records.retain(|record| record.id != id("Habit", 2)),
            Breach::TellsOneTwice if limit > 5 => page.records.extend(page.records.first().cloned()),
            Breach::ChangesItsOrder if limit > 5 => page.records.reverse(),
            Breach::PassesOverWhatNamesNobody => {
                page.rejected.retain(|rejection| rejection.column.as_deref() != Some("declared"));
            }
            Breach::LosesItsPlace if limit == 3 && after.is_some() => page.records.clear(),
            _ => {}
        }
        Ok(page)
    }
}

impl Source for BrokenSource {
    fn schema(&self) -> Answer<'_, Arc<Schema>> {
        self.inner.schema()
    }

    fn page<'a>(&'a self, shape: &'a Shape, after: Option<&'a Cursor>, limit: usize) -> Answer<'a, Page> {
        Box::pin(self.broken_page(shape, after, limit))
    }

    fn changes<'a>(&'a self, shapes: &'a [Shape], since: Option<&'a Cursor>, limit: usize) -> Answer<'a, Changes> {
        Box::pin(async move {
            let mut answer = self.inner.changes(shapes, since, limit).await?;
            if let (Breach::ForgetsDeletes, Changes::Some { changes, .. }) = (self.breach, &mut answer) {
                changes.retain(|change| change.operation != Operation::Delete);
            }
            Ok(answer)
        })
    }
}

#[tokio::test]
async fn the_suite_finds_a_source_that_breaks_its_word() {
    let breaches = [
        (Breach::LeavesOneOut, "is in the store and on no page"),
        (Breach::TellsOneTwice, "came twice"),
        (Breach::IgnoresTheLimit, "where 1 were asked"),
        (Breach::ChangesItsOrder, "come in another order"),
        (Breach::LosesItsPlace, "does not go on"),
        (Breach::NamesNoField, "no error that says so"),
        (Breach::TellsStraysToAll, "who does not claim strays"),
        (Breach::ForgetsDeletes, "was told as None"),
        (Breach::TakesAnyCursor, "never made is taken for one"),
        (Breach::PassesOverWhatNamesNobody, "is not told as dangling"),
    ];
    for (breach, sentence) in breaches {
        let inner = Arc::new(habits());
        let opened = inner.clone();
        let fixture = habits_fixture(move || Arc::new(BrokenSource { inner: opened.clone(), breach }), &inner);
        let broken = conformance::source(&fixture).await.expect_err(&format!("{breach:?} was not found"));
        assert!(broken.to_string().contains(sentence), "{breach:?}: {broken}");
    }
}

fn one_write(address: &str) -> [Write; 1] {
    [Write { address: address.into(), fields: Some(Map::new().into()), condition: Condition::Absent }]
}

fn faulty(batches: Batches, script: Vec<Fault>) -> Faulty<MemoryTarget> {
    let capabilities = Capabilities { batches, conditional: true };
    Faulty::new(MemoryTarget::new(firestore::rules(), capabilities), script)
}

#[tokio::test]
async fn faults_happen_as_the_script_says() {
    let script = vec![Fault::Retry, Fault::Drop, Fault::LoseAnswer, Fault::FailAfterwards];
    let target = faulty(Batches::Atomic, script);
    assert_eq!(target.write(&one_write("a/1")).await.unwrap(), [Outcome::Retry]);
    assert!(target.write(&one_write("a/1")).await.is_err());
    assert!(target.inner().contents().is_empty(), "nothing has happened yet");

    assert_eq!(target.write(&one_write("a/1")).await.unwrap(), [Outcome::Unknown]);
    assert!(target.write(&one_write("a/2")).await.is_err());
    assert_eq!(target.inner().contents().len(), 2, "both happened, whatever was answered");
    assert_eq!(target.write(&one_write("a/1")).await.unwrap(), [Outcome::Exists]);
}

#[tokio::test]
async fn a_held_write_waits_for_its_gate() {
    let gate = Gate::closed();
    let target = faulty(Batches::Atomic, vec![Fault::Hold(gate.clone())]);
    let writes = one_write("a/1");
    let checks = async {
        gate.reached().await;
        assert!(target.inner().contents().is_empty(), "it waits");
        gate.open();
    };
    let (answer, ()) = tokio::join!(target.write(&writes), checks);
    assert!(matches!(answer.unwrap()[0], Outcome::Durable(_)));
}

#[tokio::test]
async fn a_refused_address_stops_an_atomic_batch_and_no_other() {
    for (batches, others) in [(Batches::Atomic, 0), (Batches::Partial, 1)] {
        let target = faulty(batches, Vec::new()).refusing("a/bad", Refusal::denied("by the rules"));
        let writes = [one_write("a/good"), one_write("a/bad")].concat();
        let outcomes = target.write(&writes).await.unwrap();
        assert_eq!(outcomes[1], Outcome::Refused(Refusal::denied("by the rules")));
        assert_eq!(target.inner().contents().len(), others, "{batches:?}");
    }
}
