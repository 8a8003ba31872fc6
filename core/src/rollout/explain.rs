//! Why one user is in or out: the whole answer, for whoever is asked.

use std::fmt;

use serde::Serialize;

use super::bucket::Bucket;
use super::decide::{Rollout, is_in};
use super::flags::{Allowed, Flag, Remark, Setting, Source, Told};
use super::overrides::{Force, Override};
use super::percentage::Percentage;
use super::user::User;
use crate::record::Timestamp;

/// What a flag is for a user, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The flag's name.
    pub flag: &'static str,
    /// What it is.
    pub value: Setting,
    /// Whether the user is among those that a percentage lets in; none of other flags.
    pub is_in: Option<bool>,
    /// By whose word.
    pub source: Source,
    /// The user's bucket, in millionths of a percent; none of flags that are no percentage.
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
    pub remarks: Vec<Remark>,
}

impl Rollout {
    /// What a flag is for a user, and why: by whose word, and in which bucket they are.
    ///
    /// ```
    /// use rehome_core::record::Timestamp;
    /// use rehome_core::rollout::{Flag, Flags, Overrides, Rollout, Said, User, Values};
    /// let remote = Values { version: Some(7), ..Values::of([("backfillRolloutPercentage", "50")]) };
    /// let flags = Flags::of(Said { remote: Some(&remote), ..Said::default() });
    /// let rollout = Rollout { flags, overrides: Overrides::default() };
    /// let why = rollout.explain(Flag::BackfillPercentage, &User::of("user-3718226"), Timestamp::from_millis(0));
    /// assert_eq!((why.is_in, why.bucket, why.template_version), (Some(true), Some(50_000_000), Some(7)));
    /// assert_eq!(why.rule, "bucket 50000000 is at most 50000000: in");
    /// ```
    pub fn explain(&self, flag: Flag, user: &User<'_>, now: Timestamp) -> Explanation {
        let told = self.flags.told(flag);
        let word = self.overrides.of(user, now);
        let name = flag.name();
        let remarks = self.flags.remarks().iter().filter(|remark| remark.name == name).cloned().collect();
        let plain = Explanation {
            flag: name,
            value: told.setting,
            is_in: None,
            source: told.source,
            bucket: None,
            threshold: None,
            rule: format!("{} from {}", told.setting, told.source),
            template_version: told.version,
            age_seconds: age_seconds(told, now),
            remarks,
        };
        match (flag, told.setting, word) {
            (_, Setting::Percentage(share), _) if is_of_users(flag) => within(plain, share, flag, user, word),
            (Flag::Stage, _, Some(word)) => match word.force {
                Force::Stage(stage) => Explanation {
                    value: Setting::Stage(Some(stage)),
                    rule: format!("forced to stage {stage} {}", because(word)),
                    ..by_word(plain)
                },
                Force::In | Force::Out => plain,
            },
            _ => plain,
        }
    }
}

/// Whether a percentage is one of users, and not of keys.
fn is_of_users(flag: Flag) -> bool {
    flag.spec().allowed == Allowed::Percentage && flag != Flag::ShadowPercentage
}

fn within(plain: Explanation, share: Percentage, flag: Flag, user: &User<'_>, word: Option<&Override>) -> Explanation {
    let bucket = Bucket::of(flag.name(), user.bucket_id).map(Bucket::micro_percent);
    let force = word.map(|word| word.force);
    let is_in = is_in(force, flag, share, user);
    let found = Explanation { is_in: Some(is_in), bucket, threshold: Some(share.micro_percent()), ..plain };
    match (word, bucket) {
        (Some(word), _) if matches!(word.force, Force::In | Force::Out) => {
            let way = if is_in { "in" } else { "out" };
            Explanation { rule: format!("forced {way} {}", because(word)), ..by_word(found) }
        }
        (_, None) => Explanation { rule: "without an id there is no bucket: out".to_owned(), ..found },
        (_, Some(_)) if share == Percentage::NONE => Explanation { rule: "0 is nobody: out".to_owned(), ..found },
        (_, Some(bucket)) => {
            let (compared, way) = if is_in { ("at most", "in") } else { ("above", "out") };
            Explanation { rule: format!("bucket {bucket} is {compared} {}: {way}", share.micro_percent()), ..found }
        }
    }
}

/// It is an override's word: no template says it.
fn by_word(plain: Explanation) -> Explanation {
    Explanation { source: Source::Override, template_version: None, age_seconds: None, ..plain }
}

fn because(word: &Override) -> String {
    let until = word.until.map(|until| format!(" until {until}")).unwrap_or_default();
    format!("by an override{until} ({})", word.reason)
}

pub(super) fn age_seconds(told: &Told, now: Timestamp) -> Option<u64> {
    told.fetched_at.map(|fetched| now.since(fetched).as_secs())
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} = {} ({}", self.flag, self.value, self.source)?;
        if let Some(version) = self.template_version {
            write!(out, ", version {version}")?;
        }
        if let Some(age) = self.age_seconds {
            write!(out, ", fetched {age} s ago")?;
        }
        write!(out, "): {}", self.rule)
    }
}
