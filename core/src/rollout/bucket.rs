//! The place of a user, or of any key, in a rollout: a number that nobody has to keep.

use sha2::{Digest, Sha256};

/// Where a key stands in a rollout, in millionths of a percent: 0 to 99,999,999.
///
/// The number is the one that Firebase's servers reckon in a percent condition, bit for bit: the SHA-256 of the seed, a
/// dot and the key, as one large number, modulo 100,000,000. So a rule that is expressed there and a percentage that is
/// decided here pick the same keys, and every device finds the same number without asking anybody.
///
/// ```
/// use rehome_core::rollout::Bucket;
/// assert_eq!(Bucket::of("abcdef", "123").unwrap().micro_percent(), 9_571_542);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u32);

impl Bucket {
    /// How many buckets there are.
    pub const COUNT: u32 = 100_000_000;

    /// The bucket of a key: of a user, an installation, a record. Each seed shuffles anew, so that not the same people
    /// are first in everything. Without a key there is no bucket, as at Firebase; without a seed the key stands alone.
    pub fn of(seed: &str, key: &str) -> Option<Self> {
        if key.is_empty() {
            return None;
        }
        let mut hash = Sha256::new();
        if !seed.is_empty() {
            hash.update(seed);
            hash.update(".");
        }
        hash.update(key);
        let rest = hash.finalize().chunks_exact(4).fold(0_u64, |rest, four| {
            let four = four.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            (rest << 32 | four) % u64::from(Self::COUNT)
        });
        // A rest is less than what it is the rest of.
        Some(Self(rest as u32))
    }

    /// As a number of millionths of a percent.
    pub fn micro_percent(self) -> u32 {
        self.0
    }
}
