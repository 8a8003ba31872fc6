//! Addresses: their segments under the target's rules, ids that can collide, moves that meet in one place.

use super::super::filter;
use super::super::problem::Place;
use super::super::resolved::{Comparison, Condition, Conversion, Escape, Move, Part, Template};
use super::super::template::{PartText, TemplateText};
use super::super::tree::MoveText;
use super::model::Model;
use super::paths::{OWN, Scope};
use crate::record::Kind;
use crate::rules::{Segments, is_reserved_segment};
use crate::schema::Entity;

/// A part of a segment, as far as it matters where an address can lie.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole,
}

impl Model<'_> {
    /// Whether documents can lie where the plan says, as far as that can be told without a store.
    pub(super) fn check_addresses(&self) {
        for document in self.file.moves.iter().filter_map(|one| one.document.as_ref()) {
            self.check_segments(&document.it.outline(), document.place);
        }
    }

    /// Whether the address has as many segments as the target wants, none of them empty or refused.
    pub(super) fn check_segments(&self, template: &Template, place: Place) {
        let rules = self.rules.address;
        let segments = segments(template);
        let (count, target) = (segments.len(), self.rules.target);
        let s = if count == 1 { "" } else { "s" };
        let right = match rules.segments {
            Segments::Pairs => "collection and document in turn, as in \"users/{uid}/habits/{id}\"",
            Segments::Two => "a table and a key, as in \"users/{id}\"",
        };
        match rules.segments {
            _ if template.0.is_empty() => return self.report.error(place, "an empty address", right),
            Segments::Pairs if count % 2 != 0 => {
                let what = format!("{count} segment{s} between slashes: that is a collection, no document");
                self.report.error(place, what, right);
            }
            Segments::Two if count != 2 => {
                let what = format!("{count} segment{s} between slashes, {target} has two");
                self.report.error(place, what, right);
            }
            _ => {}
        }
        for segment in &segments {
            match &**segment {
                [] => self.report.error(
                    place,
                    "an empty segment",
                    "no address begins or ends with a slash, or has two in a row",
                ),
                [Piece::Text(text)] if rules.reserved && is_reserved_segment(text) => {
                    let help = format!("{target} keeps \".\", \"..\" and __x__ for itself");
                    self.report.error(place, format!("\"{text}\" is no segment of an address"), help);
                }
                _ => {}
            }
            let bytes: usize =
                segment.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum();
            if bytes > rules.max_segment_bytes {
                let what = format!("a segment of {bytes} bytes and more");
                self.report.error(place, what, format!("{} are the most", rules.max_segment_bytes));
            }
        }
    }

    /// Whether a segment of several values can be the same for two different records.
    pub(super) fn check_composites(&self, scope: &mut Scope<'_>, text: &TemplateText, place: Place) {
        let mut open: Option<usize> = None;
        for (index, part) in text.0.iter().enumerate() {
            let PartText::Value { path, convert, escape } = part else {
                if matches!(part, PartText::Literal(text) if text.contains('/')) {
                    open = None;
                }
                continue;
            };
            if let Some(joined) = open.and_then(|first| text.0.get(first..=index)) {
                let (what, help) = ambiguous(joined);
                return self.report.warning(place, what, help);
            }
            let separated = matches!(text.0.get(index + 1), Some(PartText::Literal(text)) if text.contains('_'));
            let whole_number = *convert == Some(Conversion::Int)
                || (self.find(scope, path)).is_ok_and(|found| found.kind == Kind::Int || found.counted.is_some());
            let unmistakable = whole_number || (*escape == Some(Escape::Key) && separated);
            open = (!unmistakable).then_some(index);
        }
    }

    /// Whether two moves can write the same document. Those that one `[[move]]` makes for several entities may.
    pub(super) fn check_meetings(&self, moves: &[(&MoveText, Move)]) {
        let addresses: Vec<_> = moves.iter().map(|(_, one)| segments(&one.document)).collect();
        for (later, (text, one)) in moves.iter().enumerate() {
            for (earlier, (first_text, first)) in moves.iter().enumerate().take(later) {
                let (Some(a), Some(b)) = (addresses.get(earlier), addresses.get(later)) else { continue };
                let same_text = first_text.place == text.place;
                if same_text
                    || !can_meet(a, b)
                    || (shares_entity(first_text, text) && apart(&first.filter, &one.filter))
                {
                    continue;
                }
                let what = format!("this move and the one of line {} meet in one path", first.line);
                let help = "give each its own collection; entities that may share one (their ids never being equal) \
                            stand in one move: entity = [\"A\", \"B\"]; moves of one entity differ in where";
                self.report.error(text.document.as_ref().map_or(text.place, |document| document.place), what, help);
            }
        }
    }
}

/// What two values are mistaken for where nothing tells them apart, and how something would.
fn ambiguous(joined: &[PartText]) -> (String, String) {
    let between: String =
        joined.iter().map(|part| if let PartText::Literal(text) = part { text } else { "" }).collect();
    let what = format!(
        "two records can get one id: \"a{between}b\" and \"c\" join to the same text as \"a\" and \"b{between}c\""
    );
    let field = |part: Option<&PartText>, key: &str| match part {
        Some(PartText::Value { path, convert, .. }) => {
            let convert = convert.map(|convert| format!("|{}", convert.word())).unwrap_or_default();
            format!("{{{path}{convert}{key}}}")
        }
        _ => String::new(),
    };
    let (first, last) = (field(joined.first(), "|key"), field(joined.last(), ""));
    let joint = if between.contains('_') { &between } else { "_" };
    let why = if between.contains('_') { "" } else { ", joined by the _ that |key escapes," };
    (what, format!("write {first}{joint}{last}{why} where other programs need not find the plain form"))
}

fn shares_entity(one: &MoveText, other: &MoveText) -> bool {
    one.entities.iter().all(|entity| other.entities.iter().all(|second| second.it == entity.it))
}

/// The pieces of each segment.
fn segments(template: &Template) -> Vec<Vec<Piece>> {
    let mut segments = Vec::new();
    let mut current = Vec::new();
    for part in &template.0 {
        let Part::Literal(text) = part else {
            current.push(Piece::Hole);
            continue;
        };
        for (index, text) in text.split('/').enumerate() {
            if index > 0 {
                segments.push(std::mem::take(&mut current));
            }
            if !text.is_empty() {
                current.push(Piece::Text(text.to_owned()));
            }
        }
    }
    segments.push(current);
    segments
}

/// Whether the last segment is the record's own id and nothing else, and segments before it differ as well: in one
/// collection the address alone tells ids apart.
pub(super) fn ends_in_own_id(template: &Template, entity: &Entity) -> bool {
    let [parents @ .., Part::Literal(before), Part::Value { from, .. }] = &template.0[..] else { return false };
    let name = from.name.strip_prefix(OWN).unwrap_or(&from.name);
    let own = from.relations.is_empty() && entity.field(name).is_some_and(|field| entity.is_own_id(field));
    own && before.ends_with('/') && parents.iter().any(|part| matches!(part, Part::Value { .. }))
}

fn can_meet(one: &[Vec<Piece>], other: &[Vec<Piece>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| segments_can_meet(one, other))
}

/// Whether two segments can be equal: how they begin and how they end must not contradict each other.
fn segments_can_meet(one: &[Piece], other: &[Piece]) -> bool {
    let fixed = |segment: &[Piece]| match segment {
        [Piece::Text(text)] => Some(text.clone()),
        _ => None,
    };
    let begins =
        |segment: &[Piece]| if let Some(Piece::Text(text)) = segment.first() { text.clone() } else { String::new() };
    let ends =
        |segment: &[Piece]| if let Some(Piece::Text(text)) = segment.last() { text.clone() } else { String::new() };
    match (fixed(one), fixed(other)) {
        (Some(one), Some(other)) => one == other,
        (Some(text), None) => text.starts_with(&begins(other)) && text.ends_with(&ends(other)),
        (None, Some(text)) => text.starts_with(&begins(one)) && text.ends_with(&ends(one)),
        (None, None) => {
            let (a, b, y, z) = (begins(one), begins(other), ends(one), ends(other));
            (a.starts_with(&b) || b.starts_with(&a)) && (y.ends_with(&z) || z.ends_with(&y))
        }
    }
}

/// Whether no record of one entity can pass both filters.
fn apart(one: &[Condition], other: &[Condition]) -> bool {
    let contradict = |a: &Comparison, b: &Comparison| match (a, b) {
        (Comparison::OneOf(some), Comparison::OneOf(others)) => !some.iter().any(|value| others.contains(value)),
        (Comparison::OneOf(some), Comparison::NoneOf(none)) | (Comparison::NoneOf(none), Comparison::OneOf(some)) => {
            some.iter().all(|value| none.contains(value))
        }
        (Comparison::Exists(one), Comparison::Exists(other)) => one != other,
        (Comparison::Below(limit), Comparison::AtLeast(least))
        | (Comparison::AtLeast(least), Comparison::Below(limit)) => !filter::may_be_below(least, limit),
        _ => false,
    };
    one.iter().any(|a| other.iter().any(|b| a.of == b.of && contradict(&a.is, &b.is)))
}
