//! What flags come to, by value.

use rehome_core::rollout::{
    Explanation, Force, Lists, MigrationStatus, Percentage, Route, Setting, Side, Stage, Writes,
};

#[uniffi::remote(Enum)]
pub enum Side {
    Old,
    New,
}

#[uniffi::remote(Enum)]
pub enum Stage {
    Off,
    DualWrite,
    Shadow,
    Live,
    RampDown,
    Complete,
}

/// What is forced for one user or device. A stop is obeyed all the same.
#[derive(uniffi::Enum)]
pub enum Forced {
    /// To be within every percentage.
    In,
    /// To be outside of every percentage.
    Out,
    /// To be at this stage.
    AtStage {
        /// Which one.
        stage: Stage,
    },
}

/// Who is read and written for a user.
#[derive(uniffi::Record)]
pub struct UserRoute {
    /// Who is read first.
    pub reads_first: Side,
    /// Whether the old side is read where the new one lacks something.
    pub falls_back: bool,
    /// Whether lists are made of both sides.
    pub lists_both_sides: bool,
    /// Who is written first.
    pub writes_first: Side,
    /// Who is written second, if anybody is.
    pub writes_second: Option<Side>,
}

/// What a flag is for a user, and why.
#[derive(uniffi::Record)]
pub struct FlagExplanation {
    /// The flag's name.
    pub flag: String,
    /// What it is.
    pub value: String,
    /// Whether the user is among those that a percentage lets in; none of other flags.
    pub is_in: Option<bool>,
    /// By whose word.
    pub source: String,
    /// The user's bucket, in millionths of a percent.
    pub bucket: Option<u32>,
    /// The highest bucket that is in.
    pub threshold: Option<u32>,
    /// What was reckoned, in a sentence.
    pub rule: String,
    /// The template's version that it comes from.
    pub template_version: Option<u64>,
    /// How many seconds ago that was fetched.
    pub age_seconds: Option<u64>,
    /// What is wrong with what the channels say of it.
    pub remarks: Vec<String>,
    /// All of it in one line.
    pub text: String,
}

/// One flag as it is now.
#[derive(uniffi::Record)]
pub struct FlagLine {
    /// Its name.
    pub name: String,
    /// What it is.
    pub value: String,
    /// By whose word.
    pub source: String,
    /// In which version of the template.
    pub template_version: Option<u64>,
    /// How many seconds ago that was fetched.
    pub age_seconds: Option<u64>,
}

/// Every flag as it is now.
#[derive(uniffi::Record)]
pub struct FlagsStatus {
    /// `dualWriteEnabled`
    pub dual_write_enabled: bool,
    /// `backfillEnabled`
    pub backfill_enabled: bool,
    /// `backfillRolloutPercentage`
    pub backfill_rollout_percentage: f64,
    /// `readRolloutPercentage`
    pub read_rollout_percentage: f64,
    /// `legacyReadFallbackEnabled`
    pub legacy_read_fallback_enabled: bool,
    /// `forceMigrationComplete`
    pub force_migration_complete: bool,
    /// `migrationStage`; none where the switches decide.
    pub stage: Option<Stage>,
    /// Every flag in the order of the table.
    pub flags: Vec<FlagLine>,
    /// What is wrong, and why a stop document says what it says: a sentence each.
    pub remarks: Vec<String>,
    /// All of it as lines for a log. No user is named.
    pub text: String,
}

impl From<Forced> for Force {
    fn from(forced: Forced) -> Self {
        match forced {
            Forced::In => Force::In,
            Forced::Out => Force::Out,
            Forced::AtStage { stage } => Force::Stage(stage),
        }
    }
}

impl From<Route> for UserRoute {
    fn from(Route { reads, writes }: Route) -> Self {
        let writes_second = match writes {
            Writes::One(_) => None,
            Writes::Both { .. } => writes.second(),
        };
        Self {
            reads_first: reads.first,
            falls_back: reads.fallback.where_missing,
            lists_both_sides: reads.lists == Lists::BothSides,
            writes_first: writes.first(),
            writes_second,
        }
    }
}

impl From<Explanation> for FlagExplanation {
    fn from(explanation: Explanation) -> Self {
        Self {
            text: explanation.to_string(),
            flag: explanation.flag.to_owned(),
            value: explanation.value.to_string(),
            is_in: explanation.is_in,
            source: explanation.source.to_string(),
            bucket: explanation.bucket,
            threshold: explanation.threshold,
            rule: explanation.rule,
            template_version: explanation.template_version,
            age_seconds: explanation.age_seconds,
            remarks: explanation.remarks.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<MigrationStatus> for FlagsStatus {
    fn from(status: MigrationStatus) -> Self {
        let share = |percentage: Percentage| f64::from(percentage.micro_percent()) / 1e6;
        let shown = |setting: Setting| setting.to_string();
        let line = |line: &rehome_core::rollout::Line| FlagLine {
            name: line.name.to_owned(),
            value: shown(line.value),
            source: line.source.to_string(),
            template_version: line.template_version,
            age_seconds: line.age_seconds,
        };
        Self {
            dual_write_enabled: status.decisions.dual_write,
            backfill_enabled: status.decisions.backfill,
            backfill_rollout_percentage: share(status.decisions.backfill_percentage),
            read_rollout_percentage: share(status.decisions.read_percentage),
            legacy_read_fallback_enabled: status.decisions.legacy_fallback,
            force_migration_complete: status.decisions.force_complete,
            stage: status.decisions.stage,
            flags: status.flags.iter().map(line).collect(),
            text: status.to_string(),
            remarks: status.remarks,
        }
    }
}
