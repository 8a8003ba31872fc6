//! What a rehearsal comes to.

use std::collections::BTreeMap;

use crate::plan::Document;
use crate::record::{Name, Reason, RecordId, Rejection};
use crate::rules::collection_of;

/// How many of the largest documents a report names, and how many examples of each reason.
const SHOWN: usize = 5;

/// What a rehearsal found. The numbers add up: every record read was mapped, left out by a filter, or quarantined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// How many records the source gave, rows that it could not read included.
    pub read: u64,
    /// How many of them became documents.
    pub mapped: u64,
    /// How many the plan's filters left out.
    pub left_out: u64,
    /// Those that cannot be moved.
    pub quarantined: Quarantined,
    /// What there would be in the target, by collection: an address without its ids, as `users/*/habits`.
    pub collections: BTreeMap<String, Collection>,
    /// The largest documents, largest first.
    pub largest: Vec<Largest>,
    /// Addresses and unique values that more than one record wants; all records but the first are quarantined.
    pub collisions: u64,
    /// What would be handed to the upload port.
    pub uploads: Uploads,
    /// Entities with records that the plan says nothing about, and how many those are where the store can tell.
    pub not_in_plan: Vec<(Name, Option<u64>)>,
    /// Entities without documents of their own, whose records lie within those of others.
    pub embedded: Vec<Embedded>,
    /// References to documents that this plan would write and does not, because their records are quarantined or left
    /// out: how many, by the collection that they lead to.
    pub dangling_references: BTreeMap<String, u64>,
}

/// Records that cannot be moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quarantined {
    /// How many.
    pub total: u64,
    /// How many for each reason, and the first few of them.
    pub by_reason: BTreeMap<Reason, Group>,
}

/// Records that cannot be moved for one reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<RecordId>,
}

/// What there would be in one collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// How many documents.
    pub documents: u64,
    /// How many bytes, as the target counts them.
    pub bytes: u64,
}

/// A document among the largest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Largest {
    /// Its address.
    pub address: String,
    /// Its bytes, as the target counts them.
    pub bytes: u64,
}

/// What would be handed to the upload port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uploads {
    /// How many values.
    pub count: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// An entity without documents of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Its name.
    pub entity: Name,
    /// How many records the store has, where it can tell.
    pub rows: Option<u64>,
    /// How many of them lie within the documents of others.
    pub embedded: u64,
}

impl Embedded {
    /// How many records no document would hold.
    pub fn left_behind(&self) -> Option<u64> {
        self.rows.map(|rows| rows.saturating_sub(self.embedded))
    }
}

impl Report {
    /// How many documents there would be, each of them one write.
    pub fn documents(&self) -> u64 {
        self.collections.values().map(|collection| collection.documents).sum()
    }

    /// How many bytes they are, as the target counts them.
    pub fn bytes(&self) -> u64 {
        self.collections.values().map(|collection| collection.bytes).sum()
    }

    pub(crate) fn count(&mut self, document: &Document) {
        let name = collection_of(&document.address);
        let collection = match self.collections.get_mut(&name) {
            Some(collection) => collection,
            None => self.collections.entry(name).or_default(),
        };
        collection.documents += 1;
        collection.bytes += document.bytes;
        self.weigh(document);
    }

    fn weigh(&mut self, document: &Document) {
        let place = self.largest.partition_point(|other| other.bytes >= document.bytes);
        if place < SHOWN {
            self.largest.truncate(SHOWN - 1);
            self.largest.insert(place, Largest { address: document.address.clone(), bytes: document.bytes });
        }
    }

    pub(crate) fn reject(&mut self, rejection: &Rejection) {
        self.quarantined.total += 1;
        let group = self.quarantined.by_reason.entry(rejection.reason).or_default();
        group.count += 1;
        if group.examples.len() < SHOWN {
            group.examples.push(RecordId { entity: rejection.entity.clone(), key: rejection.key.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ContentHash;
    use crate::record::Key;

    fn document(address: &str, bytes: u64) -> Document {
        Document {
            source: RecordId { entity: "E".into(), key: Key::Int(1) },
            address: address.into(),
            names: [].into(),
            values: vec![],
            stamps: [].into(),
            layout: None,
            hash: ContentHash([0; 32]),
            revision: None,
            bytes,
        }
    }

    #[test]
    fn the_largest_documents_are_kept_in_order_and_the_first_of_equals_stays() {
        let mut report = Report::default();
        for (index, bytes) in [5, 9, 1, 7, 9, 3, 8].into_iter().enumerate() {
            report.count(&document(&format!("c/{index}"), bytes));
        }
        let shown: Vec<_> = report.largest.iter().map(|one| (one.address.as_str(), one.bytes)).collect();
        assert_eq!(shown, [("c/1", 9), ("c/4", 9), ("c/6", 8), ("c/3", 7), ("c/0", 5)]);
        assert_eq!((report.documents(), report.bytes()), (7, 42));
    }

    #[test]
    fn of_many_rejections_the_first_few_are_examples() {
        let mut report = Report::default();
        for key in 0..9 {
            report.reject(&Rejection {
                entity: "E".into(),
                key: Key::Int(key),
                column: None,
                reason: Reason::BadDate,
                detail: String::new(),
            });
        }
        let group = &report.quarantined.by_reason[&Reason::BadDate];
        assert_eq!((report.quarantined.total, group.count, group.examples.len()), (9, 9, SHOWN));
        assert_eq!(group.examples[0].key, Key::Int(0));
    }
}
