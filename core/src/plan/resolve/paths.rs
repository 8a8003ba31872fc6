//! The way from a name in a plan to a place in a record, through to-one relations and into maps.

use super::super::problem::{Mistake, Place, advise};
use super::super::resolved::{Path, Slot};
use super::super::tree::At;
use super::kinds::with_article;
use super::model::{Model, captures};
use crate::record::{Kind, Name};
use crate::schema::{ENTITY, Entity, Field, KEY, Relation};
use crate::store::{RelationShape, Shape};

/// What a path begins with where the rest of it is a field of the record's own, whatever it is called.
pub(super) const OWN: char = '.';

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

impl Model<'_> {
    /// The value that a path leads to; where it leads to none, that is reported.
    pub(super) fn path(&self, scope: &mut Scope<'_>, text: &At<String>) -> Option<Found> {
        let found = self.find(scope, &text.it);
        found.map_err(|mistake| self.report.mistake(text.place, mistake)).ok()
    }

    /// The value that a path leads to, through to-one relations and into maps.
    pub(super) fn find(&self, scope: &mut Scope<'_>, path: &str) -> Result<Found, Mistake> {
        let (mut entity, mut shape) = (scope.entity, &mut *scope.shape);
        let (mut relations, mut optional, mut rest) = (Vec::new(), false, path);
        while let Some((relation, tail)) = leading_relation(entity, rest) {
            let name = &relation.name;
            if relation.many {
                let help = format!("for all of them write {{ list = \"{name}\", of = \"{tail}\" }}");
                return Err(Mistake::new(format!("{name} of {} leads to many records", entity.name), help));
            }
            let position = self.relation_position(entity, shape, relation);
            (entity, optional, rest) = (self.target(entity, relation)?, optional || relation.optional, tail);
            shape = &mut shape.relations[position].shape;
            relations.push(position);
        }
        let (slot, kind, nullable) = self.slot(entity, shape, rest)?;
        let counted = counted(entity, &slot, shape);
        let path = Path { relations, slot, name: path.into() };
        Ok(Found { path, kind, optional: optional || nullable, counted })
    }

    /// Where in a record a name stands, its kind, and whether it may be missing.
    fn slot(&self, entity: &Entity, shape: &mut Shape, name: &str) -> Result<(Slot, Kind, bool), Mistake> {
        if let Some(own) = name.strip_prefix(OWN) {
            return self.own_slot(entity, shape, own);
        }
        if let Some(part) = captures(&entity.name).position(|capture| capture == name) {
            return Ok((Slot::KeyPart(part), Kind::String, false));
        }
        match name {
            KEY => Ok((Slot::Key, Kind::String, false)),
            ENTITY => Ok((Slot::Entity, Kind::String, false)),
            _ => self.own_slot(entity, shape, name),
        }
    }

    /// Where a field of the record's own stands, whatever else its name may mean.
    fn own_slot(&self, entity: &Entity, shape: &mut Shape, name: &str) -> Result<(Slot, Kind, bool), Mistake> {
        if let Some(field) = entity.field(name) {
            return Ok((Slot::Field(position(shape, &field.name), Vec::new()), field.kind, field.optional));
        }
        let (head, within) = name.split_once('.').map_or((name, None), |(head, tail)| (head, Some(tail)));
        match (entity.field(head), within) {
            (Some(field), Some(within)) => {
                let (kind, optional) = leaf(entity, field, within)?;
                let way = within.split('.').map(str::to_owned).collect();
                Ok((Slot::Field(position(shape, &field.name), way), kind, optional || field.optional))
            }
            (None, _) if entity.open && !head.starts_with('@') && !name.split('.').any(str::is_empty) => {
                let way = within.into_iter().flat_map(|within| within.split('.')).map(str::to_owned).collect();
                Ok((Slot::Field(position(shape, &head.into()), way), Kind::Any, false))
            }
            _ => Err(self.no_field(entity, name)),
        }
    }

    /// The relations of a path, of which only the last may be to-many; where there are none, that is reported.
    pub(super) fn walk<'s>(&'s self, scope: &'s mut Scope<'_>, text: &At<String>) -> Option<Walk<'s>> {
        let walk = self.follow(scope, &text.it);
        walk.map_err(|mistake| self.report.mistake(text.place, mistake)).ok()
    }

    fn follow<'s>(&'s self, scope: &'s mut Scope<'_>, path: &str) -> Result<Walk<'s>, Mistake> {
        let (mut entity, mut shape) = (scope.entity as &Entity, &mut *scope.shape);
        let (mut positions, mut many) = (Vec::new(), false);
        for name in path.split('.') {
            let relation = entity.relation(name).ok_or_else(|| self.no_relation(entity, name))?;
            if many {
                let what = format!("\"{path}\" leads to many records on its way");
                let help = "only the last relation of a path may; embed the first, and in its fields the next";
                return Err(Mistake::new(what, help));
            }
            let position = self.relation_position(entity, shape, relation);
            (entity, many) = (self.target(entity, relation)?, relation.many);
            shape = &mut shape.relations[position].shape;
            positions.push(position);
        }
        Ok(Walk { positions, many, end: Scope { entity, shape } })
    }

    fn target(&self, entity: &Entity, relation: &Relation) -> Result<&Entity, Mistake> {
        let lost = || {
            let what = format!("{} of {} leads to {}", relation.name, entity.name, relation.target);
            Mistake::new(format!("{what}, which the store does not list"), "name it in leave_out")
        };
        self.entity(&relation.target).ok_or_else(lost)
    }

    /// The position of a relation in a shape, which reads it from now on.
    pub(super) fn relation_position(&self, entity: &Entity, shape: &mut Shape, relation: &Relation) -> usize {
        if let Some(known) = shape.relations.iter().position(|known| known.name == relation.name) {
            return known;
        }
        let (name, many) = (relation.name.clone(), relation.many);
        let shape_there = Shape::of(relation.target.clone(), &[]);
        shape.relations.push(RelationShape { name, join: self.join(entity, relation), many, shape: shape_there });
        shape.relations.len() - 1
    }

    pub(super) fn unknown(&self, entity: &Entity, name: &str, place: Place) {
        self.report.mistake(place, self.no_field(entity, name));
    }

    fn no_field(&self, entity: &Entity, name: &str) -> Mistake {
        if self.report.is_full() {
            return Mistake::told();
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
            return Mistake::new(format!("{name} of {} is a relation, no field", entity.name), help);
        }
        let own = entity.fields.iter().map(|field| &*field.name);
        let candidates: Vec<&str> = if name.starts_with('@') {
            entity.system.iter().map(|field| &*field.name).chain([KEY, ENTITY]).collect()
        } else {
            own.chain(entity.relations.iter().map(|relation| &*relation.name)).chain(captures(&entity.name)).collect()
        };
        // Of a path it is the first name that is not there.
        let first = if name.starts_with('@') { name } else { name.split('.').next().unwrap_or(name) };
        let help = advise(first, &format!("{} has", entity.name), candidates);
        Mistake::new(format!("unknown field \"{name}\" of {}", entity.name), help)
    }

    fn no_relation(&self, entity: &Entity, name: &str) -> Mistake {
        if entity.field(name).is_some() {
            let what = format!("{name} of {} is a field, no relation", entity.name);
            return Mistake::new(what, format!("a field is taken by its name alone: \"{name}\""));
        }
        if self.file.relations.iter().any(|declared| declared.name.it == name) {
            // What is wrong with the declaration was told there.
            return Mistake::told();
        }
        let relations = entity.relations.iter().map(|relation| &*relation.name);
        let mut help = advise(name, &format!("{} has", entity.name), relations);
        if entity.relations.is_empty() {
            help = format!("{} has no relations; a [[relation]] declares one", entity.name);
        }
        Mistake::new(format!("unknown relation \"{name}\" of {}", entity.name), help)
    }
}

/// The relation that a path begins with, and the rest of the path.
fn leading_relation<'e, 'p>(entity: &'e Entity, path: &'p str) -> Option<(&'e Relation, &'p str)> {
    let (name, tail) = path.split_once('.')?;
    let relation = entity.relation(name).filter(|_| !name.is_empty())?;
    entity.field(path).is_none().then_some((relation, tail))
}

/// What lies within a field that is a map.
fn leaf(entity: &Entity, field: &Field, within: &str) -> Result<(Kind, bool), Mistake> {
    let (mut field, mut optional, mut way) = (field, false, Some(within));
    while let Some(rest) = way {
        let (name, tail) = rest.split_once('.').map_or((rest, None), |(name, tail)| (name, Some(tail)));
        if !matches!(field.kind, Kind::Map | Kind::Any) {
            let what = format!(
                "{} of {} is {}: there is no \"{name}\" in it",
                field.name,
                entity.name,
                with_article(field.kind)
            );
            return Err(Mistake::new(what, format!("take \"{}\" as it is", field.name)));
        }
        if field.elements.is_empty() {
            return Ok((Kind::Any, true));
        }
        let Some(element) = field.elements.iter().find(|element| &*element.name == name) else {
            let names = field.elements.iter().map(|element| &*element.name);
            let help = advise(name, &format!("{} has", field.name), names);
            return Err(Mistake::new(format!("unknown field \"{name}\" in {} of {}", field.name, entity.name), help));
        };
        optional |= element.optional;
        (field, way) = (element, tail);
    }
    Ok((field.kind, optional))
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

/// The position of a field in a shape, which reads it from now on.
pub(super) fn position(shape: &mut Shape, name: &Name) -> usize {
    shape.fields.iter().position(|field| field == name).unwrap_or_else(|| {
        shape.fields.push(name.clone());
        shape.fields.len() - 1
    })
}
