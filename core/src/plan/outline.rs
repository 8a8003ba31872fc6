//! What a plan does, part by part, so that two plans can be told apart by what differs between them.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::resolved::{Part, Template};
use crate::record::hex::Hex;

/// What a plan does, in lines of text that can be kept: its moves by their entities and addresses, and of each move its
/// parts, as a plan calls them, with a hash of what they do. All that makes up the
/// [`Fingerprint`](super::Fingerprint) is in one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline(Arc<str>);

/// Before a line that begins a move.
const MOVE: &str = "> ";
/// Between a move's entity and the addresses of its documents.
const TO: &str = " to ";

/// An outline while it is drawn.
#[derive(Default)]
pub(super) struct Drawn(String);

impl Drawn {
    pub(super) fn a_move(&mut self, entity: &str, document: &str) {
        self.line(&format!("{MOVE}{entity}{TO}{document}"));
    }

    pub(super) fn a_part(&mut self, name: &str, form: &[u8]) {
        let hash = Sha256::digest(form);
        self.line(&format!("{name} {}", Hex(hash.get(..4).unwrap_or_default())));
    }

    fn line(&mut self, line: &str) {
        self.0.extend(line.chars().map(|character| if character.is_control() { ' ' } else { character }));
        self.0.push('\n');
    }

    pub(super) fn done(self) -> Outline {
        Outline(self.0.into())
    }
}

/// A move of an outline, or what is before the first.
#[derive(Default)]
struct Section<'o> {
    entity: &'o str,
    document: &'o str,
    /// The name of each part, and the hash of what it does.
    parts: Vec<(&'o str, &'o str)>,
}

impl Outline {
    /// An outline that was kept as text.
    pub fn from_text(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The outline as text, to be kept.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// What differs in another plan, a line for each move or part that it has in addition, has no more, or has as
    /// another. Nothing can be told from an empty one.
    pub fn difference(&self, now: &Outline) -> Vec<String> {
        if self.0.is_empty() || now.0.is_empty() {
            return Vec::new();
        }
        let (then, mut now) = (self.sections(), now.sections());
        let order = |sections: &[Section<'_>]| sections.iter().map(Section::name).collect::<Vec<_>>();
        let is_in_order = order(&then) == order(&now);
        // Whole moves are told first: of the rest there may be more than anybody reads.
        let (mut whole, mut told, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for then in then {
            match take(&mut now, |one| one.entity == then.entity && one.document == then.document) {
                Some(now) => then.tell_difference(&now, &mut told),
                None => left.push(then),
            }
        }
        // Moves that go elsewhere now.
        for then in left {
            match take(&mut now, |one| one.entity == then.entity) {
                Some(now) => then.tell_difference(&now, &mut told),
                None => whole.push(format!("{}: removed", then.name())),
            }
        }
        whole.extend(now.iter().map(|one| format!("{}: added", one.name())));
        whole.append(&mut told);
        if whole.is_empty() && !is_in_order {
            whole.push("the moves are in another order".to_owned());
        }
        whole
    }

    fn sections(&self) -> Vec<Section<'_>> {
        let mut sections = vec![Section::default()];
        for line in self.0.lines() {
            if let Some(name) = line.strip_prefix(MOVE) {
                let (entity, document) = name.split_once(TO).unwrap_or((name, ""));
                sections.push(Section { entity, document, parts: Vec::new() });
            } else if let (Some(section), Some(part)) = (sections.last_mut(), line.rsplit_once(' ')) {
                section.parts.push(part);
            }
        }
        sections
    }
}

fn take<'o>(sections: &mut Vec<Section<'o>>, is_it: impl Fn(&Section<'_>) -> bool) -> Option<Section<'o>> {
    Some(sections.remove(sections.iter().position(is_it)?))
}

impl Section<'_> {
    fn name(&self) -> String {
        if self.entity.is_empty() {
            return "the whole plan".to_owned();
        }
        format!("{}{TO}{}", self.entity, self.document)
    }

    fn tell_difference(&self, now: &Section<'_>, told: &mut Vec<String>) {
        let name = self.name();
        let hash_in = |section: &Section<'_>, part: &str| {
            section.parts.iter().find(|(name, _)| *name == part).map(|(_, hash)| (*hash).to_owned())
        };
        for (part, hash) in &self.parts {
            match hash_in(now, part) {
                None => told.push(format!("{name}: {part} removed")),
                Some(another) if another != *hash && self.document != now.document && *part == "document" => {
                    told.push(format!("{name}: {part} changed to {}", now.document));
                }
                Some(another) if another != *hash => told.push(format!("{name}: {part} changed")),
                Some(_) => {}
            }
        }
        let is_new = |(part, _): &&(&str, &str)| hash_in(self, part).is_none();
        told.extend(now.parts.iter().filter(is_new).map(|(part, _)| format!("{name}: {part} added")));
    }
}

impl Template {
    /// The template as a plan has it, without what is done to the values.
    pub(super) fn in_words(&self) -> String {
        let word = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Owner => "{uid}".to_owned(),
            Part::Now { .. } => "{now}".to_owned(),
            Part::Version => "{version}".to_owned(),
            Part::Hash => "{@hash}".to_owned(),
            Part::Value { from, .. } => format!("{{{}}}", from.name),
        };
        self.0.iter().map(word).collect()
    }
}
