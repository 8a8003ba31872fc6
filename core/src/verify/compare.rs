//! One document against what was found at its address.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::plan::{ContentHash, Document, Move};
use crate::record::{Name, RecordId};
use crate::rules::Rules;
use crate::store::{Found, Version};

/// Something in the target that is not as the plan says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The record.
    pub source: RecordId,
    /// Where its document should be.
    pub address: String,
    /// What is wrong there.
    pub kind: Kind,
    /// How it can be mended without writing over anything newer; none where nobody can tell who is newer.
    pub mend: Option<Mend>,
}

/// How a difference is mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    /// The document is created.
    Create,
    /// What is there is older than the record and replaced.
    Replace {
        /// Of which version it is.
        version: Version,
        /// Whether others have fields of their own there, which stay.
        has_more: bool,
    },
}

/// How a document is not as the plan says; fields are named, their values never are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Kind {
    /// Nothing is there.
    Missing,
    /// Something else is there.
    Different {
        /// Fields whose values are others.
        changed: Vec<String>,
        /// Fields that are not there.
        absent: Vec<String>,
        /// Fields that are there and should not be.
        extra: Vec<String>,
    },
}

/// What comparing one document came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// The content is the same.
    Same,
    /// All that the plan says is there, and fields beside it that somebody added.
    SameAndMore,
    /// Somebody has changed it since: the revision there is newer than the record's.
    Newer,
    /// It is not as the plan says.
    Wrong(Kind, Option<Mend>),
}

pub(super) fn compare(one: &Move, document: &Document, found: Option<&Found>, rules: &Rules) -> Compared {
    let Some(found) = found else { return Compared::Wrong(Kind::Missing, Some(Mend::Create)) };
    let ways = one.stamp_ways();
    if ContentHash::of(&found.fields, &ways, rules) == document.hash {
        return Compared::Same;
    }
    let age = one.age(&found.fields, document);
    if age == Some(Ordering::Greater) {
        return Compared::Newer;
    }
    let (changed, absent) = unlike(document, found, &ways, rules);
    let extra = beside(document, found, &ways);
    if changed.is_empty() && absent.is_empty() {
        return Compared::SameAndMore;
    }
    let replace = || Mend::Replace { version: found.version.clone(), has_more: !one.say().covers(&found.fields) };
    let mend = (age == Some(Ordering::Less)).then(replace);
    Compared::Wrong(Kind::Different { changed, absent, extra }, mend)
}

/// The document's fields whose values there are others, and those that are not there.
fn unlike(document: &Document, found: &Found, ways: &[Arc<[Name]>], rules: &Rules) -> (Vec<String>, Vec<String>) {
    let (mut changed, mut absent) = (Vec::new(), Vec::new());
    for (name, ours) in document.names.iter().zip(&document.values) {
        match (ours, found.fields.get(&**name)) {
            (None, None) => {}
            (Some(_), None) => absent.push(name.to_string()),
            // What the record no longer has, and is there still. A stamp below it makes a map of nothing.
            (None, Some(_)) if is_stamped(name, ways) => {}
            (None, Some(_)) => changed.push(name.to_string()),
            (Some(ours), Some(theirs)) => {
                let hash = |value: &_| ContentHash::of(&[(name.to_string(), Clone::clone(value))].into(), ways, rules);
                if hash(ours) != hash(theirs) {
                    changed.push(name.to_string());
                }
            }
        }
    }
    (changed, absent)
}

/// Fields there that neither the document nor its stamps have a say in.
fn beside(document: &Document, found: &Found, ways: &[Arc<[Name]>]) -> Vec<String> {
    let ours: BTreeSet<&str> = document.names.iter().map(|name| &**name).collect();
    let names = found.fields.keys().filter(|name| !ours.contains(name.as_str()) && !is_stamped(name, ways));
    names.cloned().collect()
}

/// Whether a stamp lies in the field.
fn is_stamped(name: &str, ways: &[Arc<[Name]>]) -> bool {
    ways.iter().any(|way| way.first().is_some_and(|first| &**first == name))
}
