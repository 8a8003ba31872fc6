//! By what a document is known to be the migration's, and unchanged.

use std::sync::Arc;

use super::report::WhyLeft;
use crate::plan::{ContentHash, Stamped};
use crate::record::{Name, RecordId, at};
use crate::rules::Rules;
use crate::store::{Found, Version};

/// A document that may be deleted if what is there is what was carried.
pub(super) struct Candidate {
    pub(super) source: RecordId,
    pub(super) address: String,
    pub(super) proof: Proof,
    /// The content that was carried, and the ways to what is no part of it.
    pub(super) hash: ContentHash,
    pub(super) stamp_ways: Arc<[Arc<[Name]>]>,
}

/// What says that the migration wrote it.
pub(super) enum Proof {
    /// The ledger, with the version that the target gave it.
    Ledger(Option<Version>),
    /// Stamps, if it bears all of them.
    Stamps(Vec<Stamped>),
}

/// What is to become of a document.
pub(super) enum Verdict {
    /// It is deleted if it is of this version still.
    Delete(Version),
    Gone,
    Leave(WhyLeft),
}

impl Candidate {
    /// The version by which it can be deleted without looking.
    pub(super) fn known_version(&self) -> Option<&Version> {
        match &self.proof {
            Proof::Ledger(version) => version.as_ref(),
            Proof::Stamps(_) => None,
        }
    }

    /// What is to become of it after it was found like this.
    pub(super) fn judge(&self, found: Found, rules: &Rules) -> Verdict {
        if self.known_version() == Some(&found.version) {
            return Verdict::Delete(found.version);
        }
        if let Proof::Stamps(stamps) = &self.proof
            && !stamps.iter().all(|(way, value)| at(&found.fields, way) == Some(value))
        {
            return Verdict::Leave(WhyLeft::NotStamped);
        }
        if ContentHash::of(&found.fields, &self.stamp_ways, rules) == self.hash {
            Verdict::Delete(found.version)
        } else {
            Verdict::Leave(WhyLeft::Changed)
        }
    }
}
