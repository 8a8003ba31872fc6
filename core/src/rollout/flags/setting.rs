//! The kinds of values that flags have, and how each is read from a text.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::rollout::percentage::Percentage;
use crate::rollout::stage::Stage;

/// What a flag may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// On or off, in Firebase's words for it.
    Switch,
    /// From 0 to 100.
    Percentage,
    /// A whole number.
    Whole {
        /// At least.
        least: u32,
        /// At most.
        most: u32,
    },
    /// A stage by its name, or `auto` where the switches decide.
    Stage,
    /// How much is logged.
    LogLevel,
}

/// What a flag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// On or off.
    Switch(bool),
    /// A share of all.
    Percentage(Percentage),
    /// A number.
    Whole(u32),
    /// A stage; none where the switches decide.
    Stage(Option<Stage>),
    /// How much is logged.
    LogLevel(LogLevel),
}

/// How much is logged; each says what those before it say too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What somebody should look at.
    #[default]
    Warning,
    /// What happens.
    Info,
    /// Everything, to find a mistake.
    Debug,
}

const ON: [&str; 6] = ["1", "true", "t", "yes", "y", "on"];
/// No text at all is off, as in Firebase's own clients.
const OFF: [&str; 7] = ["0", "false", "f", "no", "n", "off", ""];
const LEVELS: [LogLevel; 5] = [LogLevel::Off, LogLevel::Error, LogLevel::Warning, LogLevel::Info, LogLevel::Debug];
const AUTO: &str = "auto";

impl Allowed {
    /// What a text stands for; none where it is not allowed.
    ///
    /// ```
    /// use rehome_core::rollout::{Allowed, Setting};
    /// assert_eq!(Allowed::Switch.read("Yes"), Some(Setting::Switch(true)));
    /// assert_eq!(Allowed::Whole { least: 1, most: 500 }.read("501"), None);
    /// ```
    pub fn read(self, text: &str) -> Option<Setting> {
        let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        match self {
            Allowed::Switch if is_one_of(&ON) => Some(Setting::Switch(true)),
            Allowed::Switch if is_one_of(&OFF) => Some(Setting::Switch(false)),
            Allowed::Switch => None,
            Allowed::Percentage => text.parse().ok().map(Setting::Percentage),
            Allowed::Whole { least, most } => {
                let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
                let number = text.parse().ok().filter(|number| is_number && (least..=most).contains(number));
                number.map(Setting::Whole)
            }
            Allowed::Stage if is_one_of(&[AUTO]) => Some(Setting::Stage(None)),
            Allowed::Stage => Stage::named(text).map(|stage| Setting::Stage(Some(stage))),
            Allowed::LogLevel => LEVELS.into_iter().find(|level| is_one_of(&[level.word()])).map(Setting::LogLevel),
        }
    }

    /// The least that can be said, where less is stricter.
    pub(super) fn strictest(self) -> Option<Setting> {
        match self {
            Allowed::Switch => Some(Setting::Switch(false)),
            Allowed::Percentage => Some(Setting::Percentage(Percentage::NONE)),
            Allowed::Whole { least, .. } => Some(Setting::Whole(least)),
            Allowed::Stage | Allowed::LogLevel => None,
        }
    }
}

impl Setting {
    /// Whether this is less than the other, where less is stricter.
    pub(super) fn is_stricter_than(self, other: Self) -> bool {
        match (self, other) {
            (Setting::Switch(this), Setting::Switch(other)) => !this && other,
            (Setting::Percentage(this), Setting::Percentage(other)) => this < other,
            (Setting::Whole(this), Setting::Whole(other)) => this < other,
            _ => false,
        }
    }
}

impl LogLevel {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            LogLevel::Off => "off",
            LogLevel::Error => "error",
            LogLevel::Warning => "warning",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        }
    }
}

/// What may be written, for an operator.
impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Allowed::Switch => out.write_str("true or false"),
            Allowed::Percentage => out.write_str("a number from 0 to 100, with six digits after the point at most"),
            Allowed::Whole { least, most } => write!(out, "a whole number from {least} to {most}"),
            Allowed::Stage => write!(out, "{AUTO}, {}", Stage::ALL.map(Stage::word).join(", ")),
            Allowed::LogLevel => out.write_str(&LEVELS.map(LogLevel::word).join(", ")),
        }
    }
}

/// As it is written in a channel.
impl fmt::Display for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Switch(on) => write!(out, "{on}"),
            Setting::Percentage(share) => write!(out, "{share}"),
            Setting::Whole(number) => write!(out, "{number}"),
            Setting::Stage(stage) => out.write_str(stage.map_or(AUTO, Stage::word)),
            Setting::LogLevel(level) => out.write_str(level.word()),
        }
    }
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Setting::Switch(on) => to.serialize_bool(*on),
            Setting::Percentage(share) => share.serialize(to),
            Setting::Whole(number) => to.serialize_u32(*number),
            Setting::Stage(_) | Setting::LogLevel(_) => to.collect_str(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_read_in_firebases_words() {
        for on in ["1", "true", "TRUE", "t", "Yes", "y", "on", "On"] {
            assert_eq!(Allowed::Switch.read(on), Some(Setting::Switch(true)), "{on}");
        }
        for off in ["0", "false", "F", "no", "N", "off", ""] {
            assert_eq!(Allowed::Switch.read(off), Some(Setting::Switch(false)), "{off}");
        }
        for neither in ["2", " true", "tru", "ja", "null", "ｔrue"] {
            assert_eq!(Allowed::Switch.read(neither), None, "{neither}");
        }
    }

    #[test]
    fn numbers_beyond_their_range_are_none() {
        let whole = Allowed::Whole { least: 1, most: 500 };
        assert_eq!(whole.read("500"), Some(Setting::Whole(500)));
        for wrong in ["0", "501", "-1", "+7", "7.5", "7e2", "", "99999999999999999999", "٧"] {
            assert_eq!(whole.read(wrong), None, "{wrong}");
        }
        for right in ["0", "100", "100.0", "0.000001", "00", "99.999999"] {
            assert!(Allowed::Percentage.read(right).is_some(), "{right}");
        }
        for wrong in ["", ".", ".5", "5.", "-0", "100.000001", "0.0000001", "10%", "NaN", "1e1", "9999999999", "1.+5"] {
            assert_eq!(Allowed::Percentage.read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_shown_is_what_can_be_written() {
        for text in ["auto", "off", "dualwrite", "rampdown"] {
            assert_eq!(Allowed::Stage.read(text).unwrap().to_string(), text);
        }
        for text in ["0", "0.5", "99.999999", "100"] {
            assert_eq!(Allowed::Percentage.read(text).unwrap().to_string(), text);
        }
    }
}
