//! Documents and lists of them.

use rehome_core::phone::{Documents, DocumentsPage};
use rehome_core::rollout::Side;

use crate::error::RehomeError;

/// A user's documents, read from either side.
#[derive(uniffi::Object)]
pub struct DocumentsHandle(pub(crate) Documents);

/// Some documents of a collection.
#[derive(uniffi::Record)]
pub struct DocumentList {
    /// An array of `{"path": …, "id": …, "data": {…}}`.
    pub json: String,
    /// How many there are in it. A page may be empty and yet not the last.
    pub count: u64,
    /// Where to go on; none after the last.
    pub next: Option<String>,
}

#[uniffi::export]
impl DocumentsHandle {
    /// The document at a path, as `{"path": …, "id": …, "data": {…}}`; from a side, or as the route says.
    #[uniffi::method(default(from = None))]
    pub async fn get(&self, path: String, from: Option<Side>) -> Result<Option<String>, RehomeError> {
        Ok(self.0.get(path, from).await?)
    }

    /// At most `limit` of the documents that lie directly in a collection; from a side, or as the route says.
    #[uniffi::method(default(from = None, after = None, limit = 1000))]
    pub async fn list(
        &self,
        collection: String,
        from: Option<Side>,
        after: Option<String>,
        limit: u32,
    ) -> Result<DocumentList, RehomeError> {
        let DocumentsPage { json, count, next } = self.0.list(collection, from, after, limit as usize).await?;
        Ok(DocumentList { json, count: count as u64, next })
    }
}
