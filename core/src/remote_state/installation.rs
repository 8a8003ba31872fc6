//! How far one installation's migration came.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fields::{Reader, Writer, combined};
use crate::journal::{Counters, Run, Status};
use crate::record::{Map, Timestamp, Value};

/// The longest reason for standing still, in characters.
const LONGEST_REASON: usize = 500;

/// How far one installation's migration came, as its document in the target says.
///
/// It only grows: [`join`](Self::join) of what several processes of the installation know is the same in whatever
/// order it is learnt, and never less than any of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallationState {
    /// Counts from one.
    pub generation: u32,
    /// How the generation stands.
    pub status: Status,
    /// When the generation began.
    pub started: Timestamp,
    /// When it was finished first.
    pub finished: Option<Timestamp>,
    /// For how long somebody was at work on it.
    pub worked: Duration,
    /// What became of the records.
    pub counters: Counters,
    /// What went wrong, by kind, and how often.
    pub errors: BTreeMap<String, u64>,
    /// What was said last.
    pub last: LastWord,
}

/// What is true of an installation until it says something else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastWord {
    /// When the installation was heard of.
    pub heartbeat: Timestamp,
    /// Why it stands still until somebody acts, where it does.
    pub paused: Option<String>,
    /// The fingerprint of its plan, in hexadecimal.
    pub fingerprint: String,
    /// What it is that migrates.
    pub about: About,
}

/// What it is that migrates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// The plan's name.
    pub plan: String,
    /// The plan's version.
    pub plan_version: i64,
    /// The version of this library.
    pub library: String,
    /// The version of the app, where it says one.
    pub app: Option<String>,
}

impl About {
    /// This library with a plan, in an app of this version.
    pub fn new(plan: impl Into<String>, plan_version: i64, app: Option<String>) -> Self {
        Self { plan: plan.into(), plan_version, library: env!("CARGO_PKG_VERSION").to_owned(), app }
    }
}

impl InstallationState {
    /// What a run in the journal says now, beside the errors that were met and the time that it took.
    pub(super) fn of(
        run: &Run,
        about: &About,
        errors: BTreeMap<String, u64>,
        worked: Duration,
        now: Timestamp,
    ) -> Self {
        let paused = run.paused.as_deref().map(|why| why.chars().take(LONGEST_REASON).collect());
        Self {
            generation: run.generation,
            status: run.status,
            started: run.started,
            finished: run.finished,
            worked,
            counters: run.counters,
            errors,
            last: LastWord { heartbeat: now, paused, fingerprint: run.fingerprint.to_string(), about: about.clone() },
        }
    }

    /// Generation and status, which only grow.
    pub fn standing(&self) -> (u32, Status) {
        (self.generation, self.status)
    }

    /// What is known when both are: the later generation, or of one and the same the further of each.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        if self.generation != other.generation {
            return if self.generation > other.generation { self } else { other };
        }
        let mut errors = self.errors;
        for (kind, count) in other.errors {
            let ours = errors.entry(kind).or_default();
            *ours = count.max(*ours);
        }
        Self {
            generation: self.generation,
            status: self.status.max(other.status),
            started: self.started.min(other.started),
            finished: earlier(self.finished, other.finished),
            worked: self.worked.max(other.worked),
            counters: combined(self.counters, other.counters, u64::max),
            errors,
            last: self.last.max(other.last),
        }
    }

    /// The fields of its document.
    pub fn to_fields(&self) -> Map {
        let LastWord { heartbeat, paused, fingerprint, about } = &self.last;
        let plan = Writer::default()
            .text("name", &about.plan)
            .value("version", Value::Int(about.plan_version))
            .text("fingerprint", fingerprint);
        Writer::default()
            .standing(self.generation, self.status)
            .moment("startedAt", self.started)
            .moment("heartbeatAt", *heartbeat)
            .maybe("finishedAt", self.finished.map(Value::Timestamp))
            .number("workedMillis", u64::try_from(self.worked.as_millis()).unwrap_or(u64::MAX))
            .counters(self.counters)
            .errors(&self.errors)
            .maybe("paused", paused.clone().map(Value::String))
            .value("plan", Value::Map(plan.done()))
            .text("library", &about.library)
            .maybe("app", about.app.clone().map(Value::String))
            .done()
    }

    /// From the fields of its document; none where they are of a version that this one does not understand.
    pub fn from_fields(fields: &Map) -> Option<Self> {
        let fields = Reader(fields);
        let text = |name| fields.text(name).map(str::to_owned);
        let (generation, status) = fields.standing()?;
        let nothing = Map::new();
        let plan = fields.inner("plan").unwrap_or(Reader(&nothing));
        let in_plan = |name| plan.text(name).unwrap_or_default().to_owned();
        Some(Self {
            generation,
            status,
            started: fields.moment("startedAt")?,
            finished: fields.moment("finishedAt"),
            worked: fields.millis("workedMillis").unwrap_or_default(),
            counters: fields.counters(),
            errors: fields.errors(),
            last: LastWord {
                heartbeat: fields.moment("heartbeatAt")?,
                paused: text("paused"),
                fingerprint: in_plan("fingerprint"),
                about: About {
                    plan: in_plan("name"),
                    plan_version: plan.integer("version").unwrap_or_default(),
                    library: text("library").unwrap_or_default(),
                    app: text("app"),
                },
            },
        })
    }
}

/// The earlier of two moments; of one and none the one.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
pub(super) mod tests;
