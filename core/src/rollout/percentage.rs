//! How many of all are in.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::bucket::Bucket;

const MICRO: u32 = 1_000_000;
const DIGITS: usize = 6;

/// A share of all keys, exact to a millionth of a percent: 0 is nobody, 100 is everybody, and whoever is in at one
/// percentage is in at every higher one.
///
/// ```
/// use rehome_core::rollout::Percentage;
/// let tenth: Percentage = "0.1".parse().unwrap();
/// assert_eq!(tenth.micro_percent(), 100_000);
/// assert!("101".parse::<Percentage>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentage(u32);

/// What is written is no percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPercentage;

impl Percentage {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// Everybody.
    pub const ALL: Self = Self(Bucket::COUNT);

    /// So many of a hundred; more than a hundred are a hundred.
    pub const fn of(percent: u32) -> Self {
        if percent >= 100 { Self::ALL } else { Self(percent * MICRO) }
    }

    /// In millionths of a percent.
    pub fn micro_percent(self) -> u32 {
        self.0
    }

    /// Whether a bucket is in. It is where it lies at the threshold or below, as in Firebase's condition "at most"; but
    /// 0 is nobody, though one key in a hundred million has the bucket 0.
    pub fn admits(self, bucket: Bucket) -> bool {
        self.0 > 0 && bucket.micro_percent() <= self.0
    }
}

impl FromStr for Percentage {
    type Err = NotAPercentage;

    /// From a number as people write it: `10`, `0.5`, `99.999999`.
    fn from_str(text: &str) -> Result<Self, NotAPercentage> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || fraction.trim_end_matches('0').len() > DIGITS {
            return Err(NotAPercentage);
        }
        let whole: u32 = whole.parse().map_err(|_| NotAPercentage)?;
        let fraction = fraction.trim_end_matches('0');
        let fraction: u32 = format!("{fraction:0<DIGITS$}").parse().map_err(|_| NotAPercentage)?;
        let micro = whole.checked_mul(MICRO).and_then(|micro| micro.checked_add(fraction)).ok_or(NotAPercentage)?;
        if micro > Bucket::COUNT { Err(NotAPercentage) } else { Ok(Self(micro)) }
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:06}", self.0 % MICRO);
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        write!(out, "{}{dot}{fraction}", self.0 / MICRO)
    }
}

impl Serialize for Percentage {
    /// As the number of percent.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match (self.0 / MICRO, self.0 % MICRO) {
            (whole, 0) => to.serialize_u32(whole),
            _ => to.serialize_f64(f64::from(self.0) / f64::from(MICRO)),
        }
    }
}
