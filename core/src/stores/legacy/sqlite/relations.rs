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
    let mut names: Vec<Names> = entities.iter().map(Names::of).collect();
    for (child, table) in tables.iter().enumerate() {
        let keys_to = count_by_parent(table);
        for key in &table.foreign_keys {
            let lower = key.parent.to_ascii_lowercase();
            let found = places.get(&lower).and_then(|&parent| Some((parent, ends(table, &tables[parent], key)?)));
            let Some((parent, ends)) = found else {
                warnings.push(leads_nowhere(table, key));
                continue;
            };
            let (here, there) = (&table.name, &tables[parent].name);
            let forward = names[child].take(forward_names(key, there));
            let several = keys_to.get(&lower).is_some_and(|&keys| keys > 1);
            let backward = names[parent].take(backward_names(here, &forward, several));
            let native = in_words(here, &tables[parent], &ends);
            let to_one = relation(&forward, there, false, ends.optional, &backward);
            entities[child].relations.push(Relation { native: native.clone(), ..to_one });
            entities[parent].relations.push(Relation { native, ..relation(&backward, here, true, true, &forward) });
            let Ends { columns, references, .. } = ends;
            let link = Link::Forward { columns: columns.clone(), references: references.clone(), entity: None };
            layouts[child].relations.push(link);
            layouts[parent].relations.push(Link::Backward { columns, references, order: None });
        }
    }
}

fn relation(name: &Name, target: &str, many: bool, optional: bool, inverse: &Name) -> Relation {
    let inverse = Some(inverse.clone());
    let native = String::new();
    Relation { name: name.clone(), target: target.into(), many, ordered: false, optional, inverse, native }
}

/// A foreign key as SQL declares it.
fn in_words(child: &str, parent: &Table, ends: &Ends) -> String {
    let key: Vec<&str> = parent.key_columns().iter().map(|column| column.name.as_str()).collect();
    let references = if ends.references.is_empty() { key.join(", ") } else { ends.references.join(", ") };
    format!("{child} ({}) REFERENCES {} ({references})", ends.columns.join(", "), parent.name)
}

fn leads_nowhere(table: &Table, key: &ForeignKey) -> String {
    let (here, columns, there) = (&table.name, key.columns.join(", "), &key.parent);
    format!("{here}.{columns} is no relation: its foreign key leads to {there}, which has no such columns")
}

fn count_by_parent(table: &Table) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for key in &table.foreign_keys {
        *counts.entry(key.parent.to_ascii_lowercase()).or_default() += 1;
    }
    counts
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
    let references = if key.references.is_empty() { &parent.primary_key } else { &key.references };
    let references = references.iter().map(|name| parent.column(name)).collect::<Option<Vec<_>>>()?;
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
fn backward_names(child: &str, forward: &str, several: bool) -> Vec<String> {
    let long = format!("{child}_{forward}");
    if several { vec![long] } else { vec![child.to_owned(), long] }
}

/// The names that an entity's fields and relations have taken.
struct Names {
    taken: HashSet<Name>,
    /// The last number put to each name, so that none is tried twice.
    numbers: HashMap<String, u64>,
}

impl Names {
    fn of(entity: &Entity) -> Self {
        Self { taken: entity.fields.iter().map(|field| field.name.clone()).collect(), numbers: HashMap::new() }
    }

    /// Takes the first of these that is free; the last of them with a number where none is.
    fn take(&mut self, names: Vec<String>) -> Name {
        let last = names.last().cloned().unwrap_or_default();
        let free = names.into_iter().find(|name| !self.taken.contains(name.as_str()));
        let name: Name = free.unwrap_or_else(|| self.numbered(last)).into();
        self.taken.insert(name.clone());
        name
    }

    fn numbered(&mut self, name: String) -> String {
        let number = self.numbers.entry(name.clone()).or_insert(1);
        loop {
            *number += 1;
            let numbered = format!("{name}_{number}");
            if !self.taken.contains(numbered.as_str()) {
                return numbered;
            }
        }
    }
}
