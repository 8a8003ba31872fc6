use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::terminal::grouped;

const GIB: f64 = (1_u64 << 30) as f64;

/// What a target asks for writing and keeping documents, as of a day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    as_of: String,
    place: String,
    currency: String,
    per_100_000_writes: f64,
    free_writes_per_day: u64,
    per_gib_month: f64,
    free_gib: f64,
}

/// What a move would cost, and what that assumes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Estimate {
    pub(crate) currency: String,
    /// For the writes, once.
    pub(crate) writes: f64,
    /// For what is kept, each month.
    pub(crate) storage_per_month: f64,
    pub(crate) as_of: String,
    pub(crate) place: String,
    pub(crate) assumes: String,
}

impl Prices {
    /// The prices that the tool brings along, or those of a file of the same form.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Failure> {
        let text = match file {
            Some(file) => fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?,
            None => include_str!("price.toml").to_owned(),
        };
        let prices: Self = toml::from_str(&text).map_err(|error| {
            let file = file.unwrap_or(Path::new("price.toml")).display();
            Failure::Work(format!("{file} is not a price table: {error}Start from the one in cli/src/price.toml"))
        })?;
        let amounts = [prices.per_100_000_writes, prices.per_gib_month, prices.free_gib];
        if amounts.iter().all(|amount| amount.is_finite() && *amount >= 0.0) {
            return Ok(prices);
        }
        Err(Failure::Work("the price table has a price below zero, or one that is no number: correct it".to_owned()))
    }

    /// For so many writes on one day, and so many bytes kept.
    pub(crate) fn estimate(&self, writes: u64, bytes: u64) -> Estimate {
        let paid_writes = writes.saturating_sub(self.free_writes_per_day) as f64;
        let paid_gib = (bytes as f64 / GIB - self.free_gib).max(0.0);
        Estimate {
            currency: self.currency.clone(),
            writes: paid_writes / 100_000.0 * self.per_100_000_writes,
            storage_per_month: paid_gib * self.per_gib_month,
            as_of: self.as_of.clone(),
            place: self.place.clone(),
            assumes: format!(
                "all writes on one day, of which {} are free; {} GiB kept free; indexes not counted; this user alone",
                grouped(self.free_writes_per_day),
                self.free_gib
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_quota_is_taken_off_first() {
        let prices = Prices::load(None).unwrap();
        let small = prices.estimate(20_000, 1 << 30);
        assert_eq!((small.writes, small.storage_per_month), (0.0, 0.0));
        let large = prices.estimate(1_020_000, 11 << 30);
        assert!((large.writes - 1.8).abs() < 1e-9, "{}", large.writes);
        assert!((large.storage_per_month - 1.8).abs() < 1e-9, "{}", large.storage_per_month);
    }
}
