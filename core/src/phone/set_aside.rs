//! What could not be moved: looked at, tried again, given up.

use super::migration::Migration;
use super::plain::{Plain, one};
use crate::error::Result;
use crate::journal::{Journal, SetAside};

/// A document that the target refused, as JSON: this holds the user's values.
#[derive(Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where it was to go.
    pub address: String,
    /// The document.
    pub json: String,
}

impl std::fmt::Debug for Refused {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Refused({})", self.address)
    }
}

impl Migration {
    /// What is set aside, at most `limit` after the one of that number, each with its own. To begin with after 0.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn set_aside(&self, after: u64, limit: usize) -> Result<Vec<(u64, SetAside)>> {
        let (inside, owner) = (self.inside.clone(), self.owner.clone());
        let work = async move { inside.ends.journal.quarantine(&inside.scope(&owner)?, after, limit).await };
        self.inside.engine.run(work).await
    }

    /// The documents of one that is set aside which the target refused, where there are some.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn refused(&self, number: u64) -> Result<Vec<Refused>> {
        let (inside, owner) = (self.inside.clone(), self.owner.clone());
        let work = async move {
            let kept = inside.ends.journal.refused(&inside.scope(&owner)?, number).await?;
            let json = |document: crate::journal::Kept| {
                let json = one(&Plain { address: &document.address, fields: &document.fields })?;
                Ok(Refused { address: document.address, json })
            };
            kept.into_iter().map(json).collect()
        };
        self.inside.engine.run(work).await
    }

    /// Forgets some of what is set aside, by number: the next run that reads those records decides anew.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn drop_set_aside(&self, numbers: Vec<u64>) -> Result<()> {
        let (inside, owner) = (self.inside.clone(), self.owner.clone());
        let work = async move { inside.ends.journal.drop_quarantined(&inside.scope(&owner)?, &numbers).await };
        self.inside.engine.run(work).await
    }
}
