//! The rule of a field: text, or a table with one of the rule words; any other table is a map of further fields.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::table::Table;
use super::{DEEPEST, Reader, constant, nulls};
use crate::plan::problem::{Place, advise, nearest, slip_of};
use crate::plan::resolved::{Conversion, TimeUnit};
use crate::plan::tree::{At, FieldText, FieldsText, NullsText, RuleText};
use crate::record::Value;

/// The words that make a table a rule.
const RULE_WORDS: [&str; 9] = ["from", "value", "text", "embed", "reference", "references", "list", "upload", "map"];

/// Words that mean something beside one of those, and are hardly ever fields.
const BESIDE_RULE_WORDS: [&str; 6] = ["as", "to", "of", "over", "default", "nulls"];

/// Where a rule stands: text alone is the name of a field in one place, and a template in the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Fields,
    Stamp,
}

/// The `fields` of a move or of an embedded map: a table of rules, or an array of names; all where there are none.
pub(super) fn fields(reader: &Reader<'_>, table: &Table<'_>, depth: usize) -> FieldsText {
    match table.get("fields").map(Spanned::get_ref) {
        None => FieldsText { rest: Some(table.place), rules: Vec::new() },
        Some(DeValue::Table(rules)) => field_rules(reader, rules, depth),
        Some(_) => FieldsText { rest: None, rules: table.texts("fields").into_iter().map(own_name).collect() },
    }
}

fn field_rules(reader: &Reader<'_>, table: &DeTable<'_>, depth: usize) -> FieldsText {
    let mut fields = FieldsText::default();
    for (key, value) in table {
        match (&**key.get_ref(), value.get_ref().as_str()) {
            ("*", Some("*")) => fields.rest = Some(reader.place(key.span())),
            ("*", Some(path)) if !path.starts_with('.') => {
                let help = "\"*\" = \"*\" takes every field that no rule takes, under its own name; \"*\" = \".*\" one called *";
                reader.report.error(reader.place(key.span()), "\"*\" has no rule of its own", help);
            }
            _ => fields.rules.extend(field(reader, key, value, Within::Fields, depth)),
        }
    }
    fields
}

/// A map of fields in which no `"*"` may stand.
pub(super) fn map(reader: &Reader<'_>, table: &DeTable<'_>, within: Within, depth: usize) -> Vec<FieldText> {
    table.iter().filter_map(|(key, value)| field(reader, key, value, within, depth)).collect()
}

fn field(
    reader: &Reader<'_>,
    key: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
    within: Within,
    depth: usize,
) -> Option<FieldText> {
    let name = At { place: reader.place(key.span()), it: key.get_ref().as_ref().into() };
    Some(FieldText { name, rule: rule(reader, value, within, depth)? })
}

fn rule(reader: &Reader<'_>, value: &Spanned<DeValue<'_>>, within: Within, depth: usize) -> Option<At<RuleText>> {
    let place = reader.place(value.span());
    if depth > DEEPEST {
        reader.report.error(place, "fields nested too deep", format!("{DEEPEST} levels are the most"));
        return None;
    }
    let it = match (value.get_ref(), within) {
        (DeValue::String(text), Within::Fields) => take(At { place, it: text.to_string() }),
        (DeValue::String(text), Within::Stamp) => stamp(reader, At { place, it: text.to_string() })?,
        (DeValue::Table(table), _) => from_table(reader, place, table, within, depth)?,
        (_, Within::Stamp) => RuleText::Constant(constant::constant(reader, value, 0)?),
        (other, Within::Fields) => {
            let what = format!("a field's rule is text or a table, not {}", super::kind_of(other));
            reader.report.error(place, what, "for the same in every record write { value = … }");
            return None;
        }
    };
    Some(At { place, it })
}

fn take(from: At<String>) -> RuleText {
    RuleText::Take { from, convert: None, nulls: None }
}

fn stamp(reader: &Reader<'_>, text: At<String>) -> Option<RuleText> {
    let template = reader.template(&text)?.it;
    Some(if template.is_constant() {
        RuleText::Constant(Value::String(template.into_constant()))
    } else {
        RuleText::Text(template)
    })
}

fn from_table(
    reader: &Reader<'_>,
    place: Place,
    table: &DeTable<'_>,
    within: Within,
    depth: usize,
) -> Option<RuleText> {
    let mut words = RULE_WORDS.into_iter().filter(|word| table.contains_key(*word));
    let Some(word) = words.next() else {
        warn_of_slips(reader, table);
        return Some(RuleText::Map(map(reader, table, within, depth + 1)));
    };
    if let Some(second) = words.next() {
        let help = "a rule has one of them; for a map with such fields write { map = { … } }";
        reader.report.error(place, format!("both {word} and {second}"), help);
        return None;
    }
    let open = |keys: &[&str]| Table::new(reader, place, "a field's rule", table, keys);
    let rule = match word {
        "from" => take_rule(reader, &open(&["from", "as", "unit", "lossy", "nulls", "default"])),
        "value" => {
            open(&["value"]).get("value").and_then(|value| constant::constant(reader, value, 0)).map(RuleText::Constant)
        }
        "text" => text_rule(reader, &open(&["text"])),
        "embed" => embed_rule(reader, &open(&["embed", "fields", "leave_out", "as"]), depth),
        "reference" | "references" => {
            let table = open(&[word, "to", "as"]);
            let (relation, to) = (table.text(word), table.template("to"));
            relation.map(|relation| RuleText::Reference { relation, many: word == "references", to })
        }
        "list" => list_rule(reader, &open(&["list", "of", "as"]), depth),
        "upload" => upload_rule(reader, &open(&["upload", "to", "over", "nulls"])),
        _ => (open(&["map", "as"]).table("map")).map(|(_, table)| RuleText::Map(map(reader, table, within, depth + 1))),
    }?;
    Some(if as_json(reader, word, table) { RuleText::JsonText(Box::new(At { place, it: rule })) } else { rule })
}

/// A map with a field called almost as a rule word is more likely a rule with a slip in it, and so is one with a field
/// that is called as what stands beside such a word.
fn warn_of_slips(reader: &Reader<'_>, table: &DeTable<'_>) {
    let has_slip = table.keys().any(|key| slip_of(key.get_ref(), &RULE_WORDS).is_some());
    for key in table.keys() {
        let guess = match slip_of(key.get_ref(), &RULE_WORDS) {
            Some(word) => format!("did you mean the rule word \"{word}\"?"),
            None if !has_slip && BESIDE_RULE_WORDS.contains(&&**key.get_ref()) => {
                format!("did you mean a rule? One has one of the words {}.", RULE_WORDS.join(", "))
            }
            None => continue,
        };
        let what = format!("a map with a field \"{}\"", key.get_ref());
        let help = format!("{guess} A map that is meant is {{ map = {{ … }} }}");
        reader.report.warning(reader.place(key.span()), what, help);
    }
}

/// Whether a rule that makes something nested says `as = "json_text"`, the one thing that can be made of it.
fn as_json(reader: &Reader<'_>, word: &str, table: &DeTable<'_>) -> bool {
    let Some(value) = table.get("as").filter(|_| matches!(word, "embed" | "reference" | "references" | "list" | "map"))
    else {
        return false;
    };
    let known = value.get_ref().as_str() == Some("json_text");
    if !known {
        reader.report.error(
            reader.place(value.span()),
            format!("{word} makes something nested"),
            "as may be \"json_text\" here",
        );
    }
    known
}

fn text_rule(reader: &Reader<'_>, table: &Table<'_>) -> Option<RuleText> {
    let text = table.text("text")?;
    let template = reader.template(&text)?.it;
    if template.is_constant() {
        let help = "for the same text in every record write { value = … }; for a map with a field named text \
                    write { map = { text = … } }";
        reader.report.error(text.place, "a text without any {field} in it", help);
        return None;
    }
    Some(RuleText::Text(template))
}

fn take_rule(reader: &Reader<'_>, table: &Table<'_>) -> Option<RuleText> {
    let from = table.text("from");
    let convert = conversion(reader, table);
    let nulls = nulls(reader, table);
    let default = table.get("default").and_then(|value| constant::constant(reader, value, 0)).map(NullsText::Default);
    if nulls.is_some() && default.is_some() {
        reader.report.error(table.place, "both nulls and default", "default alone says what becomes of null");
    }
    if convert.is_none() && table.get("as").is_some() {
        // Reported; without its conversion the rule would be another one.
        return None;
    }
    Some(RuleText::Take { from: from?, convert, nulls: default.or(nulls) })
}

/// `as`, `unit` and `lossy` together.
fn conversion(reader: &Reader<'_>, table: &Table<'_>) -> Option<At<Conversion>> {
    let word = table.text("as");
    let unit = table.text("unit");
    let lossy = table.flag("lossy");
    let mut convert = match &word {
        Some(word) => Conversion::named(&word.it).or_else(|| {
            let words = Conversion::WORDS.iter().map(|(word, _)| *word);
            let help = advise(&word.it, "as may be", words);
            reader.report.error(word.place, format!("unknown conversion \"{}\"", word.it), help);
            let near = nearest(&word.it, &Conversion::WORDS.map(|(word, _)| word));
            near.and_then(Conversion::named)
        }),
        None => None,
    };
    if let Some(unit) = &unit {
        match (&mut convert, TimeUnit::named(&unit.it)) {
            (convert, None) => {
                // Reported once: that the number has no unit would be said as well.
                if let Some(Conversion::Timestamp(of)) = convert {
                    *of = Some(TimeUnit::Seconds);
                }
                let help = advise(&unit.it, "unit may be", TimeUnit::WORDS.iter().map(|(word, _)| *word));
                reader.report.error(unit.place, format!("unknown unit \"{}\"", unit.it), help);
            }
            (Some(Conversion::Timestamp(of)), unit) => *of = unit,
            _ => reader.report.error(unit.place, "unit without as = \"timestamp\"", "it says what a number counts"),
        }
    }
    match (&mut convert, lossy) {
        (_, None) => {}
        (Some(Conversion::Double { lossy: of }), Some(lossy)) => *of = lossy,
        _ => reader.report.error(table.place, "lossy without as = \"double\"", "no other conversion loses digits"),
    }
    Some(At { place: word?.place, it: convert? })
}

fn embed_rule(reader: &Reader<'_>, table: &Table<'_>, depth: usize) -> Option<RuleText> {
    let relation = table.text("embed");
    let leave_out = table.texts("leave_out");
    Some(RuleText::Embed { relation: relation?, fields: fields(reader, table, depth + 1), leave_out })
}

/// A field under its own name.
fn own_name(name: At<String>) -> FieldText {
    let place = name.place;
    let own = name.it.strip_prefix('.').unwrap_or(&name.it);
    FieldText { name: At { place, it: own.into() }, rule: At { place, it: take(name) } }
}

fn list_rule(reader: &Reader<'_>, table: &Table<'_>, depth: usize) -> Option<RuleText> {
    let relation = table.text("list");
    let Some(of) = table.get("of") else {
        reader.report.error(table.place, "a list without of", "name the field that is wanted of each: of = \"id\"");
        return None;
    };
    let of = rule(reader, of, Within::Fields, depth + 1)?;
    Some(RuleText::List { relation: relation?, of: Box::new(of) })
}

fn upload_rule(reader: &Reader<'_>, table: &Table<'_>) -> Option<RuleText> {
    let from = table.text("upload");
    let _ = table.required("to", "to = \"icons/{uid}/{id}.png\"");
    let to = table.template("to");
    let over = match table.whole("over") {
        None => 0,
        Some(over) => u64::try_from(over.it).unwrap_or_else(|_| {
            reader.report.error(over.place, "over is negative", "it counts bytes: 0 uploads everything");
            0
        }),
    };
    let nulls = nulls(reader, table);
    Some(RuleText::Upload { from: from?, to: to?, over, nulls })
}
