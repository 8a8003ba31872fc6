//! Whether a layout accounts for every column of the tables it reads, so that nothing is passed over in silence.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::Catalog;
use crate::stores::legacy::layout::{FieldLayout, Layout, Link, Storage};

/// Columns that every table of an entity has: the key, the entity's number, and how often the row was saved.
const BOOKKEEPING: [&str; 3] = ["Z_PK", "Z_ENT", "Z_OPT"];

/// Tables that Core Data keeps for itself.
const OWN: [&str; 3] = ["Z_METADATA", "Z_PRIMARYKEY", "Z_MODELCACHE"];

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

/// The first table of an entity without a column that its rows are known by, and that column.
pub(super) fn without_key<'l>(layout: &'l Layout, catalog: &Catalog) -> Option<(&'l str, &'static str)> {
    let tables = layout.entities.iter().filter_map(|entity| Some((entity, catalog.table(&entity.table)?)));
    tables
        .flat_map(|(entity, table)| {
            let missing = ["Z_PK", "Z_ENT"].into_iter().find(|column| table.column(column).is_none());
            missing.map(|column| (entity.table.as_str(), column))
        })
        .next()
}

/// The tables with Core Data's names that no entity and no relation of the layout uses.
pub(super) fn unused<'c>(layout: &Layout, catalog: &'c Catalog) -> Vec<&'c str> {
    let links = layout.entities.iter().flat_map(|entity| &entity.relations);
    let joined = links.filter_map(|link| match link {
        Link::Through { table, .. } => Some(table),
        Link::Forward { .. } | Link::Backward { .. } => None,
    });
    let used: BTreeSet<&str> =
        layout.entities.iter().map(|entity| &entity.table).chain(joined).map(String::as_str).collect();
    let names = catalog.tables().map(|table| table.name.as_str());
    names.filter(|name| name.starts_with('Z') && !OWN.contains(name) && !used.contains(name)).collect()
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
