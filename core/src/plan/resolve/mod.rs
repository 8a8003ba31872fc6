//! From the plan as it was written to the plan that can run: every name looked up, every rule checked.

mod address;
mod condition;
mod coverage;
mod existence;
mod fields;
mod kinds;
mod model;
mod paths;
mod rule;
mod stamps;
mod template;
#[cfg(test)]
mod tests;

use self::address::ends_in_own_id;
use self::fields::Manner;
use self::kinds::{is_ordered, with_article};
use self::model::Model;
use self::paths::Scope;
use self::template::Usage;
use super::file::PlanFile;
use super::fingerprint::fingerprint;
use super::problem::{Report, listed};
use super::resolved::{FieldRule, Move, Nulls, Pass, Path, Plan};
use super::tree::{At, MoveText, NullsText};
use crate::rules::Rules;
use crate::schema::{Entity, Schema};
use crate::store::Shape;

/// The plan as far as it can be made; it is whole where the report has no error.
pub(super) fn resolve(file: &PlanFile, schema: &Schema, rules: &Rules, report: &Report) -> Plan {
    let model = Model::new(file, schema, rules, report);
    model.check_ends();
    model.check_left_out_entities();
    model.check_addresses();
    let mut passes = model.passes();
    if !report.has_errors() {
        model.check_coverage(&passes);
    }
    model.look_at_relations(&mut passes);
    let (fingerprint, outline) = fingerprint(&passes, file.version, &model.schema, rules);
    let schema = schema.fingerprint.clone();
    Plan { name: file.name.clone(), version: file.version, fingerprint, outline, schema, passes }
}

/// What can be told without a store: whether the plan is for this target, and its documents lie where some can.
pub(super) fn check_alone(file: &PlanFile, rules: &Rules, report: &Report) {
    let anything = Schema { open: true, ..Schema::default() };
    let model = Model::new(file, &anything, rules, report);
    model.check_target();
    model.check_addresses();
}

impl Model<'_> {
    fn check_target(&self) {
        if let Some(to) = self.file.to.as_ref().filter(|to| to.it != self.rules.target) {
            let what = format!("the plan goes to \"{}\", not to \"{}\"", to.it, self.rules.target);
            self.report.error(to.place, what, format!("to = \"{}\"", self.rules.target));
        }
    }

    /// Whether the plan is for this store and this target.
    fn check_ends(&self) {
        let (file, store) = (self.file, &self.schema.store);
        if let Some(from) = file.from.as_ref().filter(|from| from.it != *store && !store.is_empty()) {
            // Whether it fits, the schema says better than a word.
            let what = format!("the plan is for a \"{}\" store, and this one is \"{store}\"", from.it);
            self.report.warning(from.place, what, format!("where that is meant, write from = \"{store}\""));
        }
        self.check_target();
        if let Some(first) = file.schemas.first().filter(|_| !file.is_for(&self.schema)) {
            let version = self.schema.version.as_deref().unwrap_or("without a version");
            let what =
                format!("the plan is for other schemas than this store's ({version}, {})", self.schema.fingerprint);
            let this = self.schema.version.as_ref().unwrap_or(&self.schema.fingerprint);
            let help = format!("where the plan fits this one too, name it there: \"{this}\"");
            self.report.error(first.place, what, help);
        }
    }

    /// One pass for each entity, in the order in which the plan first mentions them.
    fn passes(&self) -> Vec<Pass> {
        let mut order: Vec<&Entity> = Vec::new();
        for name in self.file.moves.iter().flat_map(|one| &one.entities) {
            match self.entity(&name.it) {
                Some(entity) if entity.is_abstract => self.no_records(entity, name),
                Some(entity) if !order.iter().any(|known| known.name == entity.name) => order.push(entity),
                _ => {}
            }
        }
        let mut roots = Vec::new();
        let mut all = Vec::new();
        let mut passes = Vec::new();
        for entity in order {
            let root = &self.schema.root_of(entity).name;
            let mut shape = Shape::of(entity.name.clone(), &[]);
            shape.claims_strays = !roots.contains(&root);
            roots.push(root);
            let texts = self.moves_of(&entity.name);
            let moves: Vec<_> =
                texts.filter_map(|text| Some((text, self.one_move(text, entity, &mut shape)?))).collect();
            all.extend(moves.iter().cloned());
            passes.push(Pass { shape, moves: moves.into_iter().map(|(_, one)| one).collect() });
        }
        self.check_meetings(&all);
        passes
    }

    fn no_records(&self, entity: &Entity, name: &At<String>) {
        let children = self.schema.entities.iter().filter(|child| child.parent.as_ref() == Some(&entity.name));
        let children: Vec<&str> = children.map(|child| &*child.name).collect();
        let help = format!("move its subentities, together or each by itself: {}", listed(&children));
        self.report.error(name.place, format!("{} is abstract: no record is of it", entity.name), help);
    }

    fn one_move(&self, text: &MoveText, entity: &Entity, shape: &mut Shape) -> Option<Move> {
        let mut scope = Scope { entity, shape };
        let scope = &mut scope;
        let nulls = match text.nulls.as_ref().or(self.file.nulls.as_ref()) {
            Some(NullsText::LeaveOut) => Nulls::LeaveOut,
            _ => Nulls::Keep,
        };
        let manner = Manner { nulls: &nulls, stamp: false, json: false };
        let document = text.document.as_ref().and_then(|document| {
            self.check_composites(scope, &document.it, document.place);
            self.template(scope, &document.it, document.place, Usage::Address)
        });
        let fields = self.fields(scope, &text.fields, &text.leave_out, manner);
        let stamp_texts = stamps::merged(&self.file.stamps, &text.stamps);
        let stamps: Vec<FieldRule> = self.named(scope, &stamp_texts, Manner { stamp: true, ..manner });
        self.check_hidden(&fields, &stamps, text.place);
        let filter = text.filter.iter().filter_map(|condition| self.condition(scope, condition)).collect();
        let revision = text.revision.as_ref().and_then(|revision| self.revision(scope, revision));
        let unique = self.unique(&text.unique, &fields);
        let document = document?;
        let own_id = ends_in_own_id(&document, entity);
        let (line, deletes) = (text.place.line, text.deletes);
        Some(Move { line, document, filter, fields, stamps, revision, own_id, unique, deletes })
    }

    fn revision(&self, scope: &mut Scope<'_>, text: &At<String>) -> Option<Path> {
        let found = self.path(scope, text)?;
        if !is_ordered(found.kind) {
            let what = format!("{} is {}, which does not say who is newer", text.it, with_article(found.kind));
            self.report.error(text.place, what, "a revision is a timestamp, a number or text that grows");
        }
        Some(found.path)
    }
}
