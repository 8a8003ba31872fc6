//! Flags and a user become a decision: which route, and whether anything is carried.

use std::fmt;

use super::bucket::Bucket;
use super::flags::{Decisions, Flag, Flags, Source};
use super::overrides::{Force, Overrides};
use super::percentage::Percentage;
use super::route::{Route, Side};
use super::stage::Stage;
use super::user::{Standing, User};
use crate::record::Timestamp;

/// The flags as they are now, and what was said for single users and devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// What the channels say.
    pub flags: Flags,
    /// What somebody said for single users and devices.
    pub overrides: Overrides,
}

/// What a run of the app goes by, from its launch to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who is read and written.
    pub route: Route,
    /// Whether what was there before is carried.
    pub carry: Carry,
}

/// Whether what was there before is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// It is.
    Run,
    /// It is not, since the user is not among those that it is done for.
    Outside,
    /// It is not, since somebody stopped it.
    Stopped(Stop),
}

/// Why nothing is carried, or goes on to be: obeyed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// `forceMigrationComplete`: the migration ends as forced, whatever is carried.
    Forced(Source),
    /// `backfillEnabled` is false.
    Disabled(Source),
    /// The stage is `off`.
    Off(Source),
    /// `backfillRolloutPercentage` is 0.
    Nobody(Source),
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (flag, source) = match self {
            Self::Forced(source) => ("forceMigrationComplete is true", source),
            Self::Disabled(source) => ("backfillEnabled is false", source),
            Self::Off(source) => ("migrationStage is off", source),
            Self::Nobody(source) => ("backfillRolloutPercentage is 0", source),
        };
        write!(out, "{flag} by {source}")
    }
}

impl Decisions {
    /// The route that these flags come to, for a user who has come so far, and who is or is not among those that read
    /// the new side first.
    ///
    /// | `migrationStage` | `dualWriteEnabled` | `legacyReadFallbackEnabled` | user | read first | written |
    /// |---|---|---|---|---|---|
    /// | a stage | | | | as that stage has it | as that stage has it |
    /// | `auto` | true | | within `readRolloutPercentage` | new | new, then old behind it |
    /// | `auto` | true | | outside of it | old | old, then new |
    /// | `auto` | false | false | | new | new alone |
    /// | `auto` | false | true | has read the new side first | new | new alone |
    /// | `auto` | false | true | has not | old | old alone |
    ///
    /// Whoever reads the new side first reads from the old one what is missing there while `legacyReadFallbackEnabled`
    /// is true, and lists are made of both sides until this device is finished. `forceMigrationComplete` keeps that on
    /// until then, whatever the flag says: what is not carried shall still be seen. So switching dual write off, in an
    /// emergency too, leaves everybody on the side where what they wrote last is.
    pub fn route(&self, standing: Standing, reads_new: bool) -> Route {
        let Standing { side, is_finished } = standing;
        let fallback = self.legacy_fallback || (self.force_complete && !is_finished);
        let mut route = match (self.stage, self.dual_write) {
            (Some(stage), _) => return stage.route(),
            (None, true) if reads_new => Route::new_first(fallback, is_finished),
            (None, true) => Stage::DualWrite.route(),
            (None, false) if self.legacy_fallback && side == Side::Old => return Stage::Off.route(),
            (None, false) => return Route::new_alone(fallback, is_finished),
        };
        route.reads.shadow = self.shadow_percentage;
        route
    }
}

impl Rollout {
    /// What a run of the app goes by, for this user from now on.
    pub fn decide(&self, user: &User<'_>, standing: Standing, now: Timestamp) -> Decision {
        let word = self.overrides.of(user, now).map(|word| word.force);
        let mut decisions = self.flags.decisions();
        if let Some(Force::Stage(stage)) = word {
            decisions.stage = Some(stage);
        }
        let reads_new = is_in(word, Flag::ReadPercentage, decisions.read_percentage, user);
        Decision { route: decisions.route(standing, reads_new), carry: self.carry(&decisions, word, user) }
    }

    /// Whether what was there before is carried for this user.
    ///
    /// ```
    /// use rehome_core::record::Timestamp;
    /// use rehome_core::rollout::{Flags, Overrides, Rollout, Said, User, Values};
    /// let remote = Values::of([("backfillEnabled", "true"), ("backfillRolloutPercentage", "10")]);
    /// let flags = Flags::of(Said { remote: Some(&remote), ..Said::default() });
    /// let rollout = Rollout { flags, overrides: Overrides::default() };
    /// let enabled = |id| rollout.should_enable_backfill(&User::of(id), Timestamp::from_millis(0));
    /// // Their buckets are 10,000,000 and 10,000,001.
    /// assert!(enabled("user-8542864") && !enabled("user-45825418"));
    /// ```
    pub fn should_enable_backfill(&self, user: &User<'_>, now: Timestamp) -> bool {
        self.decide(user, Standing::default(), now).carry == Carry::Run
    }

    /// What is to stop for this user at once, if anything is.
    pub fn stop(&self, user: &User<'_>, now: Timestamp) -> Option<Stop> {
        match self.decide(user, Standing::default(), now).carry {
            Carry::Stopped(stop) => Some(stop),
            Carry::Run | Carry::Outside => None,
        }
    }

    fn carry(&self, decisions: &Decisions, word: Option<Force>, user: &User<'_>) -> Carry {
        let source = |flag| self.flags.told(flag).source;
        let forced_stage = matches!(word, Some(Force::Stage(_)));
        if decisions.force_complete {
            return Carry::Stopped(Stop::Forced(source(Flag::ForceComplete)));
        }
        if !decisions.backfill {
            return Carry::Stopped(Stop::Disabled(source(Flag::Backfill)));
        }
        if decisions.stage == Some(Stage::Off) {
            return Carry::Stopped(Stop::Off(if forced_stage { Source::Override } else { source(Flag::Stage) }));
        }
        let share = decisions.backfill_percentage;
        if is_in(word, Flag::BackfillPercentage, share, user) {
            Carry::Run
        } else if share == Percentage::NONE && word != Some(Force::Out) {
            Carry::Stopped(Stop::Nobody(source(Flag::BackfillPercentage)))
        } else {
            Carry::Outside
        }
    }
}

/// Whether a user is within a percentage. Only where that is neither nobody nor everybody a bucket is reckoned.
pub(super) fn is_in(word: Option<Force>, flag: Flag, share: Percentage, user: &User<'_>) -> bool {
    match (word, share) {
        (Some(Force::In), _) => true,
        (Some(Force::Out), _) | (_, Percentage::NONE) => false,
        (_, Percentage::ALL) => !user.bucket_id.is_empty(),
        (_, share) => Bucket::of(flag.name(), user.bucket_id).is_some_and(|bucket| share.admits(bucket)),
    }
}
