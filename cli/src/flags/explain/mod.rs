//! `rehome flags explain`: what a flag is for somebody, and why.

mod looked;

use std::io::Write;

use clap::Args;
use rehome_core::record::Timestamp;
use rehome_core::rollout::{Explanation, Flag, Flags, Overrides, Remark, Rollout, Said, User, Values};
use serde::Serialize;
use serde_json::Number;

use super::evaluation::{Evaluated, Evaluation, undecided};
use super::template::{Context, Source, Value};
use crate::failure::Failure;
use crate::terminal::{self, clean};
use looked::{Asked, Part};

/// Say what a flag is for one user, and why: the condition that decided, the bucket, the threshold
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    evaluation: Evaluation,
    /// The flag
    #[arg(long, value_name = "NAME")]
    flag: String,
    /// The user
    #[arg(long, value_name = "UID")]
    user: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a flag is, and all that led to it.
#[derive(Serialize)]
struct Explained<'a> {
    flag: &'a str,
    user: &'a str,
    value: &'a str,
    /// `remote`, `default` or `static`, in Firebase's words.
    source: &'static str,
    /// The condition that decided, where one did.
    condition: Option<&'a str>,
    /// Whether the user is among those that one of Rehome's percentages lets in.
    is_in: Option<bool>,
    bucket: Option<u32>,
    threshold: Option<Number>,
    rule: String,
    template_version: Option<&'a str>,
    asked: Vec<Asked<'a>>,
    remarks: Vec<Remark>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { evaluation, flag, user, json } = arguments;
    if user.is_empty() {
        return Err(Failure::Usage("whose flag? --user UID".to_owned()));
    }
    let evaluated = evaluation.read()?;
    let explained = explain(&evaluated, flag, user)?;
    match json {
        true => terminal::print_json(&explained)?,
        false => print(&explained)?,
    }
    Ok(())
}

fn explain<'a>(evaluated: &'a Evaluated, flag: &'a str, user: &'a str) -> Result<Explained<'a>, Failure> {
    let Evaluated { template, signals, defaults } = evaluated;
    let context = Context { id: Some(user), signals };
    let mut asked: Vec<Asked<'a>> = Vec::new();
    let value = template.value(flag, defaults, &mut |at, condition| {
        let one = Asked::ask(&template.conditions[at].name, condition, context);
        let is_met = one.is_met;
        asked.push(one);
        is_met
    });
    let value = value.map_err(undecided)?;
    let known = Flag::named(flag).map(|known| by_rehome(known, &value, template.version.as_deref(), user));
    let by_percentage = known.as_ref().filter(|known| known.threshold.is_some());
    let (bucket, threshold) = match by_percentage {
        Some(known) => (known.bucket, known.threshold.map(Number::from)),
        None => by_condition(&asked),
    };
    Ok(Explained {
        flag,
        user,
        value: value.text,
        source: value.source.word(),
        condition: value.condition,
        is_in: known.as_ref().and_then(|known| known.is_in),
        bucket,
        threshold,
        rule: by_percentage.map_or_else(|| rule(&value), |known| known.rule.clone()),
        template_version: template.version.as_deref(),
        asked,
        remarks: known.map(|known| known.remarks).unwrap_or_default(),
    })
}

/// What Rehome makes of a flag of its own.
fn by_rehome(flag: Flag, value: &Value<'_>, version: Option<&str>, user: &str) -> Explanation {
    let entry = (value.source == Source::Remote).then_some((flag.name(), value.text));
    let version = version.and_then(|version| version.parse().ok());
    let values = Values { version, ..Values::of(entry) };
    let flags = Flags::of(Said { template: Some(&values), ..Said::default() });
    let rollout = Rollout { flags, overrides: Overrides::default() };
    // Only overrides end at some time, and there are none.
    rollout.explain(flag, &User::of(user), Timestamp::from_millis(0))
}

/// The bucket that the conditions looked at: the last one of the condition that decided, which is the last one asked,
/// or of all where none did.
fn by_condition(asked: &[Asked<'_>]) -> (Option<u32>, Option<Number>) {
    let looked = asked.iter().rev().flat_map(|one| one.looked.iter().rev());
    let percent = looked.filter_map(|looked| match &looked.part {
        Part::Percent { bucket, threshold, .. } => Some((*bucket, threshold.clone())),
        Part::CustomSignal { .. } | Part::Fixed | Part::Unknown => None,
    });
    percent.into_iter().next().unwrap_or_default()
}

fn rule(value: &Value<'_>) -> String {
    match (value.source, value.condition) {
        (Source::Remote, Some(condition)) => format!("condition \"{condition}\" is met"),
        (Source::Remote, None) => "no condition is met: the template's default value".to_owned(),
        (_, Some(condition)) => format!("condition \"{condition}\" is met, and leaves it to the app"),
        (Source::Default, None) => "the template leaves it to the app".to_owned(),
        (Source::Static, None) => "neither the template nor the app has it: an empty text".to_owned(),
    }
}

fn print(explained: &Explained<'_>) -> Result<(), Failure> {
    let mut out = terminal::out();
    let Explained { flag, user, value, source, .. } = explained;
    writeln!(out, "{} is \"{}\" for {}", clean(flag), clean(value), clean(user))?;
    let version = explained.template_version.map(|version| format!(", template version {version}"));
    writeln!(out, "source      {source}{}", clean(version.unwrap_or_default()))?;
    if let Some(condition) = explained.condition {
        writeln!(out, "condition   {}", clean(condition))?;
    }
    writeln!(out, "rule        {}", clean(&explained.rule))?;
    if let Some(bucket) = explained.bucket {
        let threshold = explained.threshold.as_ref().map(|threshold| format!(", threshold {threshold}"));
        writeln!(out, "bucket      {bucket}{}", threshold.unwrap_or_default())?;
    }
    for asked in &explained.asked {
        writeln!(out, "asked       {asked}")?;
    }
    explained.remarks.iter().try_for_each(|remark| writeln!(out, "remark      {}", clean(remark)))?;
    Ok(out.flush()?)
}
