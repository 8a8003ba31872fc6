//! The six stages of a migration, and each one's route.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::percentage::Percentage;
use super::route::{Fallback, Lists, Policy, Reads, Route, Second, Side, Writes};

/// A stage of a migration: a route with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The old side alone.
    Off,
    /// The old side is read; both are written.
    DualWrite,
    /// The same, and each read is compared with the new side.
    Shadow,
    /// The new side is read and compared with the old one; both are written.
    Live,
    /// The new side is read; both are written.
    RampDown,
    /// The new side alone.
    Complete,
}

impl Stage {
    /// Every stage, in their order.
    pub const ALL: [Stage; 6] =
        [Stage::Off, Stage::DualWrite, Stage::Shadow, Stage::Live, Stage::RampDown, Stage::Complete];

    /// The word for it, as LaunchDarkly has it.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Off => "off",
            Stage::DualWrite => "dualwrite",
            Stage::Shadow => "shadow",
            Stage::Live => "live",
            Stage::RampDown => "rampdown",
            Stage::Complete => "complete",
        }
    }

    /// The stage that a word stands for; `dual-write` and `Ramp_Down` are understood too.
    pub fn named(word: &str) -> Option<Self> {
        let plain: String = word.chars().filter(|letter| !matches!(letter, '-' | '_')).collect();
        Self::ALL.into_iter().find(|stage| plain.eq_ignore_ascii_case(stage.word()))
    }

    /// What is read and written in it. The side that is read is written first, and has to take it.
    pub fn route(self) -> Route {
        let authority = match self {
            Stage::Off | Stage::DualWrite | Stage::Shadow => Side::Old,
            Stage::Live | Stage::RampDown | Stage::Complete => Side::New,
        };
        let shadow = match self {
            Stage::Shadow | Stage::Live => Percentage::ALL,
            Stage::Off | Stage::DualWrite | Stage::RampDown | Stage::Complete => Percentage::NONE,
        };
        let writes = match self {
            Stage::Off | Stage::Complete => Writes::One(authority),
            Stage::DualWrite | Stage::Shadow | Stage::Live | Stage::RampDown => {
                Writes::Both { first: authority, policy: Policy::FirstRequired(Second::Awaited) }
            }
        };
        let reads = Reads {
            first: authority,
            share: Percentage::NONE,
            fallback: Fallback::NEVER,
            shadow,
            lists: Lists::OneSide,
        };
        Route { reads, writes }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}
