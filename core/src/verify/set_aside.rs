//! Records that the quarantine holds: what is not there of them is no surprise.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::journal::{Journal, Scope};
use crate::record::RecordId;

/// How many rows are read at a time.
const PAGE: usize = 500;

/// Records that the quarantine holds, sixteen bytes for each.
#[derive(Clone, Debug, Default)]
pub(super) struct SetAside(HashSet<[u8; 16]>);

impl SetAside {
    /// Reads all that the journal has.
    pub(super) async fn read(journal: &dyn Journal, scope: &Scope) -> Result<Self> {
        let (mut all, mut after) = (HashSet::new(), 0);
        loop {
            let page = journal.quarantine(scope, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(Self(all)) };
            after = *last;
            all.extend(page.iter().map(|(_, one)| mark(&one.record)));
        }
    }

    pub(super) fn has(&self, record: &RecordId) -> bool {
        !self.0.is_empty() && self.0.contains(&mark(record))
    }
}

/// Half of a SHA-256, which no two records share.
fn mark(record: &RecordId) -> [u8; 16] {
    let hash = Sha256::digest(format!("{:?}{:?}", record.entity, record.key));
    let mut half = [0; 16];
    half.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    half
}
