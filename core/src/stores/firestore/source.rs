//! Reading the documents that are there, as records.

use std::sync::Arc;

use super::pattern::Pattern;
use super::query::Part;
use super::store::FirestoreStore;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Name;
use crate::schema::{ENTITY, KEY, Schema};
use crate::store::{Answer, Cursor, Join, Page, Shape, Source};

/// The word for the kind of store.
const STORE: &str = "firestore";

/// The fields of a document that a shape needs: its own, and those by which its relations are found.
pub(super) fn needed(shape: &Shape) -> Vec<Name> {
    let by_relations = shape.relations.iter().filter_map(|relation| match &relation.join {
        Join::Equal { ours, .. } => Some(ours),
        Join::Known => None,
    });
    let is_stored = |name: &&Name| !matches!(&***name, KEY | ENTITY);
    let mut names: Vec<Name> = shape.fields.iter().chain(by_relations).filter(is_stored).cloned().collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl FirestoreStore {
    async fn read_page(&self, shape: &Shape, after: Option<&Cursor>, limit: usize) -> Result<Page> {
        let root = self.wire.root();
        let pattern = Pattern::parse(&shape.entity)?;
        let after = after.map(|cursor| met_last(&pattern, cursor)).transpose()?;
        let fields = needed(shape);
        let part = Part { after: after.map(|address| root.name(address)), limit, fields: Some(&fields) };
        let documents = pattern.query(root).run(&self.wire, part).await?;
        let last = documents.last().filter(|_| documents.len() >= limit);
        let mut page = Page {
            records: Vec::new(),
            rejected: Vec::new(),
            next: last.map(|document| Cursor::new(document.address.clone())),
        };
        // A query for all collections of one name meets those of other parents too: they are passed over.
        let ours = documents.into_iter().filter_map(|document| Some((pattern.key(&document.address)?, document)));
        for record in self.records(shape, ours.collect()).await? {
            match record {
                Ok(record) => page.records.push(record),
                Err(rejection) => page.rejected.push(rejection),
            }
        }
        Ok(page)
    }
}

impl Source for FirestoreStore {
    fn schema(&self) -> Answer<'_, Arc<Schema>> {
        // Firestore keeps none: a document may be anywhere, and hold anything.
        Box::pin(async { Ok(Arc::new(Schema { store: STORE.to_owned(), open: true, ..Schema::default() })) })
    }

    fn page<'a>(&'a self, shape: &'a Shape, after: Option<&'a Cursor>, limit: usize) -> Answer<'a, Page> {
        Box::pin(self.read_page(shape, after, limit.max(1)))
    }

    /// Where parents are captured, all collections of the name count, whosever they are.
    fn estimate<'a>(&'a self, entity: &'a str) -> Answer<'a, Option<u64>> {
        Box::pin(async move {
            let pattern = Pattern::parse(entity)?;
            Ok(Some(pattern.query(self.wire.root()).count(&self.wire).await?))
        })
    }
}

fn met_last<'c>(pattern: &Pattern<'_>, cursor: &'c Cursor) -> Result<&'c str> {
    let address = cursor.as_str();
    let foreign =
        || Error::new(ErrorKind::Changed, "the cursor was made for another collection; read it from the start");
    pattern.may_hold(address).then_some(address).ok_or_else(foreign)
}
