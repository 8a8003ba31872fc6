//! Which of a schema's entities a plan carries over, and which stay behind.

use std::collections::BTreeSet;

use super::follow::all_related;
use super::{FieldRule, Pass, Plan, Rule, filter};
use crate::record::{Name, Record};
use crate::schema::{Entity, Schema};
use crate::store::Shape;

/// The entities whose records reach a document.
///
/// One that is only referred to, or whose field is only looked at on the way, does not count: its records stay behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried<'p> {
    moved: BTreeSet<&'p Name>,
    embedded: BTreeSet<&'p Name>,
}

impl Plan {
    /// The entities whose records reach a document.
    pub fn carried(&self) -> Carried<'_> {
        Carried::by(&self.passes)
    }
}

impl<'p> Carried<'p> {
    pub(super) fn by(passes: &'p [Pass]) -> Self {
        let mut carried = Self::default();
        for pass in passes {
            carried.moved.insert(&pass.shape.entity);
            pass.moves.iter().for_each(|one| carried.fields(&one.fields, &pass.shape));
        }
        carried
    }

    /// Whether records of this entity are moved by themselves, or embedded together with those of what it inherits
    /// from.
    pub fn holds(&self, schema: &Schema, entity: &Entity) -> bool {
        let parents = std::iter::successors(Some(entity), |entity| schema.entity(entity.parent.as_deref()?));
        // A line of inheritance is no longer than there are entities, whatever a damaged schema says.
        let mut line = parents.take(schema.entities.len());
        self.moved.contains(&entity.name) || line.any(|entity| self.embedded.contains(&entity.name))
    }

    /// Whether records of this entity reach a document only within those of others.
    pub fn only_embeds(&self, schema: &Schema, entity: &Entity) -> bool {
        !entity.is_abstract && !self.moved.contains(&entity.name) && self.holds(schema, entity)
    }

    fn fields(&mut self, fields: &'p [FieldRule], shape: &'p Shape) {
        fields.iter().for_each(|field| self.rule(&field.rule, shape));
    }

    fn rule(&mut self, rule: &'p Rule, shape: &'p Shape) {
        match rule {
            Rule::Embed { relation, fields } => {
                let there = self.embed(relation, shape);
                self.fields(fields, there);
            }
            Rule::List { relation, of } => {
                let there = self.embed(relation, shape);
                self.rule(of, there);
            }
            Rule::Map(fields) => self.fields(fields, shape),
            Rule::JsonText(of) => self.rule(of, shape),
            Rule::Take { .. } | Rule::Constant(_) | Rule::Text(_) | Rule::Upload { .. } => {}
            Rule::Reference { .. } | Rule::References { .. } => {}
        }
    }

    fn embed(&mut self, relation: &[usize], shape: &'p Shape) -> &'p Shape {
        let step = |shape: &'p Shape, at: &usize| shape.relations.get(*at).map_or(shape, |relation| &relation.shape);
        let there = relation.iter().fold(shape, step);
        self.embedded.insert(&there.entity);
        there
    }
}

impl Pass {
    /// Every record that the documents of this one hold within them, as often as they do.
    pub(crate) fn each_within(&self, record: &Record, each: &mut dyn FnMut(&Record)) {
        let moves = self.moves.iter().filter(|one| filter::holds(&one.filter, record));
        moves.for_each(|one| within_fields(&one.fields, record, each));
    }
}

fn within_fields(fields: &[FieldRule], record: &Record, each: &mut dyn FnMut(&Record)) {
    fields.iter().for_each(|field| within_rule(&field.rule, record, each));
}

fn within_rule(rule: &Rule, record: &Record, each: &mut dyn FnMut(&Record)) {
    match rule {
        Rule::Embed { relation, fields } => all_related(record, relation).iter().for_each(|there| {
            each(there);
            within_fields(fields, there, each);
        }),
        Rule::List { relation, of } => all_related(record, relation).iter().for_each(|there| {
            each(there);
            within_rule(of, there, each);
        }),
        Rule::Map(fields) => within_fields(fields, record, each),
        Rule::JsonText(of) => within_rule(of, record, each),
        Rule::Take { .. } | Rule::Constant(_) | Rule::Text(_) | Rule::Upload { .. } => {}
        Rule::Reference { .. } | Rule::References { .. } => {}
    }
}
