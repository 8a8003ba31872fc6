//! The conditions of a server's template, and who meets them.

use rehome_core::rollout::Bucket;

use super::context::Context;
use super::signal::SignalRule;

/// As deep as conditions may lie in one another. Firebase counts two levels for each, and what lies deeper counts as
/// not met.
pub(super) const DEEPEST: u32 = 10;
/// What it counts from a condition to those in it.
pub(super) const STEP: u32 = 2;

/// A condition, as deep as it goes.
#[derive(Debug)]
pub(crate) enum Condition {
    /// One of them is met.
    Any(Vec<Condition>),
    /// All of them are met.
    All(Vec<Condition>),
    /// Always, or never.
    Fixed(bool),
    /// The bucket lies where the rule says.
    Percent(PercentRule),
    /// A signal is as the rule says.
    Signal(SignalRule),
    /// Of a kind that is not known here. Firebase's libraries hold what they do not know for not met.
    Unknown,
}

/// Where a bucket has to lie.
#[derive(Debug)]
pub(crate) struct PercentRule {
    pub(crate) seed: String,
    pub(crate) range: PercentRange,
}

/// In millionths of a percent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PercentRange {
    /// At most here, `LESS_OR_EQUAL`.
    AtMost(f64),
    /// Beyond it, `GREATER_THAN`.
    Above(f64),
    /// Beyond the first and at most at the second, `BETWEEN`.
    Between(f64, f64),
    /// No operator, or one that is not known here.
    Unknown,
}

/// A condition without others in it that was looked at, and what came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    pub(crate) condition: &'a Condition,
    /// The bucket, where it was asked for and there is one.
    pub(crate) bucket: Option<Bucket>,
    pub(crate) is_met: bool,
}

impl Condition {
    /// Whether it is met. Conditions are looked at in their order, and no further than is needed; `looked` is told of
    /// each.
    pub(crate) fn is_met<'a>(&'a self, context: Context<'_>, looked: &mut impl FnMut(Look<'a>)) -> bool {
        self.is_met_at(0, context, looked)
    }

    /// Gives every percentage in it.
    pub(crate) fn percent_rules<'a>(&'a self, found: &mut impl FnMut(&'a PercentRule)) {
        match self {
            Self::Any(conditions) | Self::All(conditions) => {
                conditions.iter().for_each(|condition| condition.percent_rules(found));
            }
            Self::Percent(rule) => found(rule),
            Self::Fixed(_) | Self::Signal(_) | Self::Unknown => {}
        }
    }

    fn is_met_at<'a>(&'a self, level: u32, context: Context<'_>, looked: &mut impl FnMut(Look<'a>)) -> bool {
        if level >= DEEPEST {
            return false;
        }
        let below = level + STEP;
        let (bucket, is_met) = match self {
            Self::Any(conditions) => {
                return conditions.iter().any(|condition| condition.is_met_at(below, context, looked));
            }
            Self::All(conditions) => {
                return conditions.iter().all(|condition| condition.is_met_at(below, context, looked));
            }
            Self::Fixed(is_met) => (None, *is_met),
            Self::Unknown => (None, false),
            Self::Signal(rule) => (None, rule.is_met(context)),
            Self::Percent(rule) => {
                let bucket = context.id.and_then(|id| Bucket::of(&rule.seed, id));
                (bucket, bucket.is_some_and(|bucket| rule.range.takes(bucket)))
            }
        };
        looked(Look { condition: self, bucket, is_met });
        is_met
    }
}

impl PercentRange {
    /// Whether a bucket lies in it.
    pub(crate) fn takes(self, bucket: Bucket) -> bool {
        let bucket = f64::from(bucket.micro_percent());
        match self {
            Self::AtMost(limit) => bucket <= limit,
            Self::Above(limit) => bucket > limit,
            Self::Between(lower, upper) => bucket > lower && bucket <= upper,
            Self::Unknown => false,
        }
    }
}
