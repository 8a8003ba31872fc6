//! The clauses about what a source tells of its changes.

use std::collections::{HashMap, HashSet};

use super::pages::{follow, is_the_same};
use super::{Broken, Change, SourceFixture, ensure};
use crate::error::ErrorKind;
use crate::record::{Record, RecordId};
use crate::store::{Answer, Changes, Cursor, Operation, Shape, Source};

type Told = Vec<crate::store::Change>;

pub(super) async fn are_told<'a>(
    fixture: &SourceFixture<'a>,
    change: &(dyn Fn() -> Answer<'a, Vec<Change>> + 'a),
) -> Result<(), Broken> {
    let shapes: Vec<Shape> = fixture.holdings.iter().map(|holding| holding.shape.clone()).collect();
    let start = now(&*(fixture.open)().await?, &shapes).await?;
    let before = everything(fixture).await?;
    let done = change().await?;
    let after = everything(fixture).await?;

    for limit in [1, 100] {
        let later = (fixture.open)().await?;
        let (told, end) = since(&*later, &shapes, &start, limit).await?;
        name_what_was_changed(&told, &done)?;
        add_up(&shapes, before.clone(), &told, &after)?;
        later.acknowledge(&end).await?;
        let (none, _) = since(&*later, &shapes, &end, limit).await?;
        ensure!(none.is_empty(), "changes are told again after the cursor that stands for their end");
    }
    refuse_foreign_cursors(fixture, &shapes).await
}

pub(super) async fn are_said_to_be_unsupported(fixture: &SourceFixture<'_>) -> Result<(), Broken> {
    let answer = (fixture.open)().await?.changes(&[], None, 1).await;
    let says_so = matches!(answer, Err(error) if error.kind() == ErrorKind::Unsupported);
    ensure!(says_so, "a store that tells no changes must say that this is unsupported");
    Ok(())
}

async fn refuse_foreign_cursors(fixture: &SourceFixture<'_>, shapes: &[Shape]) -> Result<(), Broken> {
    let source = (fixture.open)().await?;
    for text in ["", "no cursor of yours", "9999999999999999999999"] {
        let answer = source.changes(shapes, Some(&Cursor::new(text)), 3).await;
        let noticed = matches!(answer, Err(_) | Ok(Changes::StartOver { .. }));
        ensure!(noticed, "a cursor that the store never made is taken for one: {text:?}");
    }
    Ok(())
}

/// The cursor that stands for now.
async fn now(source: &dyn Source, shapes: &[Shape]) -> Result<Cursor, Broken> {
    match source.changes(shapes, None, 100).await? {
        Changes::Some { changes, next, more: false, .. } if changes.is_empty() => Ok(next),
        _ => Err(Broken("without a cursor there are no changes, only the cursor that stands for now".to_owned())),
    }
}

async fn everything(fixture: &SourceFixture<'_>) -> Result<HashMap<RecordId, Record>, Broken> {
    let source = (fixture.open)().await?;
    let mut all = HashMap::new();
    for holding in &fixture.holdings {
        let pages = follow(&*source, &holding.shape, None, 100).await?;
        all.extend(pages.into_iter().flat_map(|page| page.records).map(|record| (record.id.clone(), record)));
    }
    Ok(all)
}

async fn since(source: &dyn Source, shapes: &[Shape], start: &Cursor, limit: usize) -> Result<(Told, Cursor), Broken> {
    let (mut all, mut cursor) = (Vec::new(), start.clone());
    loop {
        let Changes::Some { changes, rejected, next, more } = source.changes(shapes, Some(&cursor), limit).await?
        else {
            return Err(Broken("the store wants to start over although nothing was purged".to_owned()));
        };
        let count = changes.len() + rejected.len();
        ensure!(count <= limit, "{count} changes are told where {limit} were asked");
        ensure!(!more || next != cursor, "there are more changes, and the cursor does not move");
        all.extend(changes);
        cursor = next;
        if !more {
            return Ok((all, cursor));
        }
    }
}

fn name_what_was_changed(told: &Told, done: &[Change]) -> Result<(), Broken> {
    let mut last: HashMap<&RecordId, Operation> = HashMap::new();
    let mut events = HashSet::new();
    for change in told {
        let id = &change.id;
        last.insert(id, change.operation);
        let is_gone = change.operation == Operation::Delete;
        ensure!(change.after.is_none() == is_gone, "{id}: a change tells the record as it is now, a delete tells none");
        let mut states = change.before.iter().chain(&change.after);
        ensure!(states.all(|record| record.id == *id), "{id}: a change tells of another record");
        let is_new = change.event.as_ref().is_none_or(|event| events.insert(event));
        ensure!(is_new, "{id}: two changes have the same event's name");
    }
    for (id, operation) in done {
        let told = last.remove(id);
        let is_right = told.is_some_and(|told| (told == Operation::Delete) == (*operation == Operation::Delete));
        ensure!(is_right, "{id}: {operation:?} was told as {told:?}");
    }
    match last.into_keys().next() {
        Some(id) => Err(Broken(format!("{id}: a change is told, and nothing was changed"))),
        None => Ok(()),
    }
}

/// Whether what was there and the changes give what is there.
fn add_up(
    shapes: &[Shape],
    mut records: HashMap<RecordId, Record>,
    told: &Told,
    now: &HashMap<RecordId, Record>,
) -> Result<(), Broken> {
    for change in told {
        match &change.after {
            Some(record) => records.insert(change.id.clone(), record.clone()),
            None => records.remove(&change.id),
        };
    }
    for (id, record) in &records {
        let Some(current) = now.get(id) else {
            return Err(Broken(format!("{id} is gone, and no change says so")));
        };
        let was_told = told.iter().any(|change| change.id == *id);
        if let Some(shape) = shapes.iter().find(|shape| shape.entity == id.entity).filter(|_| was_told) {
            is_the_same(shape, record, current)?;
        }
    }
    match now.keys().find(|id| !records.contains_key(*id)) {
        Some(id) => Err(Broken(format!("{id} is new, and no change says so"))),
        None => Ok(()),
    }
}
