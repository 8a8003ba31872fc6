//! The clauses about pages and cursors.

use std::collections::{HashMap, HashSet};

use super::{Broken, Holding, SourceFixture, ensure};
use crate::record::{Key, Name, Reason, Record, Related};
use crate::store::{Cursor, Page, Shape, Source};

/// More pages than any fixture needs: a source that gives more goes round in circles.
const MOST_PAGES: usize = 100_000;

/// One thing that a page held: a record's or a rejected row's place.
type Met = (Name, Key);

pub(super) async fn hold_everything_once(fixture: &SourceFixture<'_>, holding: &Holding) -> Result<(), Broken> {
    let mut orders: Vec<Vec<Met>> = Vec::new();
    for limit in [1, 2, 3, 7, 1000] {
        let source = (fixture.open)().await?;
        let pages = follow(&*source, &holding.shape, None, limit).await?;
        is_all(holding, &pages)?;
        orders.push(pages.iter().flat_map(|page| page.records.iter().map(place)).collect());
    }
    let entity = &holding.shape.entity;
    let is_stable = orders.iter().all(|order| *order == orders[0]);
    ensure!(is_stable, "the records of `{entity}` come in another order when the pages have another length");
    Ok(())
}

pub(super) async fn go_on_from_any_cursor(fixture: &SourceFixture<'_>, holding: &Holding) -> Result<(), Broken> {
    let entity = &holding.shape.entity;
    let first = (fixture.open)().await?;
    let pages = follow(&*first, &holding.shape, None, 1).await?;
    let whole = order(&pages);
    let mut seen = 0;
    for page in &pages {
        seen += page.records.len();
        let Some(cursor) = &page.next else { continue };
        let kept = Cursor::new(cursor.as_str());
        let later = (fixture.open)().await?;
        let rest = follow(&*later, &holding.shape, Some(kept), 3).await?;
        let goes_on = order(&rest) == whole[seen..];
        ensure!(
            goes_on,
            "a store opened anew does not go on with `{entity}` where the cursor after {seen} records says"
        );
    }
    Ok(())
}

pub(super) async fn leave_strays_to_their_claimant(
    fixture: &SourceFixture<'_>,
    holding: &Holding,
) -> Result<(), Broken> {
    let source = (fixture.open)().await?;
    let shape = Shape { claims_strays: false, ..holding.shape.clone() };
    let pages = follow(&*source, &shape, None, 7).await?;
    let mut rejected = pages.iter().flat_map(|page| &page.rejected);
    let told = rejected.any(|rejection| rejection.reason == Reason::UnknownEntity);
    ensure!(!told, "a reader of `{}` who does not claim strays is told of them", shape.entity);
    Ok(())
}

pub(super) async fn refuse_foreign_cursors(fixture: &SourceFixture<'_>, holding: &Holding) -> Result<(), Broken> {
    let source = (fixture.open)().await?;
    for text in ["", "\0", "[[[[", "no cursor of yours", "9999999999999999999999"] {
        let answer = source.page(&holding.shape, Some(&Cursor::new(text)), 3).await;
        ensure!(answer.is_err(), "a cursor that the store never made is taken for one: {text:?}");
    }
    Ok(())
}

/// All pages from here to the end.
pub(super) async fn follow(
    source: &dyn Source,
    shape: &Shape,
    mut after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Page>, Broken> {
    let mut pages: Vec<Page> = Vec::new();
    loop {
        let page = source.page(shape, after.as_ref(), limit).await?;
        let (entity, count) = (&shape.entity, page.records.len() + page.rejected.len());
        ensure!(
            count <= limit,
            "a page of `{entity}` holds {count} records and rejected rows where {limit} were asked"
        );
        ensure!(page.next.is_none() || page.next != after, "a page of `{entity}` leads back to itself");
        ensure!(pages.len() < MOST_PAGES, "the pages of `{entity}` have no end");
        after.clone_from(&page.next);
        pages.push(page);
        if after.is_none() {
            return Ok(pages);
        }
    }
}

fn order(pages: &[Page]) -> Vec<Met> {
    pages.iter().flat_map(|page| page.records.iter().map(place)).collect()
}

fn place(record: &Record) -> Met {
    (record.id.entity.clone(), record.id.key.clone())
}

/// Whether the pages hold just what the store does, each once.
fn is_all(holding: &Holding, pages: &[Page]) -> Result<(), Broken> {
    let mut missing: HashMap<Met, &Record> = holding.records.iter().map(|record| (place(record), record)).collect();
    for record in pages.iter().flat_map(|page| &page.records) {
        let Some(expected) = missing.remove(&place(record)) else {
            let id = &record.id;
            return Err(Broken(format!("{id} came twice, or is not in the store")));
        };
        is_as_asked(&holding.shape, record)?;
        is_the_same(&holding.shape, record, expected)?;
    }
    if let Some((entity, key)) = missing.into_keys().next() {
        return Err(Broken(format!("{entity} {key} is in the store and on no page")));
    }
    let mut rejected: HashSet<&Met> = holding.rejected.iter().collect();
    for rejection in pages.iter().flat_map(|page| &page.rejected) {
        let is_new = rejected.remove(&(rejection.entity.clone(), rejection.key.clone()));
        ensure!(is_new, "it is not told once that it cannot be read: {rejection}");
    }
    match rejected.into_iter().next() {
        Some((entity, key)) => Err(Broken(format!("{entity} {key} cannot be read, and no page says so"))),
        None => Ok(()),
    }
}

/// Whether values and relations stand where the shape has their names, all the way down.
fn is_as_asked(shape: &Shape, record: &Record) -> Result<(), Broken> {
    let id = &record.id;
    ensure!(record.values.len() == shape.fields.len(), "{id} has not one value for each field of the shape");
    ensure!(record.related.len() == shape.relations.len(), "{id} has not one entry for each relation of the shape");
    for (relation, related) in shape.relations.iter().zip(&record.related) {
        let others = match related {
            Related::One(other) => other.as_slice(),
            Related::Many(others) => others,
        };
        let is_many = matches!(related, Related::Many(_));
        ensure!(is_many == relation.many, "{id}: the relation `{}` is resolved as the wrong kind", relation.name);
        others.iter().try_for_each(|other| is_as_asked(&relation.shape, other))?;
    }
    Ok(())
}

pub(super) fn is_the_same(shape: &Shape, record: &Record, expected: &Record) -> Result<(), Broken> {
    let id = &record.id;
    for (name, (value, wanted)) in shape.fields.iter().zip(record.values.iter().zip(&expected.values)) {
        ensure!(value == wanted, "{id}: `{name}` is {value:?} where the store holds {wanted:?}");
    }
    for (relation, (related, wanted)) in shape.relations.iter().zip(record.related.iter().zip(&expected.related)) {
        ensure!(related == wanted, "{id}: the relation `{}` does not lead where the store says", relation.name);
    }
    Ok(())
}
