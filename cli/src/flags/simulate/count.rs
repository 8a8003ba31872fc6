//! Counts who gets what. Each condition is asked once for each user, however many flags depend on it.

use std::collections::BTreeSet;

use rehome_core::rollout::{Allowed, Bucket, Flag, Percentage};
use serde::Serialize;

use crate::flags::evaluation::Evaluated;
use crate::flags::template::{Condition, Context, Parameter, PercentRange, Rule, Template, Undecided};

/// The percentages that everybody asks for.
const STEPS: [u32; 9] = [0, 1, 5, 10, 25, 50, 75, 90, 100];

/// So many users between two words of progress.
const TELL_EVERY: u64 = 1 << 16;

/// Who gets what.
#[derive(Serialize)]
pub(super) struct Simulated<'a> {
    pub(super) users: u64,
    pub(super) template_version: Option<&'a str>,
    pub(super) flags: Vec<Counted<'a>>,
    pub(super) ladders: Vec<Ladder<'a>>,
}

/// A flag, and who gets which of its values.
#[derive(Serialize)]
pub(super) struct Counted<'a> {
    pub(super) flag: &'a str,
    pub(super) values: Vec<Share<'a>>,
    /// How many users one of Rehome's percentages lets in.
    #[serde(rename = "in")]
    pub(super) are_in: Option<u64>,
}

/// How many get a value.
#[derive(Serialize)]
pub(super) struct Share<'a> {
    pub(super) value: &'a str,
    pub(super) source: &'static str,
    pub(super) condition: Option<&'a str>,
    pub(super) users: u64,
    #[serde(skip)]
    share: Option<Percentage>,
}

/// How many users are in at each percentage of a seed.
#[derive(Serialize)]
pub(super) struct Ladder<'a> {
    pub(super) seed: &'a str,
    /// The flags and conditions that draw with it.
    pub(super) of: Vec<String>,
    pub(super) steps: Vec<Step>,
}

#[derive(Serialize)]
pub(super) struct Step {
    pub(super) micro_percent: u32,
    pub(super) users: u64,
    /// Whether a flag or a condition stands here now.
    pub(super) is_now: bool,
}

/// What is counted for one flag.
struct Tally<'a> {
    parameter: &'a Parameter,
    /// Of each value by condition, in their order, and last the default value.
    shares: Vec<Share<'a>>,
    /// Where it is one of Rehome's percentages.
    percentage: Option<Flag>,
    are_in: u64,
}

impl<'a> Simulated<'a> {
    /// Counts all of these users; of the flags these, or all that are not the same for everybody. `progress` hears now
    /// and then how many were counted.
    ///
    /// # Errors
    /// A flag depends on what Google alone can evaluate.
    pub(super) fn of(
        evaluated: &'a Evaluated,
        flags: &[String],
        ids: impl Iterator<Item = String>,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, Undecided<'a>> {
        let Evaluated { template, signals, .. } = evaluated;
        let wanted = |parameter: &&Parameter| match flags {
            [] => !parameter.conditional.is_empty() || Flag::named(&parameter.name).is_some(),
            flags => flags.contains(&parameter.name),
        };
        let mut tallies: Vec<Tally<'a>> =
            template.parameters.iter().filter(wanted).map(|parameter| Tally::new(parameter, evaluated)).collect();
        let mut climbs = Climb::all(template, &tallies);
        let mut known: Vec<Option<bool>> = Vec::new();
        let mut users = 0;
        for id in ids {
            users += 1;
            if users % TELL_EVERY == 0 {
                progress(users);
            }
            known.clear();
            known.resize(template.conditions.len(), None);
            let context = Context { id: Some(&id), signals };
            let mut is_met = |at: usize, condition: &'a Condition| {
                *known[at].get_or_insert_with(|| condition.is_met(context, &mut |_| {}))
            };
            for tally in &mut tallies {
                tally.count(template, &id, &mut is_met)?;
            }
            climbs.iter_mut().for_each(|climb| climb.count(&id));
        }
        Ok(Self {
            users,
            template_version: template.version.as_deref(),
            flags: tallies.into_iter().map(Tally::counted).collect(),
            ladders: climbs.into_iter().map(Climb::ladder).collect(),
        })
    }
}

impl<'a> Tally<'a> {
    fn new(parameter: &'a Parameter, evaluated: &'a Evaluated) -> Self {
        let percentage = Flag::named(&parameter.name).filter(|flag| flag.spec().allowed == Allowed::Percentage);
        let places = (0..parameter.conditional.len()).map(Some).chain([None]);
        let shares = places.map(|place| {
            let value = evaluated.template.value_by(parameter, place, &evaluated.defaults);
            let share = percentage.and_then(|_| value.text.parse().ok());
            Share { value: value.text, source: value.source.word(), condition: value.condition, users: 0, share }
        });
        Self { parameter, shares: shares.collect(), percentage, are_in: 0 }
    }

    fn count(
        &mut self,
        template: &'a Template,
        id: &str,
        is_met: &mut impl FnMut(usize, &'a Condition) -> bool,
    ) -> Result<(), Undecided<'a>> {
        let deciding = template.deciding(self.parameter, is_met)?;
        let place = deciding.unwrap_or(self.parameter.conditional.len());
        let share = &mut self.shares[place];
        share.users += 1;
        let bucket = self.percentage.and_then(|flag| Bucket::of(flag.name(), id));
        if let (Some(bucket), Some(percentage)) = (bucket, share.share) {
            self.are_in += u64::from(percentage.admits(bucket));
        }
        Ok(())
    }

    fn counted(self) -> Counted<'a> {
        let are_in = self.percentage.map(|_| self.are_in);
        Counted { flag: &self.parameter.name, values: self.shares, are_in }
    }
}

/// A seed, and how many are in at each of some thresholds.
struct Climb<'a> {
    seed: &'a str,
    of: Vec<String>,
    now: BTreeSet<u32>,
    steps: Vec<(u32, u64)>,
}

impl<'a> Climb<'a> {
    /// One for each seed that a flag or a condition draws with.
    fn all(template: &'a Template, tallies: &[Tally<'a>]) -> Vec<Self> {
        let mut climbs: Vec<Self> = Vec::new();
        for tally in tallies.iter().filter(|tally| tally.percentage.is_some()) {
            let now = tally.shares.iter().filter_map(|share| share.share).map(Percentage::micro_percent);
            add(&mut climbs, &tally.parameter.name, format!("flag {}", tally.parameter.name), now);
        }
        let asked: BTreeSet<usize> =
            tallies.iter().flat_map(|tally| tally.parameter.conditional.iter().map(|(at, _)| *at)).collect();
        for at in asked {
            let named = &template.conditions[at];
            let Rule::Tree(condition) = &named.rule else { continue };
            condition.percent_rules(&mut |rule| {
                let limits = match rule.range {
                    PercentRange::AtMost(limit) | PercentRange::Above(limit) => [Some(limit), None],
                    PercentRange::Between(lower, upper) => [Some(lower), Some(upper)],
                    PercentRange::Unknown => [None, None],
                };
                let limits =
                    limits.into_iter().flatten().map(|limit| limit.clamp(0.0, f64::from(Bucket::COUNT)) as u32);
                let limits = limits.filter(|limit| *limit > 0);
                add(&mut climbs, &rule.seed, format!("condition {}", named.name), limits);
            });
        }
        for climb in &mut climbs {
            let usual = STEPS.map(|percent| Percentage::of(percent).micro_percent());
            let all: BTreeSet<u32> = usual.into_iter().chain(climb.now.iter().copied()).collect();
            climb.steps = all.into_iter().map(|threshold| (threshold, 0)).collect();
        }
        climbs
    }

    fn count(&mut self, id: &str) {
        let Some(bucket) = Bucket::of(self.seed, id).map(Bucket::micro_percent) else { return };
        // Nobody is in at zero, whatever the bucket.
        let first = self.steps.partition_point(|(threshold, _)| *threshold == 0 || *threshold < bucket);
        if let Some((_, users)) = self.steps.get_mut(first) {
            *users += 1;
        }
    }

    /// Whoever is in at one threshold is in at each higher one.
    fn ladder(self) -> Ladder<'a> {
        let Self { seed, of, now, steps } = self;
        let climbed = steps.into_iter().scan(0, |below, (micro_percent, users)| {
            *below += users;
            Some(Step { micro_percent, users: *below, is_now: now.contains(&micro_percent) })
        });
        Ladder { seed, of, steps: climbed.collect() }
    }
}

fn add<'a>(climbs: &mut Vec<Climb<'a>>, seed: &'a str, of: String, now: impl Iterator<Item = u32>) {
    let at = climbs.iter().position(|climb| climb.seed == seed).unwrap_or_else(|| {
        climbs.push(Climb { seed, of: Vec::new(), now: BTreeSet::new(), steps: Vec::new() });
        climbs.len() - 1
    });
    let climb = &mut climbs[at];
    climb.now.extend(now);
    if !climb.of.contains(&of) {
        climb.of.push(of);
    }
}
