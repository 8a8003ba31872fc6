//! The contract of a source, clause by clause.

use std::sync::Arc;

use super::{Broken, Can, Skipped, changes, declared, ensure, pages};
use crate::error::{ErrorKind, Result};
use crate::record::{Key, Name, Record, RecordId};
use crate::store::{Answer, Operation, Shape, Source};

/// A store to read from, and what is in it.
pub struct SourceFixture<'a> {
    /// Opens the store anew, as a later process would.
    pub open: Box<dyn Fn() -> Answer<'a, Arc<dyn Source + 'a>> + 'a>,
    /// Everything that it holds of some entities; two or more records of each make the suite worth its while.
    pub holdings: Vec<Holding>,
    /// Whether a name that the schema does not have is an error. It is, unless the store's schema is open.
    pub knows_its_names: Can<()>,
    /// Changes some of the records, and tells which.
    pub change: Can<Box<dyn Fn() -> Answer<'a, Vec<Change>> + 'a>>,
}

/// What was done to a record in the end, however many steps it took.
pub type Change = (RecordId, Operation);

/// All that a store holds of one entity.
pub struct Holding {
    /// The entity, with some or all of its fields and relations.
    pub shape: Shape,
    /// Its records, in any order.
    pub records: Vec<Record>,
    /// Its rows that cannot be read, in any order.
    pub rejected: Vec<(Name, Key)>,
}

/// Puts a source through every clause of [`Source`]'s contract; answers with the clauses it was excused from.
pub async fn source(fixture: &SourceFixture<'_>) -> Result<Vec<Skipped>, Broken> {
    let mut skipped = Vec::new();
    describes_what_it_holds(fixture).await?;
    let mut declares = Can::No("it holds nothing");
    for holding in &fixture.holdings {
        pages::hold_everything_once(fixture, holding).await?;
        pages::go_on_from_any_cursor(fixture, holding).await?;
        pages::leave_strays_to_their_claimant(fixture, holding).await?;
        pages::refuse_foreign_cursors(fixture, holding).await?;
        let tried = declared::relations_lose_nothing_in_silence(fixture, holding).await?;
        declares = if matches!(declares, Can::Yes(())) { declares } else { tried };
        counts_at_most_roughly(fixture, holding).await?;
    }
    if let Can::No(why) = declares {
        skipped.push(Skipped { clause: "a declared relation loses nothing in silence", why });
    }
    match &fixture.knows_its_names {
        Can::Yes(()) => refuses_unknown_names(fixture).await?,
        Can::No(why) => skipped.push(Skipped { clause: "an unknown entity or field is an error", why }),
    }
    match &fixture.change {
        Can::Yes(change) => changes::are_told(fixture, change.as_ref()).await?,
        Can::No(why) => {
            changes::are_said_to_be_unsupported(fixture).await?;
            skipped.push(Skipped { clause: "changes since a cursor are told", why });
        }
    }
    Ok(skipped)
}

async fn describes_what_it_holds(fixture: &SourceFixture<'_>) -> Result<(), Broken> {
    let schema = (fixture.open)().await?.schema().await?;
    let again = (fixture.open)().await?.schema().await?;
    ensure!(schema == again, "the schema is another when the store is opened again");
    ensure!(!schema.store.is_empty(), "the schema does not say what kind of store it is");
    for (index, entity) in schema.entities.iter().enumerate() {
        let name = &entity.name;
        let before = &schema.entities[..index];
        ensure!(before.iter().all(|other| other.name != *name), "the schema lists `{name}` twice");
        let parent_is_before = |parent: &Name| before.iter().any(|other| other.name == *parent);
        ensure!(entity.parent.as_ref().is_none_or(parent_is_before), "`{name}` is listed before its parent");
        for relation in &entity.relations {
            let leads = schema.open || schema.entity(&relation.target).is_some();
            ensure!(leads, "`{name}.{}` leads to an entity that the schema does not list", relation.name);
        }
    }
    for holding in &fixture.holdings {
        let name = &holding.shape.entity;
        let Some(entity) = schema.entity(name) else {
            ensure!(schema.open, "the schema does not list `{name}`, and does not say that it is open");
            continue;
        };
        for field in &holding.shape.fields {
            ensure!(entity.open || entity.field(field).is_some(), "the schema does not list `{name}.{field}`");
        }
    }
    Ok(())
}

async fn counts_at_most_roughly(fixture: &SourceFixture<'_>, holding: &Holding) -> Result<(), Broken> {
    let source = (fixture.open)().await?;
    let estimate = source.estimate(&holding.shape.entity).await?;
    let any = holding.records.len() + holding.rejected.len() > 0;
    let entity = &holding.shape.entity;
    ensure!(estimate.is_none_or(|count| (count > 0) == any), "the estimate of `{entity}` has nothing to do with it");
    Ok(())
}

async fn refuses_unknown_names(fixture: &SourceFixture<'_>) -> Result<(), Broken> {
    let source = (fixture.open)().await?;
    let entity = source.page(&Shape::of("no such entity", &[]), None, 10).await;
    ensure!(is_a_wrong_name(&entity), "an entity that the schema does not list is no error that says so");
    if let Some(holding) = fixture.holdings.first() {
        let shape = Shape { fields: vec!["no such field".into()], relations: Vec::new(), ..holding.shape.clone() };
        let field = source.page(&shape, None, 10).await;
        ensure!(is_a_wrong_name(&field), "a field that the schema does not list is no error that says so");
    }
    Ok(())
}

fn is_a_wrong_name<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(error) if matches!(error.kind(), ErrorKind::BadInput | ErrorKind::NotFound))
}
