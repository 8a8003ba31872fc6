//! A store without a model, described from its tables alone: the entities from `Z_PRIMARYKEY`, fields from columns.
//! What Core Data puts into names of columns tells some relations; the rest looks like whole numbers.

use std::collections::BTreeMap;

use crate::record::{Kind, Name};
use crate::schema::{Entity, Field, Relation, Schema};

use super::catalog::{Catalog, Column, Table};
use super::links::is_key;
use super::metadata::{Metadata, Numbered};
use super::model::Model;
use super::{Flavor, system};
use crate::stores::legacy::layout::{Codec, EntityLayout, FieldLayout, KeyColumns, Layout, Link, Storage, fingerprint};

const WARNING: &str = "The store has no readable model, so it is described from its tables: names are those of the \
    columns in small letters; which fields belong to which of the entities in one table, which of them may be empty, \
    where most keys lead to, and whether whole numbers are true or false and bytes a UUID or an archive, \
    cannot be known.";

/// The layout of a store whose model is not there.
pub(super) fn layout(numbered: &[Numbered], metadata: &Metadata, catalog: &Catalog) -> Layout {
    let cloud = system::cloud(catalog);
    let rows = Rows(numbered.iter().map(|row| (row.number, row)).collect());
    let mut warnings = vec![WARNING.to_owned()];
    let mut homes = BTreeMap::new();
    for row in numbered {
        match rows.line(row).last().and_then(|root| catalog.of_root(&root.name)) {
            Some(table) => drop(homes.insert(row.number, table)),
            None => warnings.push(format!("Entity {} has no table in this store; it is left out.", row.name)),
        }
    }
    let found = Found { rows, homes };
    let relations = found.relations(catalog);
    let mut sorted: Vec<&Numbered> = numbered.iter().collect();
    sorted.sort_by_key(|row| (found.rows.line(row).count(), row.number));
    let (entities, layouts) = sorted
        .into_iter()
        .filter_map(|row| {
            let (mut schema, layout) = found.describe(row, &relations)?;
            schema.system = system::fields(metadata, cloud.as_ref());
            Some((schema, layout))
        })
        .unzip();
    let schema = Schema {
        store: Flavor::of(metadata, catalog, &Model::default()).word().to_owned(),
        fingerprint: metadata.fingerprint.clone().unwrap_or_else(|| fingerprint(parts(numbered, catalog))),
        version: metadata.version.clone(),
        entities,
        open: false,
        warnings,
    };
    Layout { schema, entities: layouts, store_id: metadata.store_id.clone(), cloud }
}

/// What tells the schema of one store from that of another, where there are no hashes of a model.
pub(super) fn parts(numbered: &[Numbered], catalog: &Catalog) -> Vec<String> {
    let entities = numbered.iter().flat_map(|row| [row.number.to_string(), row.name.clone()]);
    let columns = |table: &Table| {
        let columns = table.columns.iter().flat_map(|column| [column.name.clone(), column.declared.clone()]);
        std::iter::once(table.name.clone()).chain(columns).collect::<Vec<_>>()
    };
    entities.chain(catalog.tables().flat_map(columns)).collect()
}

/// `Z_PRIMARYKEY` by number.
struct Rows<'a>(BTreeMap<i64, &'a Numbered>);

impl<'a> Rows<'a> {
    /// An entity and those it inherits from, itself first; a damaged table may have them go round in a circle.
    fn line(&self, row: &'a Numbered) -> impl Iterator<Item = &'a Numbered> {
        let parent = |row: &&'a Numbered| row.parent.and_then(|parent| self.0.get(&parent).copied());
        std::iter::successors(Some(row), parent).take(self.0.len())
    }
}

struct Found<'a> {
    rows: Rows<'a>,
    /// The table of each entity by its number.
    homes: BTreeMap<i64, &'a Table>,
}

/// A relation that the entity of this number declares.
struct Declared {
    owner: i64,
    relation: Relation,
    link: Link,
}

/// What the name of a column in an entity's table says.
enum Meaning<'c> {
    Bookkeeping,
    /// `Z<n>_<REL>` beside `Z<REL>`: the number of the entity that our key `Z<REL>` leads to, which is `n` or below.
    Discriminator {
        target: i64,
        key: &'c str,
    },
    /// `Z<n><REL>`: the key of the record of entity `n` whose to-many relation we are in.
    Owner {
        owner: i64,
        relation: &'c str,
    },
    Field,
}

impl<'a> Found<'a> {
    fn name(&self, number: i64) -> Option<Name> {
        self.homes.get(&number)?;
        Some(self.rows.0.get(&number)?.name.as_str().into())
    }

    fn meaning<'c>(&self, table: &'c Table, column: &'c str) -> Meaning<'c> {
        if matches!(column, "Z_PK" | "Z_ENT" | "Z_OPT") || !is_key(column) {
            return Meaning::Bookkeeping;
        }
        let Some((number, rest)) = column.strip_prefix('Z').and_then(split_number) else { return Meaning::Field };
        let key = rest.strip_prefix('_').and_then(|rest| table.column(&format!("Z{rest}")));
        match key {
            _ if !self.homes.contains_key(&number) => Meaning::Field,
            Some(key) => Meaning::Discriminator { target: number, key },
            None if rest.starts_with('_') => Meaning::Field,
            None => Meaning::Owner { owner: number, relation: rest },
        }
    }

    /// All relations that names of columns and tables tell of.
    fn relations(&self, catalog: &Catalog) -> Vec<Declared> {
        let roots =
            self.homes.iter().filter(|(number, _)| self.rows.0.get(number).is_some_and(|row| row.parent.is_none()));
        let mut declared = Vec::new();
        for (&number, table) in roots {
            for column in &table.columns {
                declared.extend(self.declared_by(number, table, &column.name));
            }
        }
        declared.extend(catalog.tables().flat_map(|table| self.joined_by(table)));
        declared
    }

    fn declared_by(&self, root: i64, table: &Table, column: &str) -> Option<Declared> {
        let (owner, link, relation) = match self.meaning(table, column) {
            Meaning::Discriminator { target, key } => {
                let link = Link::Forward {
                    columns: vec![key.to_owned()],
                    references: Vec::new(),
                    entity: Some(column.to_owned()),
                };
                (root, link, relation(key.strip_prefix('Z').unwrap_or(key), self.name(target)?, false))
            }
            Meaning::Owner { owner, relation: name } => {
                let order = table.column(&format!("Z_FOK_{owner}{name}")).map(str::to_owned);
                let ordered = order.is_some();
                let link = Link::Backward { columns: vec![column.to_owned()], references: Vec::new(), order };
                (owner, link, Relation { ordered, ..relation(name, self.name(root)?, true) })
            }
            Meaning::Bookkeeping | Meaning::Field => return None,
        };
        Some(Declared { owner, relation, link })
    }

    /// In a table `Z_<n><REL>`, the column `Z_<m><REL>` holds records of entity `m`, and is named after the relation of
    /// the other column's entity that leads to them.
    fn joined_by(&self, table: &Table) -> Vec<Declared> {
        let named = table.name.strip_prefix("Z_").and_then(split_number).is_some();
        let keys: Vec<&str> =
            table.columns.iter().map(|column| column.name.as_str()).filter(|name| is_key(name)).collect();
        let &[one, other] = keys.as_slice() else { return Vec::new() };
        if !named {
            return Vec::new();
        }
        let side = |ours: &str, theirs: &str| {
            let (owner, _) = ours.strip_prefix("Z_").and_then(split_number)?;
            let (target, name) = theirs.strip_prefix("Z_").and_then(split_number)?;
            self.name(owner)?;
            let order = table.column(&format!("Z_FOK_{target}{name}")).map(str::to_owned);
            let ordered = order.is_some();
            let (ours, theirs) = (ours.to_owned(), theirs.to_owned());
            Some(Declared {
                owner,
                relation: Relation { ordered, ..relation(name, self.name(target)?, true) },
                link: Link::Through { table: table.name.clone(), ours, theirs, order },
            })
        };
        [side(one, other), side(other, one)].into_iter().flatten().collect()
    }

    fn describe(&self, row: &'a Numbered, relations: &[Declared]) -> Option<(Entity, EntityLayout)> {
        let table = *self.homes.get(&row.number)?;
        let name: Name = row.name.as_str().into();
        let line: Vec<i64> = self.rows.line(row).map(|row| row.number).collect();
        let mut schema = Entity::new(name.clone());
        schema.parent = row.parent.and_then(|parent| self.name(parent));
        schema.table = Some(table.name.clone());
        let mut layout = EntityLayout {
            name,
            table: table.name.clone(),
            number: Some(row.number),
            key: KeyColumns::Row("Z_PK".to_owned()),
            fields: Vec::new(),
            relations: Vec::new(),
            owners: Vec::new(),
        };
        for declared in relations.iter().filter(|declared| line.contains(&declared.owner)) {
            schema.relations.push(declared.relation.clone());
            layout.relations.push(declared.link.clone());
        }
        let is_link = |column: &Column| {
            let column = &column.name;
            layout
                .relations
                .iter()
                .any(|link| matches!(link, Link::Forward { columns, .. } if columns.contains(column)))
        };
        let is_field =
            |column: &&Column| matches!(self.meaning(table, &column.name), Meaning::Field) && !is_link(column);
        let (fields, storage): (Vec<_>, Vec<_>) = table.columns.iter().filter(is_field).map(field).unzip();
        (schema.fields, layout.fields) = (fields, storage);
        Some((schema, layout))
    }
}

fn relation(name: &str, target: Name, many: bool) -> Relation {
    let (name, native) = (name.to_lowercase().into(), String::new());
    Relation { name, target, many, ordered: false, optional: true, inverse: None, native }
}

fn field(column: &Column) -> (Field, FieldLayout) {
    let (kind, codec) = match column.declared.as_str() {
        "VARCHAR" => (Kind::String, Codec::Text),
        "INTEGER" => (Kind::Int, Codec::Int { bits: 64 }),
        "TIMESTAMP" => (Kind::Timestamp, Codec::MacDate),
        "FLOAT" => (Kind::Double, Codec::Double),
        "DECIMAL" => (Kind::Decimal, Codec::Decimal),
        "BLOB" => (Kind::Bytes, Codec::Bytes),
        _ => (Kind::Any, Codec::Any),
    };
    let name: Name = column.name.strip_prefix('Z').unwrap_or(&column.name).to_lowercase().into();
    let field = Field {
        native: column.declared.to_lowercase(),
        column: Some(column.name.clone()),
        ..Field::new(name.clone(), kind).optional()
    };
    let storage = Storage::Cell { column: column.name.clone(), codec };
    (field, FieldLayout { name, optional: true, storage })
}

/// The number that a name begins with, and the rest of it.
fn split_number(name: &str) -> Option<(i64, &str)> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = name.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest))
}
