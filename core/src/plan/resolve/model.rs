//! What names are looked up in: the store's schema, with what the plan itself adds to it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::file::PlanFile;
use super::super::problem::{Report, advise, nearest};
use super::super::tree::{At, MoveText, RelationText};
use crate::record::{Kind, Name};
use crate::rules::Rules;
use crate::schema::{Entity, KEY, Relation, Schema};
use crate::store::Join;

/// Where names are looked up.
pub(super) struct Model<'a> {
    pub(super) file: &'a PlanFile,
    /// With entities that an open store does not list, and with the relations that the plan declares.
    pub(super) schema: Schema,
    /// The names of those that the store lists.
    listed: BTreeSet<Name>,
    /// Names that are no entity's, and the entity that was most likely meant: what else is said of it is checked too.
    guesses: BTreeMap<String, Name>,
    /// The entity and the name of each declared relation, and what joins its ends.
    joins: Vec<(Name, Name, Join)>,
    pub(super) rules: &'a Rules,
    pub(super) report: &'a Report,
}

impl<'a> Model<'a> {
    pub(super) fn new(file: &'a PlanFile, schema: &Schema, rules: &'a Rules, report: &'a Report) -> Self {
        let listed = schema.entities.iter().map(|entity| entity.name.clone()).collect();
        let (schema, guesses, joins) = (schema.clone(), BTreeMap::new(), Vec::new());
        let mut model = Self { file, schema, listed, guesses, joins, rules, report };
        let of_moves = file.moves.iter().flat_map(|one| &one.entities);
        let of_relations = file.relations.iter().flat_map(|relation| [&relation.entity, &relation.to]);
        for name in of_moves.chain(of_relations) {
            model.meet(name);
        }
        for relation in &file.relations {
            model.declare(relation);
        }
        model
    }

    pub(super) fn entity(&self, name: &str) -> Option<&Entity> {
        self.schema.entity(self.guesses.get(name).map_or(name, |guess| guess))
    }

    /// The moves of an entity's records.
    pub(super) fn moves_of<'s>(&'s self, entity: &'s Name) -> impl Iterator<Item = &'s MoveText> + Clone {
        let names = |name: &At<String>| **entity == *name.it || self.guesses.get(&name.it) == Some(entity);
        self.file.moves.iter().filter(move |one| one.entities.iter().any(names))
    }

    /// What joins the ends of a relation.
    pub(super) fn join(&self, entity: &Entity, relation: &Relation) -> Join {
        let declared = self.joins.iter().find(|(of, name, _)| *of == entity.name && *name == relation.name);
        declared.map_or(Join::Known, |(_, _, join)| join.clone())
    }

    /// An entity that the plan names: it is listed, or an open store may have it.
    fn meet(&mut self, name: &At<String>) {
        if self.schema.entity(&name.it).is_some() {
            return;
        }
        if let Some(same) = self.schema.entities.iter().find(|entity| same_path(&entity.name, &name.it)) {
            let renamed = Entity { name: name.it.as_str().into(), ..same.clone() };
            self.schema.entities.push(renamed);
            return;
        }
        let names: Vec<&str> = self.schema.entities.iter().map(|entity| &*entity.name).collect();
        if !self.schema.open {
            if let Some(near) = nearest(&name.it, &names) {
                self.guesses.insert(name.it.clone(), near.into());
            }
            let help = advise(&name.it, "the store has", names);
            self.report.error(name.place, format!("unknown entity \"{}\"", name.it), help);
            return;
        }
        let listed: Vec<&str> = names.into_iter().filter(|listed| self.listed.contains(*listed)).collect();
        if let Some(near) = nearest(&name.it, &listed) {
            let help = format!("did you mean \"{near}\"?");
            self.report.warning(name.place, format!("the store lists no \"{}\"", name.it), help);
        }
        self.schema.entities.push(Entity { open: true, ..Entity::new(name.it.as_str()) });
    }

    fn declare(&mut self, text: &RelationText) {
        let (Some(entity), Some(target)) = (self.entity(&text.entity.it), self.entity(&text.to.it)) else { return };
        let name = &text.name;
        if entity.field(&name.it).is_some() || entity.relation(&name.it).is_some() {
            let what = format!("{} already has a \"{}\"", entity.name, name.it);
            self.report.error(name.place, what, "give the relation another name");
            return;
        }
        if name.it.is_empty() || name.it.contains('.') {
            self.report.error(name.place, "no name for a relation", "a relation's name is a word without a dot");
            return;
        }
        let ends = [(entity, &text.ours), (target, &text.theirs)].map(|(entity, field)| self.join_field(entity, field));
        let [Some(ours), Some(theirs)] = ends else { return };
        if !may_be_equal(ours, theirs) {
            let what = format!("\"{}\" is {}, \"{}\" is {}", text.ours.it, ours.word(), text.theirs.it, theirs.word());
            self.report.error(text.theirs.place, what, "a relation joins fields of one type");
        }
        let relation = Relation {
            name: name.it.as_str().into(),
            target: target.name.clone(),
            many: text.many,
            ordered: false,
            optional: true,
            inverse: None,
            native: String::new(),
        };
        let join = Join::Equal { ours: text.ours.it.as_str().into(), theirs: text.theirs.it.as_str().into() };
        let family = self.schema.entities.iter().filter(|one| self.schema.is_a(one, &entity.name));
        let family: BTreeSet<Name> = family.map(|one| one.name.clone()).collect();
        for entity in self.schema.entities.iter_mut().filter(|entity| family.contains(&entity.name)) {
            entity.relations.push(relation.clone());
            self.joins.push((entity.name.clone(), relation.name.clone(), join.clone()));
        }
    }

    fn join_field(&self, entity: &Entity, field: &At<String>) -> Option<Kind> {
        if field.it == KEY {
            // A key is compared as text with whatever names it.
            return Some(Kind::Any);
        }
        match entity.field(&field.it) {
            Some(found) => Some(found.kind),
            None if entity.open => Some(Kind::Any),
            None => {
                self.unknown(entity, &field.it, field.place);
                None
            }
        }
    }
}

/// The names in braces of a collection's path.
pub(super) fn captures(entity: &str) -> impl Iterator<Item = &str> {
    entity.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// Whether two collection paths differ in the names of their captures alone.
pub(super) fn same_path(one: &str, other: &str) -> bool {
    let is_capture = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    one.contains('/')
        && one.split('/').count() == other.split('/').count()
        && one.split('/').zip(other.split('/')).all(|(a, b)| a == b || (is_capture(a) && is_capture(b)))
}

fn may_be_equal(one: Kind, other: Kind) -> bool {
    one == other || one == Kind::Any || other == Kind::Any
}
