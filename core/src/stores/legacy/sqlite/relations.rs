//! Foreign keys as relations, in both directions, under names that a person would choose.

use std::collections::{HashMap, HashSet};

use super::catalog::{Column, ForeignKey, Table};
use crate::record::Name;
use crate::schema::{Entity, Relation};
use crate::stores::legacy::layout::{EntityLayout, Link};

/// Adds the relations that the tables' foreign keys make; the three lists go side by side.
pub(crate) fn add(tables: &[Table], entities: &mut [Entity], layouts: &mut [EntityLayout], warnings: &mut Vec<String>) {
    let places: HashMap<String, usize> =
        tables.iter().enumerate().map(|(place, table)| (table.name.to_ascii_lowercase(), place)).collect();
    for (child, table) in tables.iter().enumerate() {
        for key in &table.foreign_keys {
            let parent = places.get(&key.parent.to_ascii_lowercase()).copied();
            let Some((parent, ends)) = parent.and_then(|parent| Some((parent, ends(table, &tables[parent], key)?)))
            else {
                let columns = key.columns.join(", ");
                warnings.push(format!(
                    "{}.{columns} is no relation: its foreign key leads to {}, which has no such columns",
                    table.name, key.parent
                ));
                continue;
            };
            let forward = free_name(&entities[child], forward_names(key, &tables[parent].name));
            let backward = backward_names(table, &forward, &key.parent);
            // Of a key within one table the way there has its name before the way back looks for one.
            entities[child].relations.push(Relation {
                name: forward.clone(),
                target: tables[parent].name.as_str().into(),
                many: false,
                ordered: false,
                optional: ends.optional,
                inverse: None,
            });
            let backward = free_name(&entities[parent], backward);
            if let Some(relation) = entities[child].relations.last_mut() {
                relation.inverse = Some(backward.clone());
            }
            entities[parent].relations.push(Relation {
                name: backward,
                target: table.name.as_str().into(),
                many: true,
                ordered: false,
                optional: true,
                inverse: Some(forward),
            });
            let Ends { columns, references, .. } = ends;
            layouts[child].relations.push(Link::Forward {
                columns: columns.clone(),
                references: references.clone(),
                entity: None,
            });
            layouts[parent].relations.push(Link::Backward { columns, references, order: None });
        }
    }
}

/// Both ends of a foreign key, the columns written as their tables write them.
struct Ends {
    columns: Vec<String>,
    /// Empty where they are the parent's key.
    references: Vec<String>,
    optional: bool,
}

/// `None` where the parent has no such columns, which SQLite does not mind until somebody writes.
fn ends(child: &Table, parent: &Table, key: &ForeignKey) -> Option<Ends> {
    let columns = key.columns.iter().map(|name| child.column(name)).collect::<Option<Vec<_>>>()?;
    let references = if key.references.is_empty() {
        parent.key_columns()
    } else {
        key.references.iter().map(|name| parent.column(name)).collect::<Option<Vec<_>>>()?
    };
    if columns.is_empty() || columns.len() != references.len() {
        return None;
    }
    let names = |columns: &[&Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    let (key, references) = (names(&parent.key_columns()), names(&references));
    Some(Ends {
        optional: columns.iter().any(|column| !column.required),
        columns: names(&columns),
        references: if references == key { Vec::new() } else { references },
    })
}

/// After the column without what says that it is a key; after the parent where several columns are.
fn forward_names(key: &ForeignKey, parent: &str) -> Vec<String> {
    match key.columns.as_slice() {
        [column] => {
            let stem = stem(column);
            vec![stem.to_owned(), format!("{stem}_{parent}")]
        }
        columns => vec![parent.to_owned(), format!("{parent}_{}", columns.join("_"))],
    }
}

fn stem(column: &str) -> &str {
    let stem = ["_id", "_ID", "_Id", "Id", "ID"].iter().find_map(|suffix| column.strip_suffix(suffix));
    stem.filter(|stem| !stem.is_empty()).unwrap_or(column)
}

/// After the child; where it has several keys to this parent, after the relation that leads here as well.
fn backward_names(child: &Table, forward: &str, parent: &str) -> Vec<String> {
    let same = child.foreign_keys.iter().filter(|key| key.parent.eq_ignore_ascii_case(parent)).count();
    let long = format!("{}_{forward}", child.name);
    if same > 1 { vec![long] } else { vec![child.name.clone(), long] }
}

/// The first of these names that no field or relation of the entity has; the last of them with a number otherwise.
fn free_name(entity: &Entity, names: Vec<String>) -> Name {
    let fields = entity.fields.iter().map(|field| &*field.name);
    let taken: HashSet<&str> = fields.chain(entity.relations.iter().map(|relation| &*relation.name)).collect();
    let last = names.last().cloned().unwrap_or_default();
    let numbered = (2..).map(|number| format!("{last}_{number}"));
    names.into_iter().chain(numbered).find(|name| !taken.contains(name.as_str())).unwrap_or_default().into()
}
