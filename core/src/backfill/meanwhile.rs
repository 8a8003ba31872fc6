//! What happened in the source while its records were carried, and since.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::plan::Plan;
use crate::record::{Name, RecordId, Timestamp};
use crate::schema::Schema;
use crate::store::{Change, Cursor, Operation, Shape};

/// What a delta has to see to.
#[derive(Debug, Default)]
pub(crate) struct Meanwhile {
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// Records that were carried, or may have been, and are gone.
    gone: HashSet<RecordId>,
    /// Passes that read, by their relations, what has changed.
    again: BTreeSet<usize>,
    /// When something changed last.
    last: Option<Timestamp>,
    /// Up to where the source's history was walked.
    history: Option<Cursor>,
    /// Where it goes on, where the source forgot a part of it while it was walked.
    forgotten: Option<Cursor>,
}

impl Meanwhile {
    /// Takes in a change of a record that a shape reads.
    pub(crate) fn note(&self, change: &Change, readers: &Readers, now: Timestamp) {
        let mut found = self.found();
        match change.operation {
            Operation::Delete => drop(found.gone.insert(change.id.clone())),
            Operation::Insert | Operation::Update => drop(found.gone.remove(&change.id)),
        }
        found.again.extend(readers.of(&change.id.entity));
        // A time that is still to come is of a clock that was ahead, and says nothing of when it was.
        let is_known = |at: &Timestamp| *at <= now;
        found.last = found.last.max(change.at.filter(is_known));
    }

    /// A record is gone, as a second reading shows.
    pub(crate) fn is_missing(&self, id: RecordId) {
        self.found().gone.insert(id);
    }

    pub(crate) fn is_gone(&self, id: &RecordId) -> bool {
        self.found().gone.contains(id)
    }

    /// Whether nothing is left to be seen to beside what a page of changes says itself.
    pub(crate) fn is_settled(&self) -> bool {
        let found = self.found();
        found.gone.is_empty() && found.again.is_empty()
    }

    /// All records that are gone.
    pub(crate) fn gone(&self) -> Vec<RecordId> {
        self.found().gone.iter().cloned().collect()
    }

    /// All passes that are to be read again.
    pub(crate) fn again(&self) -> BTreeSet<usize> {
        self.found().again.clone()
    }

    /// The history was walked up to here.
    pub(crate) fn walked(&self, to: Cursor) {
        self.found().history = Some(to);
    }

    /// Up to where the history was walked.
    pub(crate) fn history(&self) -> Option<Cursor> {
        self.found().history.clone()
    }

    /// The source no longer knows what happened; its history goes on here.
    pub(crate) fn forgotten(&self, next: Cursor) {
        self.found().forgotten = Some(next);
    }

    /// Where the source's history goes on, if it forgot a part of it; said once.
    pub(crate) fn take_forgotten(&self) -> Option<Cursor> {
        self.found().forgotten.take()
    }

    /// When something changed last, as far as the source can tell.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.found().last
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        // A panic elsewhere leaves nothing half done in here.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which passes read which entities by their relations, and which shapes tell of all changes that matter.
#[derive(Debug)]
pub(crate) struct Readers {
    /// For each pass.
    reads: Vec<BTreeSet<Name>>,
    shapes: Vec<Shape>,
}

impl Readers {
    pub(crate) fn new(plan: &Plan, schema: &Schema) -> Self {
        let mut shapes: Vec<Shape> = plan.passes.iter().map(|pass| pass.shape.clone()).collect();
        let mut reads = Vec::new();
        for pass in &plan.passes {
            let mut entities = BTreeSet::new();
            related(&pass.shape, schema, &mut entities);
            reads.push(entities);
        }
        for entity in reads.iter().flatten() {
            let is_told = shapes.iter().any(|shape| shape.entity == *entity);
            let is_abstract = schema.entity(entity).is_some_and(|entity| entity.is_abstract);
            if !is_told && !is_abstract {
                shapes.push(Shape::of(entity.clone(), &[]));
            }
        }
        Self { reads, shapes }
    }

    /// Shapes that tell of all changes that matter; the first are those of the passes.
    pub(crate) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The passes that read records of an entity by a relation.
    fn of(&self, entity: &str) -> impl Iterator<Item = usize> {
        let reads = self.reads.iter().enumerate();
        reads.filter(move |(_, entities)| entities.contains(entity)).map(|(pass, _)| pass)
    }
}

/// The entities at the ends of a shape's relations, with those that inherit from them: their records count too.
fn related(shape: &Shape, schema: &Schema, entities: &mut BTreeSet<Name>) {
    for relation in &shape.relations {
        let target = &relation.shape.entity;
        entities.insert(target.clone());
        let heirs = schema.entities.iter().filter(|entity| inherits(schema, entity.parent.as_ref(), target));
        entities.extend(heirs.map(|entity| entity.name.clone()));
        related(&relation.shape, schema, entities);
    }
}

fn inherits(schema: &Schema, parent: Option<&Name>, from: &Name) -> bool {
    let mut parent = parent;
    // A line of inheritance is no longer than there are entities, whatever a damaged schema says.
    for _ in 0..schema.entities.len() {
        match parent {
            Some(name) if name == from => return true,
            Some(name) => parent = schema.entity(name).and_then(|entity| entity.parent.as_ref()),
            None => return false,
        }
    }
    false
}
