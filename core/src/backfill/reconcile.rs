//! What is there and what is ours, held against each other: the one place that decides whose content stays.

use std::cmp::Ordering;

use crate::plan::{ContentHash, order};
use crate::record::Value;
use crate::store::Version;

/// What is found at an address, as far as it concerns us.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct There {
    pub(crate) version: Version,
    /// Of the fields that our document has a say in.
    pub(crate) hash: ContentHash,
    /// Whether there are others beside them.
    pub(crate) has_more: bool,
    /// How new it says it is.
    pub(crate) revision: Option<Value>,
    /// Whether nobody has written to it since it was created, where the target knows.
    pub(crate) is_original: Option<bool>,
    /// Whether it has our stamps, as we would write them now; true where the plan has none.
    pub(crate) has_our_stamps: bool,
}

/// What we want to be there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ours<'a> {
    pub(crate) hash: ContentHash,
    pub(crate) revision: Option<&'a Value>,
    /// What we know to have carried there before.
    pub(crate) before: Option<Before<'a>>,
    /// Whether somebody has deleted it on purpose.
    pub(crate) deleted: bool,
    /// Whether we may have sent this very content already and not heard what became of it.
    pub(crate) maybe_sent: bool,
}

/// What was carried before, or found to be the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before<'a> {
    pub(crate) hash: ContentHash,
    pub(crate) version: Option<&'a Version>,
    /// Whether we wrote it ourselves.
    pub(crate) ours: bool,
}

impl Before<'_> {
    /// Whether it was there as our record had it, whoever wrote it. What somebody had changed by then has no version.
    fn was_there(&self) -> bool {
        self.ours || self.version.is_some()
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is there: create it.
    Create,
    /// What is there is older: replace just that.
    Replace(Version),
    /// The same is there already.
    Same(Author),
    /// Somebody has changed it since: theirs stays.
    Newer,
    /// Somebody has deleted it: it stays so.
    Deleted,
}

/// Who has written what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// We have, just now, and did not hear of it.
    JustUs,
    /// We have carried it before.
    Us,
    /// Somebody else.
    Others,
}

/// Decides what becomes of a document.
pub(crate) fn reconcile(ours: Ours<'_>, there: Option<&There>) -> Verdict {
    let known = ours.before.filter(Before::was_there);
    let Some(there) = there else {
        return if ours.deleted || known.is_some() { Verdict::Deleted } else { Verdict::Create };
    };
    if there.hash == ours.hash {
        return Verdict::Same(match known.filter(|before| before.hash == ours.hash) {
            Some(before) if before.ours => Author::Us,
            None if ours.maybe_sent && there.has_our_stamps => Author::JustUs,
            Some(_) | None => Author::Others,
        });
    }
    let untouched = |before: Before<'_>| before.version == Some(&there.version) || before.hash == there.hash;
    if known.is_some_and(untouched) || is_newer(ours.revision, there.revision.as_ref()) {
        return Verdict::Replace(there.version.clone());
    }
    Verdict::Newer
}

/// What becomes of a document whose record is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It is as we left it: delete just that.
    Delete(Version),
    /// Nothing is there any more.
    Gone,
    /// Somebody has changed it since, or added something: it stays.
    Left,
}

/// Decides whether what we carried may be deleted.
pub(crate) fn removal(carried: ContentHash, there: Option<&There>) -> Removal {
    match there {
        None => Removal::Gone,
        Some(there) if there.hash == carried && !there.has_more => Removal::Delete(there.version.clone()),
        Some(_) => Removal::Left,
    }
}

/// Whether ours is newer for certain: both say how new they are, and in a way that can be compared.
fn is_newer(ours: Option<&Value>, theirs: Option<&Value>) -> bool {
    ours.zip(theirs).and_then(|(ours, theirs)| order(ours, theirs)) == Some(Ordering::Greater)
}

#[cfg(test)]
mod tests;
