//! Every flag at a glance, as the app and its logs show it.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::decide::Rollout;
use super::explain::age_seconds;
use super::flags::{Decisions, Flag, Setting, Source, Tuning};
use crate::record::Timestamp;

/// Every flag as it is now, by whose word, and what is wrong with what the channels say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The flags that decide.
    pub decisions: Decisions,
    /// The flags that tune.
    pub tuning: Tuning,
    /// Every flag in the order of the table.
    pub flags: Vec<Line>,
    /// What is wrong, and why a stop document says what it says: a sentence each.
    pub remarks: Vec<String>,
    /// How many overrides count now.
    pub overrides: usize,
}

/// One flag as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its name.
    #[serde(skip)]
    pub name: &'static str,
    /// What it is.
    pub value: Setting,
    /// By whose word.
    pub source: Source,
    /// In which version of the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_version: Option<u64>,
    /// How many seconds ago that was fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<u64>,
}

impl Rollout {
    /// Every flag as it is now.
    pub fn migration_status(&self, now: Timestamp) -> MigrationStatus {
        let line = |flag: Flag| {
            let told = self.flags.told(flag);
            let (value, source, template_version) = (told.setting, told.source, told.version);
            Line { name: flag.name(), value, source, template_version, age_seconds: age_seconds(told, now) }
        };
        let reason = self.flags.reason().map(|reason| format!("the stop document says: {reason}"));
        MigrationStatus {
            decisions: self.flags.decisions(),
            tuning: self.flags.tuning(),
            flags: Flag::ALL.map(line).into(),
            remarks: self.flags.remarks().iter().map(ToString::to_string).chain(reason).collect(),
            overrides: self.overrides.iter().filter(|one| one.counts(now)).count(),
        }
    }

    /// Hands the status to a log, a line at a time: every flag, and what is wrong. No user is named.
    pub fn log_current_status(&self, now: Timestamp, mut log: impl FnMut(&str)) {
        self.migration_status(now).to_string().lines().for_each(&mut log);
    }
}

impl fmt::Display for MigrationStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.flags {
            writeln!(out, "{line}")?;
        }
        for remark in &self.remarks {
            writeln!(out, "{remark}")?;
        }
        if self.overrides > 0 {
            writeln!(out, "{} overrides for single users and devices", self.overrides)?;
        }
        Ok(())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} = {} ({}", self.name, self.value, self.source)?;
        if let Some(version) = self.template_version {
            write!(out, ", version {version}")?;
        }
        if let Some(age) = self.age_seconds {
            write!(out, ", fetched {age} s ago")?;
        }
        out.write_str(")")
    }
}

impl Serialize for MigrationStatus {
    /// The flags by their names, and the rest under names that no flag has.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for line in &self.flags {
            map.serialize_entry(line.name, line)?;
        }
        map.serialize_entry("remarks", &self.remarks)?;
        map.serialize_entry("overrides", &self.overrides)?;
        map.end()
    }
}
