//! What a plan leaves behind without saying so.

use std::collections::{BTreeMap, BTreeSet};

use super::super::carried::Carried;
use super::super::problem::{Place, listed};
use super::super::resolved::Pass;
use super::super::tree::{FieldsText, RuleText};
use super::model::{Model, same_path};
use crate::record::Name;
use crate::schema::Entity;
use crate::store::Shape;

/// What the plan reads of each entity, wherever it does.
#[derive(Default)]
struct Used {
    fields: BTreeSet<Name>,
    relations: BTreeSet<Name>,
}

impl Model<'_> {
    pub(super) fn check_coverage(&self, passes: &[Pass]) {
        let mut used: BTreeMap<Name, Used> = BTreeMap::new();
        passes.iter().for_each(|pass| collect(&pass.shape, &mut used));
        let carried = Carried::by(passes);
        for entity in &self.schema.entities {
            if let Some(of_entity) = used.get(&entity.name).filter(|_| self.place_of(entity).is_some()) {
                self.check_entity(entity, of_entity, &used);
            }
            let renamed = passes.iter().any(|pass| same_path(&pass.shape.entity, &entity.name));
            if entity.is_abstract || renamed || self.is_left_out(entity) || carried.holds(&self.schema, entity) {
                continue;
            }
            let what =
                format!("no record of {} is carried over: no move is for it, and nothing embeds it", entity.name);
            let help =
                format!("write a [[move]] for it, embed it, or say leave_out = [\"{}\"] at the top", entity.name);
            self.report.warning(Place::START, what, help);
        }
    }

    /// Whether the entities that the plan leaves out are there at all, and no move takes them.
    pub(super) fn check_left_out_entities(&self) {
        for name in &self.file.leave_out {
            if let Some(one) = self.file.moves.iter().find(|one| one.entities.iter().any(|moved| moved.it == name.it)) {
                let what = format!("\"{}\" is left out, and the move of line {} moves it", name.it, one.place.line);
                self.report.error(name.place, what, "take one of the two away");
            }
            if self.schema.entity(&name.it).is_none() && !self.schema.open {
                let names = self.schema.entities.iter().map(|entity| &*entity.name);
                let help = super::super::problem::advise(&name.it, "the store has", names);
                self.report.error(name.place, format!("unknown entity \"{}\"", name.it), help);
            }
        }
    }

    fn is_left_out(&self, entity: &Entity) -> bool {
        self.file.leave_out.iter().any(|name| *name.it == *entity.name)
    }

    /// The first move of the entity.
    fn place_of(&self, entity: &Entity) -> Option<Place> {
        self.moves_of(&entity.name).next().map(|one| one.place)
    }

    fn check_entity(&self, entity: &Entity, used: &Used, all: &BTreeMap<Name, Used>) {
        let Some(place) = self.place_of(entity) else { return };
        let left_out = self.left_out_of(entity);
        let silent = |name: &Name| !left_out.contains(&**name);
        let fields: Vec<&str> = (entity.fields.iter().map(|field| &field.name))
            .filter(|name| !used.fields.contains(*name) && silent(name))
            .map(|name| &**name)
            .collect();
        if !fields.is_empty() {
            let what = format!("left behind of {}: {}", entity.name, listed(&fields));
            let help = "take them in [move.fields] (\"*\" = \"*\" takes all), or name them in leave_out";
            self.report.warning(place, what, help);
        }
        // A relation is kept by either end: by what is written of it here, or by its inverse there.
        let kept_by_inverse = |target: &Name, inverse: &Option<Name>| {
            let there = all.get(target);
            inverse.as_ref().is_some_and(|inverse| there.is_some_and(|there| there.relations.contains(inverse)))
        };
        let relations: Vec<&str> = (entity.relations.iter())
            .filter(|relation| !used.relations.contains(&relation.name) && silent(&relation.name))
            .filter(|relation| !kept_by_inverse(&relation.target, &relation.inverse))
            .filter(|relation| !relation.many || relation.inverse.is_none())
            .filter(|relation| !entity.fields.iter().any(|field| is_foreign_key(&field.name, &relation.name)))
            .map(|relation| &*relation.name)
            .collect();
        if !relations.is_empty() {
            let what = format!("relations of {} that nothing keeps: {}", entity.name, listed(&relations));
            let help = "write a reference, embed them, use a field of theirs, or name them in leave_out";
            self.report.warning(place, what, help);
        }
    }

    /// The names that any move of the entity, or any embed, says it leaves out.
    fn left_out_of(&self, entity: &Entity) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for one in &self.file.moves {
            if one.entities.iter().any(|name| *name.it == *entity.name) {
                names.extend(one.leave_out.iter().map(|name| name.it.as_str()));
            }
            embedded_left_out(&one.fields, &mut names);
        }
        names
    }
}

/// Whether a field holds the other record's id, as the tables of a relational store have it; then it is the field
/// that is carried over or left out.
fn is_foreign_key(field: &str, relation: &str) -> bool {
    let plain = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let (field, relation) = (plain(field), plain(relation));
    field == relation || field.strip_prefix(&relation).is_some_and(|rest| matches!(rest, "id" | "uuid" | "key"))
}

fn collect(shape: &Shape, used: &mut BTreeMap<Name, Used>) {
    let of_entity = used.entry(shape.entity.clone()).or_default();
    of_entity.fields.extend(shape.fields.iter().cloned());
    of_entity.relations.extend(shape.relations.iter().map(|relation| relation.name.clone()));
    shape.relations.iter().for_each(|relation| collect(&relation.shape, used));
}

fn embedded_left_out<'t>(fields: &'t FieldsText, names: &mut BTreeSet<&'t str>) {
    fields.rules.iter().for_each(|field| left_out_in(&field.rule.it, names));
}

fn left_out_in<'t>(rule: &'t RuleText, names: &mut BTreeSet<&'t str>) {
    match rule {
        RuleText::Embed { fields, leave_out, .. } => {
            names.extend(leave_out.iter().map(|name| name.it.as_str()));
            embedded_left_out(fields, names);
        }
        RuleText::JsonText(of) => left_out_in(&of.it, names),
        RuleText::Map(fields) => fields.iter().for_each(|field| left_out_in(&field.rule.it, names)),
        _ => {}
    }
}
