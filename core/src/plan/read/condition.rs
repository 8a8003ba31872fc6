//! `where`: what must hold of a record.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{DEEPEST, Reader, constant};
use crate::plan::problem::advise;
use crate::plan::resolved::Comparison;
use crate::plan::tree::{At, ConditionText};
use crate::record::Value;

/// The conditions of a table; a table within it that has none of the words goes on with the path.
pub(super) fn conditions(reader: &Reader<'_>, table: &DeTable<'_>, prefix: &str, depth: usize) -> Vec<ConditionText> {
    let mut conditions = Vec::new();
    for (key, value) in table {
        let path = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        let of = At { place: reader.place(key.span()), it: path };
        let within = value
            .get_ref()
            .as_table()
            .filter(|table| !table.keys().any(|key| Comparison::WORDS.contains(&&**key.get_ref())));
        match within {
            Some(_) if depth > DEEPEST => {
                reader.report.error(of.place, "where nested too deep", format!("{DEEPEST} levels are the most"));
            }
            Some(table) if table.is_empty() => {
                reader.report.error(of.place, "a condition that says nothing", "for example { exists = true }");
            }
            Some(table) => conditions.extend(self::conditions(reader, table, &of.it, depth + 1)),
            None => conditions.extend(one(reader, of, value)),
        }
    }
    conditions
}

fn one(reader: &Reader<'_>, of: At<String>, value: &Spanned<DeValue<'_>>) -> Vec<ConditionText> {
    let place = reader.place(value.span());
    let DeValue::Table(words) = value.get_ref() else {
        let is = any_of(reader, value).map(Comparison::OneOf);
        return is.map(|is| ConditionText { of, is: At { place, it: is } }).into_iter().collect();
    };
    let each = words.iter().filter_map(|(word, value)| {
        let is = match &**word.get_ref() {
            "at_least" => constant::constant(reader, value, 0).map(Comparison::AtLeast),
            "below" => constant::constant(reader, value, 0).map(Comparison::Below),
            "not" => any_of(reader, value).map(Comparison::NoneOf),
            "exists" => match value.get_ref() {
                DeValue::Boolean(there) => Some(Comparison::Exists(*there)),
                _ => reader.wrong_type("exists", value, "true or false"),
            },
            other => {
                let help = advise(other, "a condition may have", Comparison::WORDS);
                reader.report.error(
                    reader.place(word.span()),
                    format!("unknown condition \"{other}\" of {}", of.it),
                    help,
                );
                None
            }
        };
        Some(ConditionText { of: of.clone(), is: At { place: reader.place(value.span()), it: is? } })
    });
    each.collect()
}

fn any_of(reader: &Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Vec<Value>> {
    match constant::constant(reader, value, 0)? {
        Value::Array(values) if values.is_empty() => {
            reader.report.error(reader.place(value.span()), "none of no values", "name at least one value");
            None
        }
        Value::Array(values) => Some(values),
        value => Some(vec![value]),
    }
}
