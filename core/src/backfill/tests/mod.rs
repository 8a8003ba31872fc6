//! Runs on stores in memory.

mod anew;
mod carrying;
mod carrying_on;
mod closing;
mod conflicts;
mod control;
mod cost;
mod crashes;
mod deltas;
mod devices;
mod faults;
mod moving;
mod related;
mod shared;
mod sources;

use super::*;
use crate::error::Result;
use crate::journal::{Counters, Journal, Kept, Scope, SetAside};
use crate::plan::{Plan, PlanFile};
use crate::record::{Key, Kind, Map, RecordId, Value};
use crate::remote_state::StateAddress;
use crate::schema::{Entity, Field, Schema};
use crate::store::{Batches, Capabilities, Condition as When, Fields, Outcome, Source, Target, Write};
use crate::stores::firestore;
use crate::stores::memory::{MemorySource, MemoryTarget};
use crate::testkit::clock::FakeClock;
use crate::testkit::journal::MemoryJournal;

pub(super) const PLAN: &str = r#"
name = "notes"
[stamp]
migrated = "{now}"
[[move]]
entity = "Note"
document = "users/{uid}/notes/{id}"
revision = "edited"
where = { draft = { not = true } }
fields = ["text", "edited"]
"#;

pub(super) const ATOMIC: Capabilities = Capabilities { batches: Batches::Atomic, conditional: true };
pub(super) const PARTIAL: Capabilities = Capabilities { batches: Batches::Partial, conditional: true };
pub(super) const UNCONDITIONAL: Capabilities = Capabilities { batches: Batches::Partial, conditional: false };
pub(super) const ALL: [Capabilities; 3] = [ATOMIC, PARTIAL, UNCONDITIONAL];

/// Everything that a run needs, but the target.
pub(super) struct World {
    pub(super) source: MemorySource,
    pub(super) journal: MemoryJournal,
    pub(super) clock: FakeClock,
    pub(super) plan: Plan,
    pub(super) state: StateAddress,
    pub(super) control: Control,
}

impl World {
    /// So many notes.
    pub(super) fn of(notes: i64) -> Self {
        Self::with(PLAN, notes)
    }

    pub(super) fn with(plan: &str, notes: i64) -> Self {
        let (schema, state) = (schema(), StateAddress::of("ann").unwrap());
        let source = MemorySource::new(schema.clone());
        let plan = PlanFile::check(plan, "notes.toml", &schema, &firestore::rules()).unwrap().plan;
        let (journal, clock) = (MemoryJournal::default(), FakeClock::default());
        let world = Self { source, journal, clock, plan, state, control: Control::new(small()) };
        (1..=notes).for_each(|key| world.put(key, 1));
        world
    }

    pub(super) fn put(&self, key: i64, edited: i64) {
        self.source.put("Note", Key::Int(key), note(&format!("n{key}"), edited));
    }

    pub(super) fn backfill<'a>(&'a self, source: &'a dyn Source, target: &'a dyn Target) -> Backfill<'a> {
        Backfill {
            source,
            target,
            journal: &self.journal,
            plan: &self.plan,
            clock: &self.clock,
            uploads: None,
            state: Some(&self.state),
        }
    }

    pub(super) async fn run(&self, target: &dyn Target) -> Result<Report> {
        self.start(target, Start::Resume).await
    }

    pub(super) async fn run_from(&self, source: &dyn Source, target: &dyn Target) -> Result<Report> {
        self.backfill(source, target).run(&request(), &self.control).await
    }

    pub(super) async fn start(&self, target: &dyn Target, start: Start) -> Result<Report> {
        self.backfill(&self.source, target).run(&Request { start, ..request() }, &self.control).await
    }

    pub(super) fn delete(&self, key: i64) {
        self.source.delete(&id(key));
    }

    pub(super) async fn quarantine(&self) -> Vec<SetAside> {
        let rows = self.journal.quarantine(&scope(), 0, 1000).await.unwrap();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The documents of the only record that is set aside.
    pub(super) async fn refused(&self) -> Vec<Kept> {
        let rows = self.journal.quarantine(&scope(), 0, 2).await.unwrap();
        assert_eq!(rows.len(), 1);
        self.journal.refused(&scope(), rows[0].0).await.unwrap()
    }
}

/// Notes, as the plan moves them.
pub(super) fn schema() -> Schema {
    let note = Entity {
        fields: vec![
            Field::new("id", Kind::String).optional(),
            Field::new("text", Kind::String),
            Field::new("edited", Kind::Int),
            Field::new("draft", Kind::Bool),
        ],
        ..Entity::new("Note")
    };
    Schema { store: "memory".into(), entities: vec![note], ..Schema::default() }
}

/// Settings under which few records are many pages and batches.
pub(super) fn small() -> Settings {
    Settings { page_records: 3, batch_records: 2, in_flight: 2, ..Settings::default() }
}

pub(super) fn request() -> Request {
    Request { scope: scope(), holder: "test".to_owned(), start: Start::Resume }
}

pub(super) fn scope() -> Scope {
    Scope::of("notes", "ann")
}

pub(super) fn id(key: i64) -> RecordId {
    RecordId { entity: "Note".into(), key: Key::Int(key) }
}

pub(super) fn note(id: &str, edited: i64) -> Map {
    let fields = [
        ("id", Value::from(id)),
        ("text", Value::String(format!("text {edited} of {id}"))),
        ("edited", Value::Int(edited)),
        ("draft", Value::Bool(false)),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

/// What another client wrote: without our stamp.
pub(super) fn theirs(id: &str, edited: i64) -> Map {
    let mut fields = note(id, edited);
    fields.retain(|name, _| name == "text" || name == "edited");
    fields
}

pub(super) fn address(key: i64) -> String {
    format!("users/ann/notes/n{key}")
}

pub(super) fn target(capabilities: Capabilities) -> MemoryTarget {
    MemoryTarget::new(firestore::rules(), capabilities)
}

/// Somebody else writes, or deletes.
pub(super) async fn others(target: &dyn Target, address: &str, fields: Option<Map>) {
    let write = Write { address: address.to_owned(), fields: fields.map(Fields::from), condition: When::Always };
    let outcomes = target.write(&[write]).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Durable(_)]));
}

/// Somebody else adds a field to what is there.
pub(super) async fn others_add(target: &MemoryTarget, address: &str) {
    let mut fields = target.contents().remove(address).unwrap();
    fields.insert("likes".to_owned(), Value::Int(3));
    others(target, address, Some(fields)).await;
}

/// The texts of all notes that are there, by address.
pub(super) fn texts(target: &MemoryTarget) -> Vec<(String, String)> {
    let notes = target.contents().into_iter().filter(|(address, _)| address.contains("/notes/"));
    let text = |fields: &Map| match fields.get("text") {
        Some(Value::String(text)) => text.clone(),
        other => panic!("no text but {other:?}"),
    };
    notes.map(|(address, fields)| (address, text(&fields))).collect()
}

pub(super) fn expected(keys: impl IntoIterator<Item = (i64, i64)>) -> Vec<(String, String)> {
    let mut all: Vec<_> =
        keys.into_iter().map(|(key, edited)| (address(key), format!("text {edited} of n{key}"))).collect();
    all.sort();
    all
}

#[track_caller]
pub(super) fn adds_up(counters: &Counters) {
    assert!(counters.add_up(), "{counters:?}");
}
