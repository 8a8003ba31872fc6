//! The conditions of a server's template, read from their JSON.

use serde_json::{Map, Value as Json};

use super::condition::{Condition, DEEPEST, PercentRange, PercentRule, STEP};
use super::ecmascript::{self, Pattern};
use super::place::Place;
use super::read::{Findings, kind, member};
use super::signal::{Comparison, SignalRule, Test};

/// A hundred percent, in millionths.
const ALL: f64 = 100_000_000.0;

pub(super) fn condition(json: &Json, place: &Place<'_>, level: u32, found: &mut Findings) -> Condition {
    let Json::Object(members) = json else {
        found.wrong(place, format!("a condition is an object such as {{ \"percent\": … }}, not {}", kind(json)));
        return Condition::Unknown;
    };
    if level == DEEPEST {
        found.doubtful(place, "it lies deeper than Firebase looks, and counts as not met: nest conditions less");
    }
    // The first one that is there counts.
    if let Some(json) = member(members, "orCondition") {
        return Condition::Any(list(json, &place.at("orCondition"), level, found));
    }
    if let Some(json) = member(members, "andCondition") {
        return Condition::All(list(json, &place.at("andCondition"), level, found));
    }
    for (name, is_met) in [("true", true), ("false", false)] {
        if let Some(json) = member(members, name) {
            fixed(json, &place.at(name), found);
            return Condition::Fixed(is_met);
        }
    }
    if let Some(json) = member(members, "percent") {
        return percent(json, &place.at("percent"), found);
    }
    if let Some(json) = member(members, "customSignal") {
        return signal(json, &place.at("customSignal"), found);
    }
    let names: Vec<_> = members.keys().map(String::as_str).filter(|name| *name != "name").collect();
    let message = format!(
        "nothing in it is known here ({}), and it counts as not met: orCondition, andCondition, true, false, percent \
         and customSignal are",
        if names.is_empty() { "it is empty".to_owned() } else { names.join(", ") }
    );
    found.doubtful(place, message);
    Condition::Unknown
}

fn object<'a>(json: &'a Json, place: &Place<'_>, found: &mut Findings) -> Option<&'a Map<String, Json>> {
    if let Json::Object(members) = json {
        return Some(members);
    }
    found.wrong(place, format!("an object is expected, not {}", kind(json)));
    None
}

fn fixed(json: &Json, place: &Place<'_>, found: &mut Findings) {
    if !json.is_object() {
        found.wrong(place, format!("an empty object is expected, {{}}, not {}", kind(json)));
    }
}

fn list(json: &Json, place: &Place<'_>, level: u32, found: &mut Findings) -> Vec<Condition> {
    let Some(members) = object(json, place, found) else { return Vec::new() };
    let place = place.at("conditions");
    match member(members, "conditions") {
        None => Vec::new(),
        Some(Json::Array(list)) => {
            let each = |(at, json)| condition(json, &place.index(at), level.saturating_add(STEP), found);
            list.iter().enumerate().map(each).collect()
        }
        Some(other) => {
            found.wrong(&place, format!("a list of conditions is expected, not {}", kind(other)));
            Vec::new()
        }
    }
}

fn percent(json: &Json, place: &Place<'_>, found: &mut Findings) -> Condition {
    let Some(members) = object(json, place, found) else { return Condition::Unknown };
    let seed = found.text(members, "seed", place).unwrap_or_default();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if seed.chars().count() > 32 || !seed.chars().all(is_plain) {
        found.doubtful(&place.at("seed"), "Firebase takes at most 32 of the letters A-Z, a-z, 0-9, '-', '_' and '.'");
    }
    let operator = found.text(members, "percentOperator", place).unwrap_or_default();
    let range = match operator.as_str() {
        "LESS_OR_EQUAL" => PercentRange::AtMost(micro_percent(members, "microPercent", place, found)),
        "GREATER_THAN" => PercentRange::Above(micro_percent(members, "microPercent", place, found)),
        "BETWEEN" => {
            let place = place.at("microPercentRange");
            let range = member(members, "microPercentRange").and_then(|json| object(json, &place, found));
            let mut bound = |name| range.map_or(0.0, |range| micro_percent(range, name, &place, found));
            PercentRange::Between(bound("microPercentLowerBound"), bound("microPercentUpperBound"))
        }
        other => {
            unknown(other, "LESS_OR_EQUAL, GREATER_THAN and BETWEEN", &place.at("percentOperator"), found);
            PercentRange::Unknown
        }
    };
    Condition::Percent(PercentRule { seed, range })
}

/// An operator that is not there, or that a later Firebase may know.
fn unknown(operator: &str, known: &str, place: &Place<'_>, found: &mut Findings) {
    let what = if operator.is_empty() { "it is missing".to_owned() } else { format!("\"{operator}\" is not known") };
    found.doubtful(place, format!("{what}, and the condition counts as not met: {known} are known"));
}

fn micro_percent(members: &Map<String, Json>, name: &'static str, place: &Place<'_>, found: &mut Findings) -> f64 {
    let place = place.at(name);
    let number = match member(members, name) {
        None => return 0.0,
        Some(Json::Number(number)) => number.as_f64().unwrap_or(f64::INFINITY),
        Some(other) => {
            found.wrong(&place, format!("a number of millionths of a percent is expected, not {}", kind(other)));
            return 0.0;
        }
    };
    if !(0.0..=ALL).contains(&number) || number.fract() != 0.0 {
        found.doubtful(&place, "a whole number from 0 (nobody) to 100000000 (everybody) is expected");
    }
    number
}

fn signal(json: &Json, place: &Place<'_>, found: &mut Findings) -> Condition {
    let Some(members) = object(json, place, found) else { return Condition::Unknown };
    let key = found.text(members, "customSignalKey", place).unwrap_or_default();
    let operator = found.text(members, "customSignalOperator", place).unwrap_or_default();
    let targets = targets(members, &place.at("targetCustomSignalValues"), found);
    let mut missing = |name: &'static str| {
        found.doubtful(&place.at(name), "it is missing, and the condition counts as not met");
        Test::Never
    };
    let test = match (operator.as_str(), targets.first()) {
        ("", _) => missing("customSignalOperator"),
        _ if key.is_empty() => missing("customSignalKey"),
        (_, None) => missing("targetCustomSignalValues"),
        (operator, Some(first)) => match test(operator, first, &targets, place, found) {
            Some(test) => test,
            None => {
                let known = "STRING_…, NUMERIC_… and SEMANTIC_VERSION_… as Firebase documents them";
                unknown(operator, known, &place.at("customSignalOperator"), found);
                Test::Never
            }
        },
    };
    Condition::Signal(SignalRule { key, operator, test })
}

fn targets(members: &Map<String, Json>, place: &Place<'_>, found: &mut Findings) -> Vec<String> {
    let list = match member(members, "targetCustomSignalValues") {
        None => return Vec::new(),
        Some(Json::Array(list)) => list,
        Some(other) => {
            found.wrong(place, format!("a list of texts is expected, not {}", kind(other)));
            return Vec::new();
        }
    };
    let mut texts = Vec::with_capacity(list.len());
    for (at, json) in list.iter().enumerate() {
        match json {
            Json::String(text) => texts.push(text.clone()),
            other => found.wrong(&place.index(at), format!("a text in quotes is expected, not {}", kind(other))),
        }
    }
    texts
}

/// None for an operator that is not known here.
fn test(operator: &str, first: &str, targets: &[String], place: &Place<'_>, found: &mut Findings) -> Option<Test> {
    if let Some(comparison) = operator.strip_prefix("NUMERIC_") {
        return comparison_of(comparison).map(|comparison| Test::Number(comparison, ecmascript::number(first)));
    }
    if let Some(comparison) = operator.strip_prefix("SEMANTIC_VERSION_") {
        return comparison_of(comparison).map(|comparison| Test::Version(comparison, first.to_owned()));
    }
    match operator {
        "STRING_CONTAINS" => Some(Test::Contains(targets.to_vec())),
        "STRING_DOES_NOT_CONTAIN" => Some(Test::Lacks(targets.to_vec())),
        "STRING_EXACTLY_MATCHES" => Some(Test::Equals(targets.to_vec())),
        "STRING_CONTAINS_REGEX" => Some(Test::Matches(patterns(targets, place, found))),
        _ => None,
    }
}

fn comparison_of(word: &str) -> Option<Comparison> {
    Some(match word {
        "LESS_THAN" => Comparison::Less,
        "LESS_EQUAL" => Comparison::LessOrEqual,
        "EQUAL" => Comparison::Equal,
        "NOT_EQUAL" => Comparison::NotEqual,
        "GREATER_THAN" => Comparison::Greater,
        "GREATER_EQUAL" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// A pattern that is none ends a whole evaluation with an exception at Firebase's library for Node, and only for those
/// whose signal gets so far. Here the template is refused before anybody meets it.
fn patterns(targets: &[String], place: &Place<'_>, found: &mut Findings) -> Vec<Pattern> {
    let place = place.at("targetCustomSignalValues");
    let mut patterns = Vec::with_capacity(targets.len());
    for (at, target) in targets.iter().enumerate() {
        match Pattern::new(target) {
            Ok(pattern) => patterns.push(pattern),
            Err(why) => {
                let message = format!(
                    "this is no regular expression of JavaScript's: {why}. Firebase's library for Node would throw \
                     where it is met; escape what is meant literally with a backslash"
                );
                found.wrong(&place.index(at), message);
            }
        }
    }
    patterns
}
