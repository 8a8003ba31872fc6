//! Templates, looked up: which parts may stand where, and what may stand in an id.

use super::super::problem::Place;
use super::super::resolved::{Escape, Part, Template};
use super::super::template::{PartText, TemplateText};
use super::super::tree::At;
use super::kinds::with_article;
use super::model::Model;
use super::paths::{Counted, OWN, Scope};
use crate::record::Kind;
use crate::schema::{Entity, STORE};

/// Where a template stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// The text of a field.
    Text,
    /// The text of a stamp.
    Stamp,
    /// The address of a move's documents.
    Address,
    /// The address of something else: of a referenced document, of an upload.
    Link,
}

impl Usage {
    /// What may stand in braces beside the fields of a record.
    fn words(self) -> &'static str {
        match self {
            Usage::Stamp => "the plan's own words are {uid}, {now}, {now:iso} and {version}",
            Usage::Address => "the plan's own words are {uid} and {@hash}",
            Usage::Text | Usage::Link => "the plan's own word is {uid}",
        }
    }
}

impl Model<'_> {
    pub(super) fn template(
        &self,
        scope: &mut Scope<'_>,
        text: &TemplateText,
        place: Place,
        usage: Usage,
    ) -> Option<Template> {
        // Every part is looked up before the first bad one counts, so that all are reported.
        let parts: Vec<_> = text.0.iter().map(|part| self.part(scope, part, place, usage)).collect();
        self.check_namesakes(scope.entity, text, place);
        if usage == Usage::Address {
            self.check_devices(scope, text, place);
        }
        parts.into_iter().collect::<Option<_>>().map(Template)
    }

    /// A word of the plan's own where the record has a field of that name, which may have been meant.
    fn check_namesakes(&self, entity: &Entity, text: &TemplateText, place: Place) {
        for part in &text.0 {
            let (word, meaning) = match part {
                PartText::Owner => ("uid", "the owner"),
                PartText::Now { iso: false } => ("now", "the moment of the run"),
                PartText::Version => ("version", "the version of the plan"),
                _ => continue,
            };
            let is_own =
                |part: &PartText| matches!(part, PartText::Value { path, .. } if path.strip_prefix(OWN) == Some(word));
            if entity.field(word).is_some() && !text.0.iter().any(is_own) {
                let what = format!("{{{word}}} is {meaning}, and {} has a field of that name", entity.name);
                self.report.warning(place, what, format!("where the field is meant, write {{{OWN}{word}}}"));
            }
        }
    }

    /// Whether two devices of one person would take different records to one address: numbers that each device counts
    /// for itself are no ids for all of them. A key of the app's own may count for everybody, unless the plan is for
    /// owners, as on phones.
    fn check_devices(&self, scope: &mut Scope<'_>, text: &TemplateText, place: Place) {
        let paths =
            || text.0.iter().filter_map(|part| if let PartText::Value { path, .. } = part { Some(path) } else { None });
        if paths().any(|path| path == STORE) {
            return;
        }
        for path in paths() {
            let what = match self.find(scope, path).ok().and_then(|found| found.counted) {
                Some(Counted::Row) => format!("{path} of {} is a row number", scope.entity.name),
                Some(Counted::Key) if text.0.contains(&PartText::Owner) => {
                    format!("{path} of {} may be a number that each device counts up", scope.entity.name)
                }
                _ => continue,
            };
            let or = if scope.entity.field(STORE).is_some() { ", or put {@store|key}_ before it" } else { "" };
            let help = format!(
                "two devices of one person would give one number to two records and write over each other; take a \
                 field that is the same everywhere{or}"
            );
            self.report.warning(place, what, help);
        }
    }

    fn part(&self, scope: &mut Scope<'_>, part: &PartText, place: Place, usage: Usage) -> Option<Part> {
        let refuse = |what: &str, help: &str| {
            self.report.error(place, what, help);
            None
        };
        match part {
            PartText::Literal(text) => Some(Part::Literal(text.clone())),
            PartText::Owner => Some(Part::Owner),
            PartText::Now { .. } if usage != Usage::Stamp => {
                refuse("{now} outside a stamp", "it differs at every run: only [stamp] and [move.stamp] take it")
            }
            PartText::Now { iso } => Some(Part::Now { iso: *iso }),
            PartText::Version if usage != Usage::Stamp => {
                refuse("{version} outside a stamp", "only [stamp] and [move.stamp] take it")
            }
            PartText::Version => Some(Part::Version),
            PartText::Hash if usage != Usage::Address => refuse(
                "{@hash} outside a move's own document",
                "only the document's address can be made of its content",
            ),
            PartText::Hash => Some(Part::Hash),
            PartText::Value { path, convert, escape } => {
                let found = self.find(scope, path).map_err(|mistake| match scope.entity.relation(path) {
                    Some(relation) if !relation.many => mistake.rather(format!("write {{{path}.id}} or another field")),
                    None if path.chars().all(char::is_alphanumeric) => mistake.or(usage.words()),
                    _ => mistake,
                });
                let found = found.map_err(|mistake| self.report.mistake(place, mistake)).ok()?;
                let convert_at = convert.map(|it| At { place, it });
                let kind = self.kind_after(&found, convert_at.as_ref(), place)?;
                match usage {
                    Usage::Text | Usage::Stamp => self.check_text(&found, kind, place),
                    Usage::Address | Usage::Link => self.check_id(&found.path.name, kind, place),
                }
                if usage == Usage::Address && found.optional {
                    let what = format!("{path} may be missing, and an id needs it");
                    self.report.warning(place, what, "records without it are set aside and not moved");
                }
                let usual = if matches!(usage, Usage::Address | Usage::Link) { Escape::Segment } else { Escape::None };
                Some(Part::Value { from: found.path, convert: *convert, escape: escape.unwrap_or(usual) })
            }
        }
    }

    fn check_id(&self, name: &str, kind: Kind, place: Place) {
        let help = match kind {
            Kind::Double => {
                format!("numbers with a fraction have no one text; write {{{name}|int}} or {{{name}|string}}")
            }
            Kind::Bytes => format!("write {{{name}|base64}}"),
            Kind::Array | Kind::Map | Kind::GeoPoint | Kind::Null => "take a field that is text or a number".to_owned(),
            _ => return,
        };
        self.report.error(place, format!("{name} is {}, which is no id", with_article(kind)), help);
    }
}
