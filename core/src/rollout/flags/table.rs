//! Every flag in one table.

use super::setting::Allowed;

/// A flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Whether writes go to both sides.
    DualWrite,
    /// Whether anything is carried.
    Backfill,
    /// For how many.
    BackfillPercentage,
    /// How many read the new side first.
    ReadPercentage,
    /// How many reads are made on both sides and compared.
    ShadowPercentage,
    /// Whether the old side is read where the new one lacks something.
    LegacyFallback,
    /// Whether migrations end as they are.
    ForceComplete,
    /// A stage by its name, which takes the place of the switches.
    Stage,
    /// How many writes go into one request.
    BatchSize,
    /// How long a request may take.
    TimeoutSeconds,
    /// How many requests may fail in a row.
    Retries,
    /// How fast documents are written.
    DocumentsPerSecond,
    /// How much is logged.
    LogLevel,
}

/// What a flag does when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It decides who and what, from the next launch on; within a run it is constant.
    Decides,
    /// The same, and one of its values is a stop, which is obeyed at once.
    DecidesAndStops,
    /// It tunes what is under way, from the next batch on.
    Tunes,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Which flag.
    pub flag: Flag,
    /// Its name in every channel. It is the seed of its buckets too.
    pub name: &'static str,
    /// What it may be.
    pub allowed: Allowed,
    /// What it is without anybody's word.
    pub default: &'static str,
    /// What it does when it changes.
    pub effect: Effect,
    /// Whether a channel that may only tighten has a say in it.
    pub tightens: bool,
    /// What it is for, in a sentence.
    pub about: &'static str,
}

const SWITCH: Spec = Spec {
    flag: Flag::DualWrite,
    name: "",
    allowed: Allowed::Switch,
    default: "false",
    effect: Effect::Decides,
    tightens: false,
    about: "",
};
const SHARE: Spec = Spec { allowed: Allowed::Percentage, default: "0", ..SWITCH };
const AMOUNT: Spec = Spec { effect: Effect::Tunes, ..SWITCH };

static TABLE: [Spec; Flag::ALL.len()] = [
    Spec {
        flag: Flag::DualWrite,
        name: "dualWriteEnabled",
        about: "Writes go to both sides: to the one that is read first, and to the other behind it.",
        ..SWITCH
    },
    Spec {
        flag: Flag::Backfill,
        name: "backfillEnabled",
        effect: Effect::DecidesAndStops,
        tightens: true,
        about: "What was there before is carried. False stops a run at once.",
        ..SWITCH
    },
    Spec {
        flag: Flag::BackfillPercentage,
        name: "backfillRolloutPercentage",
        effect: Effect::DecidesAndStops,
        tightens: true,
        about: "For how many users it is carried. Raising it drops nobody; 0 stops a run at once.",
        ..SHARE
    },
    Spec {
        flag: Flag::ReadPercentage,
        name: "readRolloutPercentage",
        default: "100",
        about: "How many users of those with dual write read the new side first; the others read the old one first.",
        ..SHARE
    },
    Spec {
        flag: Flag::ShadowPercentage,
        name: "shadowReadPercentage",
        about: "For how many keys reads are made on both sides and compared, while both are written.",
        ..SHARE
    },
    Spec {
        flag: Flag::LegacyFallback,
        name: "legacyReadFallbackEnabled",
        default: "true",
        about: "The old side is read where the new one lacks something.",
        ..SWITCH
    },
    Spec {
        flag: Flag::ForceComplete,
        name: "forceMigrationComplete",
        effect: Effect::DecidesAndStops,
        about: "In an emergency: migrations stop and end as forced, whatever is carried. They never count as verified.",
        ..SWITCH
    },
    Spec {
        flag: Flag::Stage,
        name: "migrationStage",
        allowed: Allowed::Stage,
        default: "auto",
        effect: Effect::DecidesAndStops,
        about: "A stage by its name, in place of the switches. `off` stops a run at once.",
        ..SWITCH
    },
    Spec {
        flag: Flag::BatchSize,
        name: "backfillBatchSize",
        allowed: Allowed::Whole { least: 1, most: 500 },
        default: "200",
        tightens: true,
        about: "How many writes go into one request at most.",
        ..AMOUNT
    },
    Spec {
        flag: Flag::TimeoutSeconds,
        name: "backfillTimeoutSeconds",
        allowed: Allowed::Whole { least: 1, most: 300 },
        default: "30",
        about: "How long a request may take.",
        ..AMOUNT
    },
    Spec {
        flag: Flag::Retries,
        name: "backfillRetries",
        allowed: Allowed::Whole { least: 0, most: 100 },
        default: "10",
        tightens: true,
        about: "How many requests may fail one after the other before a run gives up for now.",
        ..AMOUNT
    },
    Spec {
        flag: Flag::DocumentsPerSecond,
        name: "backfillDocumentsPerSecond",
        allowed: Allowed::Whole { least: 1, most: 10_000 },
        default: "500",
        tightens: true,
        about: "How many documents a second are written at most.",
        ..AMOUNT
    },
    Spec {
        flag: Flag::LogLevel,
        name: "logLevel",
        allowed: Allowed::LogLevel,
        default: "warning",
        about: "How much is logged.",
        ..AMOUNT
    },
];

impl Flag {
    /// Every flag, in the order of the table.
    pub const ALL: [Flag; 13] = [
        Flag::DualWrite,
        Flag::Backfill,
        Flag::BackfillPercentage,
        Flag::ReadPercentage,
        Flag::ShadowPercentage,
        Flag::LegacyFallback,
        Flag::ForceComplete,
        Flag::Stage,
        Flag::BatchSize,
        Flag::TimeoutSeconds,
        Flag::Retries,
        Flag::DocumentsPerSecond,
        Flag::LogLevel,
    ];

    /// The flag of this name.
    ///
    /// ```
    /// use rehome_core::rollout::Flag;
    /// assert_eq!(Flag::named("backfillEnabled"), Some(Flag::Backfill));
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|spec| spec.name == name).map(|spec| spec.flag)
    }

    /// Its row of the table.
    pub fn spec(self) -> &'static Spec {
        &TABLE[self as usize]
    }

    /// Its name in every channel.
    pub fn name(self) -> &'static str {
        self.spec().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_default_is_allowed() {
        for (flag, spec) in Flag::ALL.into_iter().zip(&TABLE) {
            assert_eq!((spec.flag, flag.spec()), (flag, spec));
            assert_eq!(Flag::named(spec.name), Some(flag), "{}", spec.name);
            assert!(spec.allowed.read(spec.default).is_some(), "{}", spec.name);
            assert!(spec.about.ends_with('.'), "{}", spec.name);
            // Firebase's seeds are at most so long.
            assert!(spec.name.len() <= 32, "{}", spec.name);
        }
    }
}
