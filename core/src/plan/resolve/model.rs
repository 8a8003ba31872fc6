//! What names mean: the store's schema, with what the plan itself adds to it, and the way from a name to a position.

use std::collections::BTreeSet;

use super::super::file::PlanFile;
use super::super::problem::{Place, Report, advise, nearest};
use super::super::resolved::{Path, Slot};
use super::super::tree::{At, RelationText};
use crate::record::{Kind, Name};
use crate::rules::Rules;
use crate::schema::{ENTITY, Entity, Field, KEY, Relation, Schema};
use crate::store::{Join, RelationShape, Shape};

/// What a path begins with where the rest of it is a field of the record's own, whatever it is called.
pub(super) const OWN: char = '.';

/// Where names are looked up.
pub(super) struct Model<'a> {
    pub(super) file: &'a PlanFile,
    /// With entities that an open store does not list, and with the relations that the plan declares.
    pub(super) schema: Schema,
    /// The names of those that the store lists.
    listed: BTreeSet<Name>,
    /// The entity and the name of each declared relation, and what joins its ends.
    joins: Vec<(Name, Name, Join)>,
    pub(super) rules: &'a Rules,
    pub(super) report: &'a Report,
}

/// The record that a name is looked up in: its entity, and what is read of it so far.
pub(super) struct Scope<'s> {
    pub(super) entity: &'s Entity,
    pub(super) shape: &'s mut Shape,
}

/// A value that a path leads to.
pub(super) struct Found {
    pub(super) path: Path,
    pub(super) kind: Kind,
    /// Whether it may be missing, or a record on the way to it.
    pub(super) optional: bool,
    /// Where it is a number that the store gives out by itself.
    pub(super) counted: Option<Counted>,
}

/// A number that a store gives its rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// A row number that is no field of the app's.
    Row,
    /// A field that is the whole primary key.
    Key,
}

/// Where relations lead.
pub(super) struct Walk<'s> {
    pub(super) positions: Vec<usize>,
    pub(super) many: bool,
    pub(super) end: Scope<'s>,
}

impl<'a> Model<'a> {
    pub(super) fn new(file: &'a PlanFile, schema: &Schema, rules: &'a Rules, report: &'a Report) -> Self {
        let listed = schema.entities.iter().map(|entity| entity.name.clone()).collect();
        let mut model = Self { file, schema: schema.clone(), listed, joins: Vec::new(), rules, report };
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
        self.schema.entity(name)
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
            target: text.to.it.as_str().into(),
            many: text.many,
            ordered: false,
            optional: true,
            inverse: None,
            native: String::new(),
        };
        let join = Join::Equal { ours: text.ours.it.as_str().into(), theirs: text.theirs.it.as_str().into() };
        let root: Name = text.entity.it.as_str().into();
        let family: Vec<Name> = self.descendants(&root);
        for entity in self.schema.entities.iter_mut().filter(|entity| family.contains(&entity.name)) {
            entity.relations.push(relation.clone());
            self.joins.push((entity.name.clone(), relation.name.clone(), join.clone()));
        }
    }

    /// The entity itself and all that inherit from it.
    fn descendants(&self, root: &Name) -> Vec<Name> {
        let mut family = vec![root.clone()];
        // Parents come before their children, so that one pass finds them all.
        for entity in &self.schema.entities {
            if entity.parent.as_ref().is_some_and(|parent| family.contains(parent)) && !family.contains(&entity.name) {
                family.push(entity.name.clone());
            }
        }
        family
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

    /// The value that a path leads to, through to-one relations and into maps.
    pub(super) fn path(&self, scope: &mut Scope<'_>, text: &At<String>) -> Option<Found> {
        let (mut entity, mut shape) = (scope.entity, &mut *scope.shape);
        let (mut relations, mut optional, mut rest) = (Vec::new(), false, text.it.as_str());
        loop {
            let head = rest.split_once('.');
            if let Some((name, tail)) = head
                .filter(|(name, _)| !name.is_empty() && entity.relation(name).is_some() && entity.field(rest).is_none())
            {
                let relation = entity.relation(name)?;
                if relation.many {
                    let help = format!("for all of them write {{ list = \"{name}\", of = \"{tail}\" }}");
                    self.report.error(text.place, format!("{name} of {} leads to many records", entity.name), help);
                    return None;
                }
                let position = self.relation_position(entity, shape, relation);
                (entity, optional, rest) = (self.entity(&relation.target)?, optional || relation.optional, tail);
                shape = &mut shape.relations.get_mut(position)?.shape;
                relations.push(position);
                continue;
            }
            let (slot, kind, nullable) = self.slot(entity, shape, rest, text.place)?;
            let counted = counted(entity, &slot, shape);
            let path = Path { relations, slot, name: text.it.as_str().into() };
            return Some(Found { path, kind, optional: optional || nullable, counted });
        }
    }

    /// Where in a record a name stands, its kind, and whether it may be missing.
    fn slot(&self, entity: &Entity, shape: &mut Shape, name: &str, place: Place) -> Option<(Slot, Kind, bool)> {
        if let Some(own) = name.strip_prefix(OWN) {
            return self.own_slot(entity, shape, own, place);
        }
        if let Some(part) = captures(&entity.name).position(|capture| capture == name) {
            return Some((Slot::KeyPart(part), Kind::String, false));
        }
        match name {
            KEY => Some((Slot::Key, Kind::String, false)),
            ENTITY => Some((Slot::Entity, Kind::String, false)),
            _ => self.own_slot(entity, shape, name, place),
        }
    }

    /// Where a field of the record's own stands, whatever else its name may mean.
    fn own_slot(&self, entity: &Entity, shape: &mut Shape, name: &str, place: Place) -> Option<(Slot, Kind, bool)> {
        if let Some(field) = entity.field(name) {
            return Some((Slot::Field(position(shape, &field.name), Vec::new()), field.kind, field.optional));
        }
        let (head, within) = name.split_once('.').map_or((name, None), |(head, tail)| (head, Some(tail)));
        match (entity.field(head), within) {
            (Some(field), Some(within)) => {
                let (kind, optional) = self.leaf(entity, field, within, place)?;
                let way = within.split('.').map(str::to_owned).collect();
                Some((Slot::Field(position(shape, &field.name), way), kind, optional || field.optional))
            }
            (None, _) if entity.open && !head.starts_with('@') && !name.split('.').any(str::is_empty) => {
                let way = within.into_iter().flat_map(|within| within.split('.')).map(str::to_owned).collect();
                Some((Slot::Field(position(shape, &head.into()), way), Kind::Any, false))
            }
            _ => {
                self.unknown(entity, name, place);
                None
            }
        }
    }

    /// What lies within a field that is a map.
    fn leaf(&self, entity: &Entity, field: &Field, within: &str, place: Place) -> Option<(Kind, bool)> {
        let (mut field, mut optional, mut way) = (field, false, Some(within));
        while let Some(rest) = way {
            let (name, tail) = rest.split_once('.').map_or((rest, None), |(name, tail)| (name, Some(tail)));
            if !matches!(field.kind, Kind::Map | Kind::Any) {
                let what =
                    format!("{} of {} is {}: there is no \"{name}\" in it", field.name, entity.name, field.kind.word());
                self.report.error(place, what, format!("take \"{}\" as it is", field.name));
                return None;
            }
            if field.elements.is_empty() {
                return Some((Kind::Any, true));
            }
            let Some(element) = field.elements.iter().find(|element| &*element.name == name) else {
                let names = field.elements.iter().map(|element| &*element.name);
                let help = advise(name, &format!("{} has", field.name), names);
                self.report.error(
                    place,
                    format!("unknown field \"{name}\" in {} of {}", field.name, entity.name),
                    help,
                );
                return None;
            };
            optional |= element.optional;
            (field, way) = (element, tail);
        }
        Some((field.kind, optional))
    }

    /// The relations of a path, of which only the last may be to-many.
    pub(super) fn walk<'s>(&'s self, scope: &'s mut Scope<'_>, text: &At<String>) -> Option<Walk<'s>> {
        let (mut entity, mut shape) = (scope.entity as &Entity, &mut *scope.shape);
        let (mut positions, mut many) = (Vec::new(), false);
        for name in text.it.split('.') {
            let Some(relation) = entity.relation(name) else {
                self.no_relation(entity, name, text.place);
                return None;
            };
            if many {
                let help = "only the last relation of a path may; embed the first, and in its fields the next";
                self.report.error(text.place, format!("\"{}\" leads to many records on its way", text.it), help);
                return None;
            }
            let position = self.relation_position(entity, shape, relation);
            (entity, many) = (self.entity(&relation.target)?, relation.many);
            shape = &mut shape.relations.get_mut(position)?.shape;
            positions.push(position);
        }
        Some(Walk { positions, many, end: Scope { entity, shape } })
    }

    pub(super) fn relation_position(&self, entity: &Entity, shape: &mut Shape, relation: &Relation) -> usize {
        if let Some(known) = shape.relations.iter().position(|known| known.name == relation.name) {
            return known;
        }
        let declared = self.joins.iter().find(|(of, name, _)| *of == entity.name && *name == relation.name);
        let join = declared.map_or(Join::Known, |(_, _, join)| join.clone());
        let shape_there = Shape::of(relation.target.clone(), &[]);
        let (name, many) = (relation.name.clone(), relation.many);
        shape.relations.push(RelationShape { name, join, many, shape: shape_there });
        shape.relations.len() - 1
    }

    fn no_relation(&self, entity: &Entity, name: &str, place: Place) {
        if entity.field(name).is_some() {
            let what = format!("{name} of {} is a field, no relation", entity.name);
            self.report.error(place, what, format!("a field is taken by its name alone: \"{name}\""));
            return;
        }
        let relations = entity.relations.iter().map(|relation| &*relation.name);
        let mut help = advise(name, &format!("{} has", entity.name), relations);
        if entity.relations.is_empty() {
            help = format!("{} has no relations; a [[relation]] declares one", entity.name);
        }
        self.report.error(place, format!("unknown relation \"{name}\" of {}", entity.name), help);
    }

    pub(super) fn unknown(&self, entity: &Entity, name: &str, place: Place) {
        if self.report.is_full() {
            return;
        }
        if let Some(relation) = entity.relation(name) {
            let help = match relation.many {
                true => format!(
                    "write {{ references = \"{name}\" }}, {{ embed = \"{name}\" }} or {{ list = \"{name}\", of = … }}"
                ),
                false => format!(
                    "write {{ reference = \"{name}\" }} or {{ embed = \"{name}\" }}, or a field of it: \"{name}.id\""
                ),
            };
            self.report.error(place, format!("{name} of {} is a relation, no field", entity.name), help);
            return;
        }
        let own = entity.fields.iter().map(|field| &*field.name);
        let candidates: Vec<&str> = if name.starts_with('@') {
            entity.system.iter().map(|field| &*field.name).chain([KEY, ENTITY]).collect()
        } else {
            own.chain(entity.relations.iter().map(|relation| &*relation.name)).chain(captures(&entity.name)).collect()
        };
        let help = advise(name, &format!("{} has", entity.name), candidates);
        self.report.error(place, format!("unknown field \"{name}\" of {}", entity.name), help);
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

fn counted(entity: &Entity, slot: &Slot, shape: &Shape) -> Option<Counted> {
    // Without tables there are no rows to count.
    entity.table.as_ref()?;
    match slot {
        Slot::Key if entity.key.is_empty() => Some(Counted::Row),
        Slot::Key => whole_number_key(entity).map(|_| Counted::Key),
        Slot::Field(at, way) if way.is_empty() => {
            let key = whole_number_key(entity)?;
            (shape.fields.get(*at)? == key).then_some(Counted::Key)
        }
        _ => None,
    }
}

/// The one field that is the entity's whole key, where it holds whole numbers.
fn whole_number_key(entity: &Entity) -> Option<&Name> {
    match &*entity.key {
        [name] => entity.field(name).filter(|field| field.kind == Kind::Int).map(|_| name),
        _ => None,
    }
}

fn may_be_equal(one: Kind, other: Kind) -> bool {
    one == other || one == Kind::Any || other == Kind::Any
}

/// The position of a field in a shape, which reads it from now on.
pub(super) fn position(shape: &mut Shape, name: &Name) -> usize {
    shape.fields.iter().position(|field| field == name).unwrap_or_else(|| {
        shape.fields.push(name.clone());
        shape.fields.len() - 1
    })
}
