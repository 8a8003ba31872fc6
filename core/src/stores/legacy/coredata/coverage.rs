//! Whether a layout accounts for every column of the tables it reads, so that nothing is passed over in silence.

use std::collections::{BTreeMap, BTreeSet};

use super::super::layout::{FieldLayout, Layout, Link, Storage};
use super::catalog::Catalog;

/// Columns that every table of an entity has: the key, the entity's number, and how often the row was saved.
const BOOKKEEPING: [&str; 3] = ["Z_PK", "Z_ENT", "Z_OPT"];

/// The tables and columns that nothing in the layout mentions.
pub(super) fn unexplained(layout: &Layout, catalog: &Catalog) -> Vec<(String, String)> {
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (entity, schema) in layout.entities.iter().zip(&layout.schema.entities) {
        let ours = known.entry(&entity.table).or_insert_with(|| BTreeSet::from(BOOKKEEPING));
        entity.fields.iter().for_each(|field| columns_of(field, ours));
        for (link, relation) in entity.relations.iter().zip(&schema.relations) {
            match link {
                Link::Forward { columns, entity: discriminator, .. } => {
                    let ours = known.entry(&entity.table).or_default();
                    ours.extend(columns.iter().chain(discriminator).map(String::as_str));
                }
                Link::Backward { columns, order, .. } => {
                    if let Some((_, target)) = layout.entity(&relation.target) {
                        let theirs = known.entry(&target.table).or_insert_with(|| BTreeSet::from(BOOKKEEPING));
                        theirs.extend(columns.iter().chain(order).map(String::as_str));
                    }
                }
                Link::Through { table, ours, theirs, order } => {
                    let pair = known.entry(table).or_default();
                    pair.extend([ours.as_str(), theirs.as_str()].into_iter().chain(order.as_deref()));
                }
            }
        }
    }
    let tables = known.iter().filter_map(|(name, known)| Some((catalog.table(name)?, known)));
    let columns = tables.flat_map(|(table, known)| {
        let unknown = table.columns.iter().filter(|column| !known.contains(column.name.as_str()));
        unknown.map(|column| (table.name.clone(), column.name.clone()))
    });
    columns.collect()
}

fn columns_of<'l>(field: &'l FieldLayout, known: &mut BTreeSet<&'l str>) {
    match &field.storage {
        Storage::Cell { column, .. } => {
            known.insert(column);
        }
        Storage::Struct(parts) => parts.iter().for_each(|part| columns_of(part, known)),
        Storage::Cases(cases) => known.extend(cases.iter().map(|(_, column)| column.as_str())),
    }
}
