//! What the channels say, made one: who wins, and what is kept where a text is wrong.

use std::fmt;

use serde::Serialize;

use super::good::LastGood;
use super::remark::Remark;
use super::setting::{Allowed, Setting};
use super::table::{Flag, Spec};
use crate::record::Timestamp;
use crate::rollout::values::Values;

/// Who says what a flag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Somebody's word for one user or one device.
    Override,
    /// A file beside the app, for development.
    File,
    /// Remote Config, as it is in force here.
    Remote,
    /// A template that was evaluated here.
    Template,
    /// A document that only ever tightens.
    StopDocument,
    /// What was good when it was heard last.
    LastGood,
    /// Nobody from afar: what the app was built with.
    App,
    /// Nobody at all: the table's default.
    Default,
}

/// What every channel says. A file wins over what is said from afar; a template takes the place of Remote Config where
/// there is none of that; a stop document makes the result stricter, and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// A file for development.
    pub file: Option<&'a Values>,
    /// Remote Config.
    pub remote: Option<&'a Values>,
    /// A template that was evaluated here.
    pub template: Option<&'a Values>,
    /// The stop document.
    pub stop: Option<&'a Values>,
    /// What was good before.
    pub good: Option<&'a LastGood>,
    /// What the app was built with, in place of the table's defaults.
    pub app: Option<&'a Values>,
}

/// What a flag is, and by whose word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub setting: Setting,
    /// Who says so.
    pub source: Source,
    /// In which version of the template.
    pub version: Option<u64>,
    /// When that was fetched.
    pub fetched_at: Option<Timestamp>,
}

/// Every flag as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags {
    /// What counts.
    told: [Told; Flag::ALL.len()],
    /// The same without what the file and the stop document say.
    heard: [Told; Flag::ALL.len()],
    remarks: Vec<Remark>,
    reason: Option<String>,
}

/// The word with which a stop document stops everything, and the one that says why.
const STOP: &str = "stop";
const REASON: &str = "reason";

impl Flags {
    /// What all channels come to. A text that is not allowed keeps the last good one, which a remark says.
    ///
    /// ```
    /// use rehome_core::rollout::{Flag, Flags, Said, Values};
    /// let remote = Values::of([("backfillRolloutPercentage", "10"), ("backfillBatchSize", "many")]);
    /// let flags = Flags::of(Said { remote: Some(&remote), ..Said::default() });
    /// assert_eq!(flags.told(Flag::BackfillPercentage).setting.to_string(), "10");
    /// assert_eq!(
    ///     flags.remarks()[0].to_string(),
    ///     "backfillBatchSize is `many` in Remote Config and may be a whole number from 1 to 500; the default, 200 counts"
    /// );
    /// ```
    pub fn of(said: Said<'_>) -> Self {
        let mut remarks = Vec::new();
        let heard = Flag::ALL.map(|flag| heard(flag, &said, &mut remarks));
        let filed = Flag::ALL.map(|flag| filed(flag, &said, heard[flag as usize], &mut remarks));
        let told = Flag::ALL.map(|flag| tightened(flag, &said, filed[flag as usize], &mut remarks));
        let stop = said.stop.into_iter().flat_map(|values| &values.entries);
        let has_say =
            |name: &str| matches!(name, STOP | REASON) || Flag::named(name).is_some_and(|flag| flag.spec().tightens);
        let no_say = stop.filter(|(name, _)| !has_say(name));
        remarks.extend(no_say.map(|(name, text)| Remark::no_say(name, Source::StopDocument, text)));
        let reason = said.stop.and_then(|values| values.entries.get(REASON)).cloned();
        Self { told, heard, remarks, reason }
    }

    /// What a flag is.
    pub fn told(&self, flag: Flag) -> &Told {
        &self.told[flag as usize]
    }

    /// What is wrong with what the channels say.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Why a stop document says what it says.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// What a flag is from afar, whatever a file or a stop document says.
    pub(super) fn heard(&self, flag: Flag) -> &Told {
        &self.heard[flag as usize]
    }
}

/// What is said of a flag from afar.
fn heard(flag: Flag, said: &Said<'_>, remarks: &mut Vec<Remark>) -> Told {
    let spec = flag.spec();
    let default = unsaid(spec, said.app, remarks);
    let good = || said.good.and_then(|good| good.told(flag)).unwrap_or(default);
    let afar = [(Source::Remote, said.remote), (Source::Template, said.template)];
    let Some((source, values)) = afar.into_iter().find_map(|(source, values)| Some((source, values?))) else {
        return good();
    };
    // Whoever is asked and does not name it says that the default is meant.
    let Some(text) = values.entries.get(spec.name) else { return default };
    read(spec, source, values, text).unwrap_or_else(|| {
        let good = good();
        remarks.push(Remark::not_allowed(spec, source, text, good.setting, good.source));
        good
    })
}

/// What a flag is where nobody says anything of it.
fn unsaid(spec: &Spec, app: Option<&Values>, remarks: &mut Vec<Remark>) -> Told {
    // The table's own test holds every default against what is allowed.
    let setting = spec.allowed.read(spec.default).unwrap_or(Setting::Switch(false));
    let default = Told { setting, source: Source::Default, version: None, fetched_at: None };
    let entry = app.and_then(|values| Some((values, values.entries.get(spec.name)?)));
    let Some((values, text)) = entry else { return default };
    read(spec, Source::App, values, text).unwrap_or_else(|| {
        remarks.push(Remark::not_allowed(spec, Source::App, text, default.setting, default.source));
        default
    })
}

/// What a file makes of it.
fn filed(flag: Flag, said: &Said<'_>, heard: Told, remarks: &mut Vec<Remark>) -> Told {
    let spec = flag.spec();
    let entry = said.file.and_then(|values| Some((values, values.entries.get(spec.name)?)));
    let Some((values, text)) = entry else { return heard };
    read(spec, Source::File, values, text).unwrap_or_else(|| {
        remarks.push(Remark::not_allowed(spec, Source::File, text, heard.setting, heard.source));
        heard
    })
}

/// What a stop document makes of it: what it says and cannot be understood is the strictest that it could mean.
fn tightened(flag: Flag, said: &Said<'_>, loose: Told, remarks: &mut Vec<Remark>) -> Told {
    let (spec, source) = (flag.spec(), Source::StopDocument);
    let Some((values, strictest)) = said.stop.filter(|_| spec.tightens).zip(spec.allowed.strictest()) else {
        return loose;
    };
    let strictly = Told { setting: strictest, source, version: values.version, fetched_at: values.fetched_at };
    let stops = flag == Flag::Backfill && values.entries.get(STOP).is_some_and(|text| is_stop(text));
    let own = values.entries.get(spec.name).map(|text| {
        read(spec, source, values, text).unwrap_or_else(|| {
            remarks.push(Remark::not_allowed(spec, source, text, strictest, source));
            strictly
        })
    });
    let tight = if stops { Some(strictly) } else { own };
    tight.filter(|tight| tight.setting.is_stricter_than(loose.setting)).unwrap_or(loose)
}

/// Whether a stop document's word is meant as one: everything is, but what clearly is not.
fn is_stop(text: &str) -> bool {
    Allowed::Switch.read(text) != Some(Setting::Switch(false))
}

fn read(spec: &Spec, source: Source, values: &Values, text: &str) -> Option<Told> {
    let setting = spec.allowed.read(text)?;
    Some(Told { setting, source, version: values.version, fetched_at: values.fetched_at })
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Source::Override => "an override",
            Source::File => "the local file",
            Source::Remote => "Remote Config",
            Source::Template => "the template",
            Source::StopDocument => "the stop document",
            Source::LastGood => "the last good values",
            Source::App => "the app's defaults",
            Source::Default => "the defaults",
        })
    }
}
