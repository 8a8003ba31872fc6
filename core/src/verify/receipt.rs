//! What a verification says, to keep.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::run::Verification;
use crate::journal::Status;
use crate::plan::Document;

/// What a verification says, to keep. Two of them with the same hash found the same content at the same addresses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Receipt {
    /// The plan's name.
    pub plan: String,
    /// The plan's version.
    pub plan_version: i64,
    /// What the plan does, as a hash.
    pub fingerprint: String,
    /// The version of this library.
    pub library: &'static str,
    /// When it was made, in RFC 3339.
    pub at: String,
    /// How many documents of a hundred were compared; none where all were.
    pub sampled_percent: Option<u8>,
    /// How the migration stood, by its word; none where the journal knows of no run.
    pub status: Option<&'static str>,
    /// Whether the migration is complete and everything that the plan moves is there as it says, or was changed by
    /// somebody since.
    pub verified: bool,
    /// What became of the records and their documents.
    #[serde(flatten)]
    pub tally: Tally,
    /// What is in the target by collection: an address without its ids, as `users/*/habits`.
    pub collections: BTreeMap<String, Collection>,
}

/// What became of records and documents, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Records read, those that could not be among them.
    pub read: u64,
    /// Records that the plan leaves out.
    pub left_out: u64,
    /// Records that cannot be moved.
    pub quarantined: u64,
    /// Documents that the plan makes of the others.
    pub documents: u64,
    /// Of those, how many a sample passed over.
    pub not_sampled: u64,
    /// Documents that are as the plan says.
    pub same: u64,
    /// Of those, how many have further fields that somebody added.
    pub with_more_fields: u64,
    /// Documents that somebody has changed since.
    pub newer_there: u64,
    /// Documents that somebody has deleted since.
    pub deleted_there: u64,
    /// Documents of records that were set aside, as the quarantine knows: they were never written.
    pub set_aside: u64,
    /// Documents that are not there.
    pub missing: u64,
    /// Documents that are not as the plan says.
    pub different: u64,
    /// Documents that were carried for records that the store no longer has, and that no run has deleted yet.
    #[serde(default)]
    pub orphaned: u64,
    /// Documents that differed at the first look and whose records were gone or others at the second.
    pub moved_meanwhile: u64,
    /// Differences that were mended, or would be.
    pub mended: u64,
    /// Documents in the same collections that no record of this store accounts for: of another device, of the app.
    /// In a sample those that it passed over count as there.
    pub others: u64,
    /// Reads, as the target bills them.
    pub billed_reads: u64,
    /// Writes, as the target bills them.
    pub billed_writes: u64,
    /// The sum of the hashes of all documents that are as the plan says.
    #[serde(with = "hex_sum")]
    pub hash: [u8; 32],
}

/// What is in a collection of the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Documents that the plan puts there.
    pub expected: u64,
    /// Documents that are there, those of other devices and of the app among them.
    pub there: u64,
}

/// How far a verification came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The entity being read.
    pub entity: &'a str,
    /// Records read so far.
    pub read: u64,
    /// Records to read, where the source knows.
    pub expected: Option<u64>,
}

impl Receipt {
    pub(super) fn new(
        of: &Verification<'_>,
        status: Option<Status>,
        tally: Tally,
        collections: BTreeMap<String, Collection>,
    ) -> Self {
        // Of a store that was emptied, or that is being filled still, everything is there.
        let is_complete = matches!(status, Some(Status::Complete | Status::Verified | Status::Sealed));
        Self {
            plan: of.plan.name.clone(),
            plan_version: of.plan.version,
            fingerprint: of.plan.fingerprint.to_string(),
            library: env!("CARGO_PKG_VERSION"),
            at: of.context.now.to_string(),
            sampled_percent: of.options.sample_percent,
            status: status.map(Status::word),
            verified: is_complete && tally.is_whole() && tally.adds_up(),
            tally,
            collections,
        }
    }
}

impl Tally {
    /// Whether every document is accounted for.
    pub fn adds_up(&self) -> bool {
        let accounted = self.not_sampled
            + self.same
            + self.newer_there
            + self.deleted_there
            + self.set_aside
            + self.missing
            + self.different
            + self.moved_meanwhile;
        self.documents == accounted
    }

    /// Whether everything that was compared is as the plan says, and nothing was carried that has no record any more.
    pub fn is_whole(&self) -> bool {
        self.missing == 0 && self.different == 0 && self.orphaned == 0
    }

    /// Adds a document that is as the plan says to the sum over all. A sum does not depend on the order.
    pub(super) fn add_to_sum(&mut self, document: &Document) {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(&document.address)
            .chain_update([0])
            .chain_update(document.hash.0)
            .finalize()
            .into();
        let mut carry = 0_u16;
        for (sum, byte) in self.hash.iter_mut().zip(hash).rev() {
            carry += u16::from(*sum) + u16::from(byte);
            *sum = (carry & 0xff) as u8;
            carry >>= 8;
        }
    }
}

mod hex_sum {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::record::hex::Hex;

    pub(super) fn serialize<S: Serializer>(sum: &[u8; 32], out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&Hex(sum))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(input)?;
        let digits = text.as_bytes();
        let mut sum = [0; 32];
        if digits.len() != 64 {
            return Err(D::Error::custom("a sum has 64 hexadecimal digits"));
        }
        for (byte, pair) in sum.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(D::Error::custom)?;
            *byte = u8::from_str_radix(pair, 16).map_err(D::Error::custom)?;
        }
        Ok(sum)
    }
}
