//! The words that a plan has for conversions, units and comparisons.

use super::resolved::{Comparison, Conversion, TimeUnit};

impl Conversion {
    /// The words of `as`, and of `{field|word}`.
    pub(crate) const WORDS: [(&'static str, Conversion); 13] = [
        ("string", Conversion::String),
        ("int", Conversion::Int),
        ("double", Conversion::Double { lossy: false }),
        ("decimal", Conversion::Decimal),
        ("bool", Conversion::Bool),
        ("timestamp", Conversion::Timestamp(None)),
        ("iso", Conversion::IsoText),
        ("date", Conversion::Date),
        ("base64", Conversion::Base64),
        ("json", Conversion::Json),
        ("json_text", Conversion::JsonText),
        ("lower", Conversion::Lower),
        ("upper", Conversion::Upper),
    ];

    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, conversion)| *conversion)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Conversion::String => "string",
            Conversion::Int => "int",
            Conversion::Double { .. } => "double",
            Conversion::Decimal => "decimal",
            Conversion::Bool => "bool",
            Conversion::Timestamp(_) => "timestamp",
            Conversion::IsoText => "iso",
            Conversion::Date => "date",
            Conversion::Base64 => "base64",
            Conversion::Json => "json",
            Conversion::JsonText => "json_text",
            Conversion::Lower => "lower",
            Conversion::Upper => "upper",
        }
    }
}

impl TimeUnit {
    /// The words of `unit`.
    pub(crate) const WORDS: [(&'static str, TimeUnit); 4] = [
        ("seconds", TimeUnit::Seconds),
        ("millis", TimeUnit::Millis),
        ("micros", TimeUnit::Micros),
        ("mac", TimeUnit::Mac),
    ];

    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, unit)| *unit)
    }
}

impl Comparison {
    /// The words of a condition that is a table.
    pub(crate) const WORDS: [&'static str; 4] = ["at_least", "below", "exists", "not"];
}
