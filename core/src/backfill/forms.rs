//! What is common to all documents that one move makes, as far as looking at them goes.

use std::sync::Arc;

use super::reconcile::There;
use crate::plan::{ContentHash, Move, Plan};
use crate::record::{Map, Name, Value, at};
use crate::rules::Rules;
use crate::store::{Content, Found, Say};

/// The moves of a plan, by their place among all of them.
#[derive(Clone, Debug)]
pub(crate) struct Forms {
    forms: Vec<Form>,
    /// The place of each pass's first move.
    firsts: Vec<u16>,
}

/// What a move's documents look like.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// The names of their fields, sorted.
    names: Arc<[Name]>,
    /// The ways of their stamps.
    stamps: Vec<Arc<[Name]>>,
    /// Both together: what the move has a say in.
    say: Say,
    /// The field that says how new a document is.
    revision: Option<Name>,
}

impl Forms {
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut forms = Self { forms: Vec::new(), firsts: Vec::new() };
        for pass in &plan.passes {
            forms.firsts.push(place(forms.forms.len()));
            forms.forms.extend(pass.moves.iter().map(Form::of));
        }
        forms
    }

    /// The place among all moves of a pass's move.
    pub(crate) fn place(&self, pass: usize, slot: usize) -> u16 {
        self.firsts.get(pass).copied().unwrap_or(0).saturating_add(place(slot))
    }

    pub(crate) fn get(&self, place: u16) -> Option<&Form> {
        self.forms.get(usize::from(place))
    }

    /// The pass of each move.
    pub(crate) fn passes(&self) -> impl Iterator<Item = usize> {
        (0..self.forms.len()).map(|form| self.firsts.partition_point(|first| usize::from(*first) <= form) - 1)
    }
}

impl Form {
    fn of(one: &Move) -> Self {
        let names: Arc<[Name]> = one.fields.iter().map(|field| field.name.clone()).collect();
        Self { names, stamps: one.stamp_ways(), say: one.say(), revision: one.revision_field().cloned() }
    }

    /// What such a document has a say in.
    pub(crate) fn say(&self) -> &Say {
        &self.say
    }

    /// Whether what is at the address of such a document says how new it is.
    pub(crate) fn has_revision(&self) -> bool {
        self.revision.is_some()
    }

    /// What was found, as far as our document has a say in it, and whether others have added something.
    pub(crate) fn seen(&self, found: &Found, ours: Option<&Content>, rules: &Rules) -> There {
        let has_more = !self.say.covers(&found.fields);
        let hash = if has_more {
            let is_ours = |name: &str| self.names.binary_search_by(|ours| (**ours).cmp(name)).is_ok();
            let ours = found.fields.iter().filter(|(name, _)| is_ours(name));
            let ours: Map = ours.map(|(name, value)| (name.clone(), value.clone())).collect();
            ContentHash::of(&ours, &self.stamps, rules)
        } else {
            ContentHash::of(&found.fields, &self.stamps, rules)
        };
        let revision: Option<&Value> = self.revision.as_ref().and_then(|name| found.fields.get(&**name));
        let is_ours = |way: &Arc<[Name]>| ours.is_some_and(|ours| ours.at(way) == at(&found.fields, way));
        let has_our_stamps = self.stamps.iter().all(is_ours);
        let (version, is_original) = (found.version.clone(), found.is_original);
        There { version, is_original, hash, has_more, revision: revision.cloned(), has_our_stamps }
    }
}

fn place(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
