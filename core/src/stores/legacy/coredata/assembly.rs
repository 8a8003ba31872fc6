//! A model, the numbers of its entities and the tables of the file, put together into a layout.

use std::collections::BTreeSet;

use crate::record::Name;
use crate::schema::{Entity, Relation, Schema};

use super::Flavor;
use super::catalog::{Catalog, Table};
use super::columns::{self, Placed};
use super::fields::Fields;
use super::links::{Home, Map};
use super::metadata::{Metadata, Numbered};
use super::model::{Model, Relationship};
use super::{system, tables};
use crate::stores::legacy::layout::{EntityLayout, KeyColumns, Layout, fingerprint};

/// A property counts once for each entity that has or inherits it; no app comes near.
const MOST_PROPERTIES: usize = 100_000;

/// The layout of a store with a model; why the model cannot be used, in words, where it cannot.
pub(super) fn layout(
    model: &Model,
    numbered: &[Numbered],
    metadata: &Metadata,
    catalog: &Catalog,
) -> Result<Layout, &'static str> {
    let flavor = Flavor::of(metadata, catalog, model);
    let mut warnings = Vec::new();
    let homes = homes(model, numbered, catalog, &mut warnings);
    let map = Map { model, placed: columns::place(model), catalog, homes };
    let order = columns::in_order(model);
    let properties = |&entity: &usize| model.line(entity).map(|(_, entity)| entity.properties.len()).sum::<usize>();
    if order.iter().map(properties).sum::<usize>() > MOST_PROPERTIES {
        return Err("it is far larger than any app's model");
    }
    let cloud = system::cloud(catalog);
    let mut assembly = Assembly { map, fields: Fields { flavor, warnings }, told: BTreeSet::new() };
    let (entities, layouts) = order
        .into_iter()
        .filter_map(|entity| {
            let (mut schema, layout) = assembly.entity(entity)?;
            schema.system = system::fields(metadata, cloud.as_ref());
            Some((schema, layout))
        })
        .unzip();
    let schema = Schema {
        store: flavor.word().to_owned(),
        fingerprint: metadata.fingerprint.clone().unwrap_or_else(|| fingerprint(tables::parts(numbered, catalog))),
        version: metadata.version.clone(),
        entities,
        open: false,
        warnings: assembly.fields.warnings,
    };
    Ok(Layout { schema, entities: layouts, store_id: metadata.store_id.clone(), cloud })
}

/// The number and the table of each entity. An entity that was renamed may still bear its old name in the file.
fn homes<'m>(
    model: &Model,
    numbered: &[Numbered],
    catalog: &'m Catalog,
    warnings: &mut Vec<String>,
) -> Vec<Option<Home<'m>>> {
    let number = |entity: usize| {
        let entity = model.entities.get(entity)?;
        let named = |name: &str| numbered.iter().find(|row| row.name == name);
        let before = entity.renamed_from.as_deref().filter(|name| model.find(name).is_none());
        named(&entity.name).or_else(|| before.and_then(named))
    };
    let mut homes = Vec::new();
    for (place, entity) in model.entities.iter().enumerate() {
        let root = model.line(place).last().map_or(place, |(root, _)| root);
        let names = [model.entities.get(root).map(|root| &root.name), number(root).map(|row| &row.name)];
        let table = names.into_iter().flatten().find_map(|name| catalog.of_root(name));
        let home = match (number(place), table) {
            (Some(row), Some(table)) => Some(Home { number: row.number, table }),
            (None, Some(table)) => {
                let (name, table_name) = (&entity.name, &table.name);
                warnings.push(format!(
                    "The store does not say which number rows of {name} bear; those in table {table_name} whose number \
                     no entity has are rejected as being of an unknown entity."
                ));
                Some(Home { number: borne_by_none(place), table })
            }
            (_, None) => {
                warnings.push(format!("Entity {} of the model is not in this store; it is left out.", entity.name));
                None
            }
        };
        homes.push(home);
    }
    for row in numbered {
        if !homes.iter().flatten().any(|home| home.number == row.number) {
            let Numbered { number, name, .. } = row;
            warnings.push(format!("The store has an entity {name} (number {number}) that its model does not have."));
        }
    }
    homes
}

/// A number for an entity whose own is not known. Core Data counts from one.
fn borne_by_none(place: usize) -> i64 {
    i64::MIN.saturating_add_unsigned(place as u64)
}

struct Assembly<'m> {
    map: Map<'m>,
    fields: Fields,
    /// Warnings about properties, which subentities would repeat.
    told: BTreeSet<(usize, String)>,
}

impl Assembly<'_> {
    fn entity(&mut self, place: usize) -> Option<(Entity, EntityLayout)> {
        let home = self.map.homes.get(place).copied().flatten()?;
        let model = self.map.model;
        let entity = model.entities.get(place)?;
        let name: Name = entity.name.as_str().into();
        let mut schema = Entity::new(name.clone());
        schema.parent =
            entity.parent.and_then(|parent| model.entities.get(parent)).map(|parent| parent.name.as_str().into());
        schema.is_abstract = entity.is_abstract;
        schema.table = Some(home.table.name.clone());
        let mut layout = EntityLayout {
            name,
            table: home.table.name.clone(),
            number: Some(home.number),
            key: KeyColumns::Row("Z_PK".to_owned()),
            fields: Vec::new(),
            relations: Vec::new(),
            owners: Vec::new(),
        };
        let mut line: Vec<usize> = model.line(place).map(|(place, _)| place).collect();
        line.reverse();
        for declaring in line {
            for property in 0..self.map.placed.get(declaring).map_or(0, Vec::len) {
                self.property(declaring, property, home.table, &mut schema, &mut layout);
            }
            let tuples = model.entities.get(declaring).into_iter().flat_map(|entity| &entity.unique);
            for tuple in tuples {
                let tuple = tuple.iter().map(|name| name.as_str().into()).collect();
                if !schema.unique.contains(&tuple) {
                    schema.unique.push(tuple);
                }
            }
        }
        Some((schema, layout))
    }

    fn property(
        &mut self,
        declaring: usize,
        property: usize,
        table: &Table,
        schema: &mut Entity,
        layout: &mut EntityLayout,
    ) {
        let Some(placed) = self.map.placed.get(declaring).and_then(|placed| placed.get(property)) else { return };
        let owner = self.map.model.entities.get(declaring).map_or("", |entity| &entity.name);
        let told = !self.told.insert((declaring, placed.name().to_owned()));
        let silent = self.fields.warnings.len();
        let left_out = match placed {
            Placed::Attribute(attribute, columns) => match actual(table, columns) {
                Ok(columns) => {
                    let (field, storage) = self.fields.field(owner, attribute, &columns);
                    schema.fields.push(field);
                    layout.fields.push(storage);
                    None
                }
                Err(column) => Some(format!("table {} has no column {column}", table.name)),
            },
            Placed::ToOne(relationship, _) | Placed::ToMany(relationship) => match self.map.link(declaring, placed) {
                Ok(link) => {
                    schema.relations.push(relation(relationship));
                    layout.relations.push(link);
                    None
                }
                Err(why) => Some(why),
            },
        };
        if let Some(why) = left_out {
            self.fields.warnings.push(format!("{owner}.{} is left out: {why}.", placed.name()));
        }
        if told {
            self.fields.warnings.truncate(silent);
        }
    }
}

/// The columns as the table writes them, or the first that it does not have.
fn actual<'c>(table: &Table, columns: &'c [String]) -> Result<Vec<String>, &'c str> {
    columns.iter().map(|column| table.column(column).map(str::to_owned).ok_or(column.as_str())).collect()
}

fn relation(relationship: &Relationship) -> Relation {
    Relation {
        name: relationship.name.as_str().into(),
        target: relationship.target.as_str().into(),
        many: relationship.many,
        ordered: relationship.ordered,
        optional: relationship.optional,
        inverse: relationship.inverse.as_deref().map(Into::into),
        native: String::new(),
    }
}
