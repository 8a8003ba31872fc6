//! A TOML table under reading: typed access to its keys, with every wrong type and unknown key reported.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Reader, constant};
use crate::plan::problem::{Place, advise, nearest};
use crate::plan::template::TemplateText;
use crate::plan::tree::At;
use crate::record::Value;

/// A table that may have these keys and no other.
pub(super) struct Table<'a> {
    reader: &'a Reader<'a>,
    pub(super) place: Place,
    /// What it is, for messages: `a move`.
    what: &'static str,
    entries: &'a DeTable<'a>,
    /// The values of misspelt keys, by the key that was most likely meant: what is wrong with them is told too.
    slips: Vec<(String, &'a Spanned<DeValue<'a>>)>,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        reader: &'a Reader<'a>,
        place: Place,
        what: &'static str,
        entries: &'a DeTable<'a>,
        keys: &[&str],
    ) -> Self {
        let mut slips = Vec::new();
        for (key, value) in entries.iter().filter(|(key, _)| !keys.contains(&&**key.get_ref())) {
            if reader.report.is_full() {
                break;
            }
            let help = advise(key.get_ref(), &format!("{what} may have"), keys.iter().copied());
            reader.report.error(reader.place(key.span()), format!("unknown key \"{}\" in {what}", key.get_ref()), help);
            slips.extend(nearest(key.get_ref(), keys).map(|meant| (meant.to_owned(), value)));
        }
        Self { reader, place, what, entries, slips }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let slip = || self.slips.iter().find(|(meant, _)| meant == key).map(|(_, value)| *value);
        self.entries.get(key).or_else(slip)
    }

    fn wrong<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> Option<T> {
        self.reader.wrong_type(key, value, expected)
    }

    pub(super) fn text(&self, key: &str) -> Option<At<String>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(At { place: self.reader.place(value.span()), it: text.to_string() }),
            _ => self.wrong(key, value, "text"),
        }
    }

    /// The text of a key that must be there; where it is not, that is reported with an example.
    pub(super) fn required(&self, key: &str, example: &str) -> Option<At<String>> {
        if self.get(key).is_none() {
            self.reader.report.error(
                self.place,
                format!("{} without {key}", self.what),
                format!("for example {example}"),
            );
        }
        self.text(key)
    }

    pub(super) fn template(&self, key: &str) -> Option<At<TemplateText>> {
        self.text(key).and_then(|text| self.reader.template(&text))
    }

    /// Texts in an array, or one alone.
    pub(super) fn texts(&self, key: &str) -> Vec<At<String>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::String(_) => self.text(key).into_iter().collect(),
            DeValue::Array(items) => items.iter().filter_map(|item| self.item(key, item)).collect(),
            _ => self.wrong(key, value, "an array of texts").unwrap_or_default(),
        }
    }

    fn item(&self, key: &str, item: &Spanned<DeValue<'_>>) -> Option<At<String>> {
        match item.get_ref() {
            DeValue::String(text) => Some(At { place: self.reader.place(item.span()), it: text.to_string() }),
            _ => self.wrong(key, item, "an array of texts"),
        }
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong(key, value, "true or false"),
        }
    }

    pub(super) fn whole(&self, key: &str) -> Option<At<i64>> {
        let value = self.get(key)?;
        match (value.get_ref(), constant::constant(self.reader, value, 0)) {
            (DeValue::Integer(_), Some(Value::Int(number))) => {
                Some(At { place: self.reader.place(value.span()), it: number })
            }
            // A number that does not fit was reported as such.
            (DeValue::Integer(_), _) => None,
            _ => self.wrong(key, value, "a whole number"),
        }
    }

    pub(super) fn table(&self, key: &str) -> Option<(Place, &'a DeTable<'a>)> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some((self.reader.place(value.span()), table)),
            _ => self.wrong(key, value, "a table"),
        }
    }

    /// The tables of `[[key]]`.
    pub(super) fn tables(&self, key: &str) -> Vec<(Place, &'a DeTable<'a>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let one = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::Table(table) => Some((self.reader.place(item.span()), table)),
            _ => self.wrong(key, item, &format!("[[{key}]] tables")),
        };
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(one).collect(),
            _ => {
                let _ = self.wrong::<()>(key, value, &format!("[[{key}]], with two brackets each"));
                value.get_ref().as_table().map(|table| (self.reader.place(value.span()), table)).into_iter().collect()
            }
        }
    }
}
