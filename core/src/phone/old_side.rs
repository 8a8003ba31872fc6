//! What is in the app's own store, as the documents that the plan makes of it.

use std::sync::Arc;

use super::ends::{Ends, Opened};
use crate::error::Result;
use crate::plan::{Context, Mapped, Mapper, Part, Pass, Template};
use crate::record::{Map, Value};
use crate::store::Cursor;

/// How many records are read at a time where more have to be passed over.
const PAGE: usize = 512;

/// The app's own store, seen through the plan.
pub(super) struct OldSide {
    ends: Arc<Ends>,
    opened: Opened,
}

/// Where a list goes on: in which pass of the plan, and where in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OldPlace {
    pub(super) pass: usize,
    pub(super) after: Option<Cursor>,
}

impl OldSide {
    pub(super) fn of(ends: Arc<Ends>, opened: Opened) -> Self {
        Self { ends, opened }
    }

    /// The document at an address. Records lie by their keys and not by their addresses, so that those that could be it
    /// are read until it is found.
    pub(super) async fn get(&self, owner: &str, address: &str) -> Result<Option<Map>> {
        let Some((collection, _)) = address.rsplit_once('/') else { return Ok(None) };
        let mut place = Some(OldPlace::default());
        while let Some(at) = place {
            let (documents, next) = self.page(owner, collection, at, PAGE).await?;
            if let Some((_, fields)) = documents.into_iter().find(|(found, _)| found == address) {
                return Ok(Some(fields));
            }
            place = next;
        }
        Ok(None)
    }

    /// The documents of a collection that the next records become, `limit` records at most, and where to go on.
    pub(super) async fn page(
        &self,
        owner: &str,
        collection: &str,
        place: OldPlace,
        limit: usize,
    ) -> Result<(Vec<(String, Map)>, Option<OldPlace>)> {
        let plan = &self.opened.plan;
        let leads = |pass: &&Pass| pass.moves.iter().any(|one| leads_to(&one.document, owner, collection));
        let next_pass = |from: usize| (from..plan.passes.len()).find(|at| leads(&&plan.passes[*at]));
        let Some(at) = next_pass(place.pass) else { return Ok((Vec::new(), None)) };
        let after = place.after.filter(|_| at == place.pass);
        let page = self.opened.source().page(&plan.passes[at].shape, after.as_ref(), limit).await?;
        let context = Context { owner, now: self.ends.now() };
        let mut mapper = Mapper::new(plan, &self.ends.rules(), context);
        // A record that cannot be moved is told by the rehearsal and by the run.
        let mapped = page.records.into_iter().filter_map(|record| mapper.map(at, record).ok()).flatten();
        let documents = mapped.filter_map(document).filter(|(address, _)| lies_in(address, collection)).collect();
        let next = match page.next {
            Some(after) => Some(OldPlace { pass: at, after: Some(after) }),
            None => next_pass(at + 1).map(|pass| OldPlace { pass, after: None }),
        };
        Ok((documents, next))
    }
}

/// What a screen sees of a record. Values that are uploaded first are not there yet.
fn document(mapped: Mapped) -> Option<(String, Map)> {
    let document = match mapped {
        Mapped::Document(document) => document,
        Mapped::Upload(pending) => {
            let nothing = vec![Value::Null; pending.uploads().len()];
            pending.resume(nothing).ok()?
        }
        Mapped::LeftOut => return None,
    };
    Some((document.address.clone(), document.into_fields()))
}

fn lies_in(address: &str, collection: &str) -> bool {
    address.rsplit_once('/').is_some_and(|(parent, _)| parent == collection)
}

/// Whether a document of this address can lie in a collection.
fn leads_to(document: &Template, owner: &str, collection: &str) -> bool {
    // What only the record knows fits everything.
    const ANY: char = '\u{0}';
    let mut shape = String::new();
    for part in &document.0 {
        match part {
            Part::Literal(text) => shape.push_str(text),
            Part::Owner => shape.push_str(owner),
            Part::Now { .. } | Part::Version | Part::Hash | Part::Value { .. } => shape.push(ANY),
        }
    }
    let Some((parents, _)) = shape.rsplit_once('/') else { return false };
    let (wanted, parents): (Vec<_>, Vec<_>) = (collection.split('/').collect(), parents.split('/').collect());
    wanted.len() == parents.len() && wanted.iter().zip(parents).all(|(one, fits)| fits.contains(ANY) || *one == fits)
}
