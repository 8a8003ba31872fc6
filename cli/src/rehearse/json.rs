use std::collections::BTreeMap;

use rehome_core::record::{Key, Reason, RecordId, Rejection};
use rehome_core::rehearse::Group;
use serde::{Serialize, Serializer};

use super::summary::Summary;
use crate::price::Estimate;

/// What a rehearsal comes to, for machines; the keys stand in an order that a person can read.
#[derive(Serialize)]
pub(super) struct Comes<'a> {
    read: u64,
    mapped: u64,
    documents: u64,
    left_out: u64,
    quarantined: Quarantined<'a>,
    bytes: u64,
    writes: u64,
    collections: BTreeMap<&'a str, Collection>,
    largest: Vec<Largest<'a>>,
    collisions: u64,
    dangling_references: Dangling<'a>,
    uploads: Uploads,
    embedded: Vec<Embedded<'a>>,
    not_in_plan: Vec<NotInPlan<'a>>,
    warnings: &'a [String],
    price: Estimate,
    plan: Plan<'a>,
    user: &'a str,
}

#[derive(Serialize)]
struct Quarantined<'a> {
    total: u64,
    by_reason: BTreeMap<Reason, u64>,
    examples: BTreeMap<Reason, Vec<Example<'a>>>,
}

#[derive(Serialize)]
struct Example<'a> {
    entity: &'a str,
    #[serde(serialize_with = "key")]
    key: &'a Key,
}

#[derive(Serialize)]
struct Collection {
    documents: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Largest<'a> {
    document: &'a str,
    bytes: u64,
}

#[derive(Serialize)]
struct Dangling<'a> {
    total: u64,
    by_collection: &'a BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Uploads {
    count: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Embedded<'a> {
    entity: &'a str,
    rows: Option<u64>,
    embedded: u64,
}

#[derive(Serialize)]
struct NotInPlan<'a> {
    entity: &'a str,
    rows: Option<u64>,
}

#[derive(Serialize)]
struct Plan<'a> {
    name: &'a str,
    version: i64,
    fingerprint: String,
}

/// A line of the file of records that cannot be moved.
#[derive(Serialize)]
pub(super) struct Refused<'a> {
    entity: &'a str,
    #[serde(serialize_with = "key")]
    key: &'a Key,
    column: Option<&'a str>,
    reason: Reason,
    detail: &'a str,
}

impl<'a> Comes<'a> {
    pub(super) fn to(summary: &Summary<'a>) -> Self {
        let Summary { job, plan, report, warnings, prices } = *summary;
        let (documents, bytes) = (report.documents(), report.bytes());
        let by_reason = &report.quarantined.by_reason;
        let collections = report.collections.iter();
        let largest = report.largest.iter();
        let embedded = report.embedded.iter();
        Self {
            read: report.read,
            mapped: report.mapped,
            documents,
            left_out: report.left_out,
            quarantined: Quarantined {
                total: report.quarantined.total,
                by_reason: by_reason.iter().map(|(reason, group)| (*reason, group.count)).collect(),
                examples: by_reason.iter().map(|(reason, group)| (*reason, examples(group))).collect(),
            },
            bytes,
            writes: documents,
            collections: collections
                .map(|(name, one)| (name.as_str(), Collection { documents: one.documents, bytes: one.bytes }))
                .collect(),
            largest: largest.map(|one| Largest { document: &one.address, bytes: one.bytes }).collect(),
            collisions: report.collisions,
            dangling_references: Dangling {
                total: report.dangling_references.values().sum(),
                by_collection: &report.dangling_references,
            },
            uploads: Uploads { count: report.uploads.count, bytes: report.uploads.bytes },
            embedded: embedded
                .map(|one| Embedded { entity: &one.entity, rows: one.rows, embedded: one.embedded })
                .collect(),
            not_in_plan: report.not_in_plan.iter().map(|(entity, rows)| NotInPlan { entity, rows: *rows }).collect(),
            warnings,
            price: prices.estimate(documents, bytes),
            plan: Plan { name: &plan.name, version: plan.version, fingerprint: plan.fingerprint.to_string() },
            user: &job.user,
        }
    }
}

fn examples(group: &Group) -> Vec<Example<'_>> {
    group.examples.iter().map(|RecordId { entity, key }| Example { entity, key }).collect()
}

impl<'a> From<&'a Rejection> for Refused<'a> {
    fn from(rejection: &'a Rejection) -> Self {
        let Rejection { entity, key, column, reason, detail } = rejection;
        Self { entity, key, column: column.as_deref(), reason: *reason, detail }
    }
}

/// A row number as a number, text as text, bytes in hexadecimal digits, and several parts as an array.
fn key<S: Serializer>(key: &Key, to: S) -> Result<S::Ok, S::Error> {
    match key {
        Key::Int(number) => to.serialize_i64(*number),
        Key::Text(text) => to.serialize_str(text),
        Key::Bytes(_) => to.collect_str(key),
        Key::Parts(parts) => to.collect_seq(parts.iter().map(Part)),
    }
}

struct Part<'a>(&'a Key);

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        key(self.0, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_it_is_in_the_store() {
        let parts = Key::Parts(vec![Key::Int(-7), Key::Text("a".into()), Key::Bytes(vec![0, 255])]);
        assert_eq!(serde_json::to_string(&Part(&parts)).unwrap(), r#"[-7,"a","00ff"]"#);
    }
}
