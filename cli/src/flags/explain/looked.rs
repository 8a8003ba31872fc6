//! The conditions that were asked, and what was looked at in each.

use std::fmt;

use rehome_core::rollout::Bucket;
use serde::Serialize;
use serde_json::Number;

use crate::flags::template::{Condition, Context, Look, PercentRange, PercentRule, SignalRule};
use crate::terminal::clean;

/// A condition that was asked.
#[derive(Serialize)]
pub(super) struct Asked<'a> {
    condition: &'a str,
    pub(super) is_met: bool,
    pub(super) looked: Vec<Looked<'a>>,
}

/// A part of it that was looked at, and what came of it.
#[derive(Serialize)]
pub(super) struct Looked<'a> {
    #[serde(flatten)]
    pub(super) part: Part<'a>,
    is_met: bool,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Part<'a> {
    Percent {
        seed: &'a str,
        operator: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        lower: Option<Number>,
        threshold: Option<Number>,
        bucket: Option<u32>,
    },
    CustomSignal {
        key: &'a str,
        operator: &'a str,
    },
    Fixed,
    Unknown,
}

impl<'a> Asked<'a> {
    /// Asks a condition.
    pub(super) fn ask(name: &'a str, condition: &'a Condition, context: Context<'_>) -> Self {
        let mut looked = Vec::new();
        let is_met = condition.is_met(context, &mut |look: Look<'a>| looked.push(Looked::of(look)));
        Self { condition: name, is_met, looked }
    }
}

impl<'a> Looked<'a> {
    fn of(look: Look<'a>) -> Self {
        let part = match look.condition {
            Condition::Percent(rule) => Part::percent(rule, look.bucket),
            Condition::Signal(SignalRule { key, operator, .. }) => Part::CustomSignal { key, operator },
            Condition::Fixed(_) => Part::Fixed,
            // Those that have others in them are not looked at themselves.
            Condition::Unknown | Condition::Any(_) | Condition::All(_) => Part::Unknown,
        };
        Self { part, is_met: look.is_met }
    }
}

impl<'a> Part<'a> {
    fn percent(rule: &'a PercentRule, bucket: Option<Bucket>) -> Self {
        let (operator, lower, threshold) = match rule.range {
            PercentRange::AtMost(limit) => ("LESS_OR_EQUAL", None, Some(limit)),
            PercentRange::Above(limit) => ("GREATER_THAN", None, Some(limit)),
            PercentRange::Between(lower, upper) => ("BETWEEN", Some(lower), Some(upper)),
            PercentRange::Unknown => ("", None, None),
        };
        let bucket = bucket.map(Bucket::micro_percent);
        Part::Percent {
            seed: &rule.seed,
            operator,
            lower: lower.and_then(number),
            threshold: threshold.and_then(number),
            bucket,
        }
    }
}

/// Whole where it is: limits are, unless somebody wrote something else.
fn number(limit: f64) -> Option<Number> {
    let whole = limit as i64;
    if whole as f64 == limit { Some(whole.into()) } else { Number::from_f64(limit) }
}

impl fmt::Display for Looked<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let met = if self.is_met { "met" } else { "not met" };
        match &self.part {
            Part::Percent { bucket: None, .. } => write!(out, "a percentage, and no id to ask for: {met}"),
            Part::Percent { threshold: None, .. } => {
                write!(out, "a percentage with an operator that is not known: {met}")
            }
            Part::Percent { seed, operator, lower, threshold: Some(threshold), bucket: Some(bucket) } => {
                let seed = if seed.is_empty() { "no seed".to_owned() } else { format!("seed \"{seed}\"") };
                match (lower, *operator) {
                    (Some(lower), _) => write!(out, "bucket {bucket}, between {lower} and {threshold} ({seed}): {met}"),
                    (None, "GREATER_THAN") => write!(out, "bucket {bucket}, above {threshold} ({seed}): {met}"),
                    (None, _) => write!(out, "bucket {bucket}, at most {threshold} ({seed}): {met}"),
                }
            }
            Part::CustomSignal { key, operator } => write!(out, "signal \"{key}\" {operator}: {met}"),
            Part::Fixed => write!(out, "always {}: {met}", self.is_met),
            Part::Unknown => write!(out, "of a kind that is not known here: {met}"),
        }
    }
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", clean(self.condition), if self.is_met { "met" } else { "not met" })?;
        self.looked.iter().try_for_each(|looked| write!(out, "\n              {}", clean(looked)))
    }
}
