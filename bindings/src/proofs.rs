//! What a rehearsal, a verification and a rollback say, by value.

use std::collections::HashMap;

use rehome_core::error::Result;
use rehome_core::phone::Verified;
use rehome_core::rehearse;
use rehome_core::rollback;
use rehome_core::verify::{Difference, Kind};

/// What a rehearsal found. Every record read was mapped, left out by a filter, or cannot be moved.
#[derive(uniffi::Record)]
pub struct Rehearsal {
    /// Records read.
    pub read: u64,
    /// Records that would become documents.
    pub mapped: u64,
    /// Records that the plan leaves out.
    pub left_out: u64,
    /// Records that cannot be moved.
    pub quarantined: u64,
    /// How many of those for each reason, by the word for it.
    pub reasons: HashMap<String, u64>,
    /// Documents that there would be, by collection: an address with a star in place of each id.
    pub documents: HashMap<String, u64>,
    /// How many bytes they are, as Firestore counts them.
    pub bytes: u64,
    /// Addresses and unique values that more than one record wants.
    pub collisions: u64,
    /// Entities with records that the plan says nothing about.
    pub not_in_plan: Vec<String>,
}

/// What a verification found.
#[derive(uniffi::Record)]
pub struct Verification {
    /// Whether the migration is complete and everything that the plan moves is there as it says, or was changed by
    /// somebody since.
    pub verified: bool,
    /// Records read.
    pub read: u64,
    /// Documents that are as the plan says.
    pub same: u64,
    /// Documents that are not there.
    pub missing: u64,
    /// Documents that are not as the plan says.
    pub different: u64,
    /// Documents that somebody has changed since.
    pub newer_there: u64,
    /// Documents that somebody has deleted since.
    pub deleted_there: u64,
    /// Records that cannot be moved.
    pub quarantined: u64,
    /// Differences that were mended.
    pub mended: u64,
    /// The first differences.
    pub differences: Vec<VerificationDifference>,
    /// The receipt, to keep.
    pub receipt_json: String,
}

/// Something that is not as the plan says: which record, where, which fields; never values.
#[derive(uniffi::Record)]
pub struct VerificationDifference {
    /// The record's entity.
    pub entity: String,
    /// The record's key in the store.
    pub key: String,
    /// Where its document should be.
    pub path: String,
    /// The fields that are not as they should be; none where the document is missing.
    pub fields: Vec<String>,
    /// Whether nothing is there.
    pub is_missing: bool,
}

/// What a rollback did, or would do.
#[derive(uniffi::Record)]
pub struct RollbackReport {
    /// Whether nothing was done but looking.
    pub dry_run: bool,
    /// Documents deleted, or that would be.
    pub deleted: u64,
    /// Documents that were gone already.
    pub gone: u64,
    /// Documents left as they are.
    pub left: u64,
    /// How many were left for each reason, by the word for it.
    pub reasons: HashMap<String, u64>,
}

impl From<rehearse::Report> for Rehearsal {
    fn from(report: rehearse::Report) -> Self {
        let reasons =
            report.quarantined.by_reason.iter().map(|(reason, group)| (reason.word().to_owned(), group.count));
        let documents = report.collections.iter().map(|(name, collection)| (name.clone(), collection.documents));
        Self {
            read: report.read,
            mapped: report.mapped,
            left_out: report.left_out,
            quarantined: report.quarantined.total,
            reasons: reasons.collect(),
            documents: documents.collect(),
            bytes: report.bytes(),
            collisions: report.collisions,
            not_in_plan: report.not_in_plan.iter().map(|(entity, _)| entity.to_string()).collect(),
        }
    }
}

impl Verification {
    pub(crate) fn of(verified: Verified) -> Result<Self> {
        let receipt_json = verified.json()?;
        let tally = &verified.receipt.tally;
        Ok(Self {
            verified: verified.receipt.verified,
            read: tally.read,
            same: tally.same,
            missing: tally.missing,
            different: tally.different,
            newer_there: tally.newer_there,
            deleted_there: tally.deleted_there,
            quarantined: tally.quarantined,
            mended: tally.mended,
            differences: verified.differences.into_iter().map(VerificationDifference::from).collect(),
            receipt_json,
        })
    }
}

impl From<Difference> for VerificationDifference {
    fn from(Difference { source, address, kind, .. }: Difference) -> Self {
        let is_missing = kind == Kind::Missing;
        let fields = match kind {
            Kind::Missing => Vec::new(),
            Kind::Different { changed, absent, extra } => [changed, absent, extra].concat(),
        };
        Self { entity: source.entity.to_string(), key: source.key.to_string(), path: address, fields, is_missing }
    }
}

impl From<rollback::Report> for RollbackReport {
    fn from(report: rollback::Report) -> Self {
        let total = report.total();
        let reasons = report.left.iter().map(|(why, count)| ((*why).to_owned(), *count)).collect();
        Self { dry_run: report.dry_run, deleted: total.deleted, gone: total.gone, left: total.left, reasons }
    }
}
