//! Chance, handed in: a test has its own.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where chance comes from: the ids of installations, and the moments at which phones do not all come at once.
pub trait Dice: Send + Sync {
    /// A number, each as likely as any other.
    fn roll(&self) -> u64;
}

/// Chance that begins with the system's own, another one in every process.
#[derive(Debug, Default)]
pub struct SystemDice {
    seed: RandomState,
    rolls: AtomicU64,
}

impl Dice for SystemDice {
    fn roll(&self) -> u64 {
        self.seed.hash_one(self.rolls.fetch_add(1, Ordering::Relaxed))
    }
}

/// A number from zero up to one.
pub(super) fn chance(dice: &dyn Dice) -> f64 {
    // As many bits as a double holds.
    (dice.roll() >> 11) as f64 / (1_u64 << 53) as f64
}
