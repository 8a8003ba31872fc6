//! Documents and lists of them, as a user sees them: from the side that the route says, or from the one that is asked for.

use std::sync::Arc;

use super::both_sides::Reading;
use super::plain::{Plain, array, one};
use super::rehome::Inside;
use crate::error::Result;
use crate::rollout::Side;

/// A user's documents, read from either side. What the old side has is shown as the plan carries it, so that a screen
/// sees the same before and after; a record that cannot be moved is not among it.
///
/// The old store is opened, or copied, at the first read that needs it, and stays open as long as this is. To see what was
/// written to a store since that is copied, ask for documents anew.
#[derive(Clone)]
pub struct Documents {
    inside: Arc<Inside>,
    reading: Arc<Reading>,
}

/// Some documents of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentsPage {
    /// An array of `{"path": …, "id": …, "data": {…}}`.
    pub json: String,
    /// How many there are in it. A page may be empty and yet not the last.
    pub count: usize,
    /// Where to go on; none after the last.
    pub next: Option<String>,
}

impl Documents {
    pub(super) fn new(inside: Arc<Inside>, owner: String) -> Self {
        Self { reading: Arc::new(Reading::new(inside.clone(), owner)), inside }
    }

    /// The document at an address, as JSON, from a side or as the route says; none where there is none.
    ///
    /// # Errors
    /// Where a side does not answer that has to.
    pub async fn get(&self, address: impl Into<String>, from: Option<Side>) -> Result<Option<String>> {
        let (reading, address) = (self.reading.clone(), address.into());
        let work = async move {
            let fields = reading.get(&address, from).await?;
            fields.map(|fields| one(&Plain { address: &address, fields: &fields })).transpose()
        };
        self.inside.engine.run(work).await
    }

    /// At most `limit` of the documents that lie directly in a collection, from a side or as the route says, after where
    /// the page before said.
    ///
    /// # Errors
    /// Where a side does not answer that has to.
    pub async fn list(
        &self,
        collection: impl Into<String>,
        from: Option<Side>,
        after: Option<String>,
        limit: usize,
    ) -> Result<DocumentsPage> {
        let (reading, collection) = (self.reading.clone(), collection.into());
        let work = async move {
            let page = reading.list(&collection, from, after.as_deref(), limit.max(1)).await?;
            let json = array(page.documents.iter().map(|(address, fields)| Plain { address, fields }))?;
            Ok(DocumentsPage { json, count: page.documents.len(), next: page.next })
        };
        self.inside.engine.run(work).await
    }
}
