//! The flags by what they do. What decides and what tunes are different types, so that neither is taken for the other.

use super::setting::{LogLevel, Setting};
use super::table::Flag;
use super::told::{Flags, Source};
use crate::rollout::percentage::Percentage;
use crate::rollout::stage::Stage;

/// The flags that decide who and what. A run has the ones that it began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// `dualWriteEnabled`
    pub dual_write: bool,
    /// `backfillEnabled`
    pub backfill: bool,
    /// `backfillRolloutPercentage`
    pub backfill_percentage: Percentage,
    /// `readRolloutPercentage`
    pub read_percentage: Percentage,
    /// `shadowReadPercentage`
    pub shadow_percentage: Percentage,
    /// `legacyReadFallbackEnabled`
    pub legacy_fallback: bool,
    /// `forceMigrationComplete`
    pub force_complete: bool,
    /// `migrationStage`; none where the switches decide.
    pub stage: Option<Stage>,
}

/// The flags that tune what is under way, from the next batch on. Where nobody has said anything the app's own setting
/// stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tuning {
    /// `backfillBatchSize`
    pub batch_size: Option<u32>,
    /// `backfillTimeoutSeconds`
    pub timeout_seconds: Option<u32>,
    /// `backfillRetries`
    pub retries: Option<u32>,
    /// `backfillDocumentsPerSecond`
    pub documents_per_second: Option<u32>,
    /// `logLevel`
    pub log_level: LogLevel,
}

impl Flags {
    /// Those that decide.
    pub fn decisions(&self) -> Decisions {
        Decisions {
            dual_write: self.switch(Flag::DualWrite),
            backfill: self.switch(Flag::Backfill),
            backfill_percentage: self.percentage(Flag::BackfillPercentage),
            read_percentage: self.percentage(Flag::ReadPercentage),
            shadow_percentage: self.percentage(Flag::ShadowPercentage),
            legacy_fallback: self.switch(Flag::LegacyFallback),
            force_complete: self.switch(Flag::ForceComplete),
            stage: match self.told(Flag::Stage).setting {
                Setting::Stage(stage) => stage,
                _ => None,
            },
        }
    }

    /// Those that tune.
    pub fn tuning(&self) -> Tuning {
        Tuning {
            batch_size: self.whole(Flag::BatchSize),
            timeout_seconds: self.whole(Flag::TimeoutSeconds),
            retries: self.whole(Flag::Retries),
            documents_per_second: self.whole(Flag::DocumentsPerSecond),
            log_level: match self.told(Flag::LogLevel).setting {
                Setting::LogLevel(level) => level,
                _ => LogLevel::default(),
            },
        }
    }

    fn switch(&self, flag: Flag) -> bool {
        self.told(flag).setting == Setting::Switch(true)
    }

    fn percentage(&self, flag: Flag) -> Percentage {
        match self.told(flag).setting {
            Setting::Percentage(share) => share,
            _ => Percentage::NONE,
        }
    }

    fn whole(&self, flag: Flag) -> Option<u32> {
        let told = self.told(flag);
        match told.setting {
            Setting::Whole(number) if told.source != Source::Default => Some(number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::{Said, Values};

    #[test]
    fn every_flag_reaches_the_type_that_uses_it() {
        let texts = ["true", "true", "1", "2", "3", "false", "true", "live", "4", "5", "6", "7", "debug"];
        let values = Values::of(Flag::ALL.map(Flag::name).into_iter().zip(texts));
        let flags = Flags::of(Said { remote: Some(&values), ..Said::default() });
        assert_eq!(flags.remarks(), []);
        let decisions = Decisions {
            dual_write: true,
            backfill: true,
            backfill_percentage: Percentage::of(1),
            read_percentage: Percentage::of(2),
            shadow_percentage: Percentage::of(3),
            legacy_fallback: false,
            force_complete: true,
            stage: Some(Stage::Live),
        };
        assert_eq!(flags.decisions(), decisions);
        let tuning = Tuning {
            batch_size: Some(4),
            timeout_seconds: Some(5),
            retries: Some(6),
            documents_per_second: Some(7),
            log_level: LogLevel::Debug,
        };
        assert_eq!(flags.tuning(), tuning);
    }

    #[test]
    fn without_anybodys_word_nothing_is_carried_or_written_twice_and_the_apps_own_settings_stand() {
        let flags = Flags::of(Said::default());
        let decisions = flags.decisions();
        assert!(!decisions.dual_write && !decisions.backfill && !decisions.force_complete && decisions.legacy_fallback);
        assert_eq!((decisions.backfill_percentage, decisions.stage), (Percentage::NONE, None));
        assert_eq!(flags.tuning(), Tuning::default());
    }
}
