//! A shape compiled against a layout: which expressions to select of which table, and how a row becomes a record.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::cell::Cell;
use super::fields::{Columns, Fault, Field, Stop, cell, cells};
use super::relations::Relation;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Name, Reason, Record, RecordId, Rejection, Value};
use crate::schema;
use crate::store::Shape;
use crate::stores::legacy::layout::{CloudTables, Codec, EntityLayout, KeyColumns, Layout};
use crate::stores::legacy::sql::{column, quoted};
use crate::stores::legacy::values::Decoder;

/// What is read of the rows of one table for one shape.
pub(crate) struct Selection<'c> {
    pub(crate) table: String,
    pub(crate) columns: Columns,
    pub(crate) key: KeyColumns,
    key_places: Vec<usize>,
    entities: Entities,
    fields: Vec<Field>,
    pub(crate) relations: Vec<Relation<'c>>,
}

/// Which rows of the table are meant.
enum Entities {
    /// All: the table has no entity numbers.
    All(Name),
    /// By the number in a column.
    Numbered {
        at: usize,
        /// Those that are meant.
        ours: Vec<(i64, Name)>,
        /// Those of other entities in the same table.
        others: Vec<i64>,
        /// The entity at the top of the line.
        root: Name,
    },
}

/// Which records of an entity's line are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Those of this very entity.
    Itself,
    /// Those of its subentities too.
    Descendants,
}

/// What a row turned out to be.
pub(crate) enum Read {
    /// A record without its relations yet, and what is wrong with it.
    Record(Record, Vec<Fault>),
    /// A row of another entity of the same table.
    Other,
    /// A row of an entity that the schema does not have.
    Stray(Rejection),
}

impl<'c> Selection<'c> {
    pub(crate) fn compile(layout: &Layout, shape: &Shape, line: Line) -> Result<Self> {
        let Some((_, entity)) = layout.entity(&shape.entity) else {
            return Err(no_such(format!("no entity {}", shape.entity)));
        };
        let mut columns = Columns::default();
        let entities = Entities::of(layout, entity, line, &mut columns);
        let key_places = key_names(&entity.key).iter().map(|name| columns.place(column(name))).collect();
        let fields = shape.fields.iter().map(|name| field(layout, entity, name, &mut columns));
        let fields = fields.collect::<Result<_>>()?;
        let relations = shape.relations.iter();
        let relations = relations.map(|relation| Relation::compile(layout, entity, relation, &mut columns));
        let relations = relations.collect::<Result<_>>()?;
        let table = quoted(&entity.table);
        Ok(Self { table, columns, key: entity.key.clone(), key_places, entities, fields, relations })
    }

    /// The key in a row.
    pub(crate) fn key_cell(&self, row: &Row<'_>) -> Cell {
        cells(row, &self.key_places)
    }

    /// Whether a record of it says no more than that it is there.
    pub(crate) fn asks_nothing(&self) -> bool {
        self.fields.is_empty() && self.relations.is_empty()
    }

    /// The name that a row without an entity of its own is reported under.
    pub(crate) fn name(&self) -> &Name {
        match &self.entities {
            Entities::All(name) => name,
            Entities::Numbered { ours, root, .. } => ours.first().map_or(root, |(_, name)| name),
        }
    }

    /// Whether other entities have rows in the same table.
    pub(crate) fn shares_its_table(&self) -> bool {
        matches!(&self.entities, Entities::Numbered { others, .. } if !others.is_empty())
    }

    /// The record in a row, its key known.
    #[inline]
    pub(crate) fn read(&self, row: &Row<'_>, key: &Cell, decoder: &mut Decoder) -> Result<Read> {
        let entity = match &self.entities {
            Entities::All(name) => name,
            Entities::Numbered { at, ours, others, root } => {
                let number = cell(row, *at);
                match ours.iter().find(|(ours, _)| number == ValueRef::Integer(*ours)) {
                    Some((_, name)) => name,
                    None if others.iter().any(|&other| number == ValueRef::Integer(other)) => return Ok(Read::Other),
                    None => return Ok(Read::Stray(stray(root, key, number))),
                }
            }
        };
        let id = RecordId { entity: entity.clone(), key: key.key() };
        let mut values = Vec::with_capacity(self.fields.len());
        let mut faults = Vec::new();
        for field in &self.fields {
            if let Err(stop) = field.read(row, &id, decoder, &mut values) {
                match *stop {
                    Stop::Row(fault) => faults.push(fault),
                    Stop::Work(error) => return Err(error),
                }
            }
        }
        let related = Vec::with_capacity(self.relations.len());
        Ok(Read::Record(Record { id, values, related }, faults))
    }
}

impl Entities {
    fn of(layout: &Layout, entity: &EntityLayout, line: Line, columns: &mut Columns) -> Self {
        let Some(number) = entity.number else { return Entities::All(entity.name.clone()) };
        let mut ours = vec![(number, entity.name.clone())];
        let mut others = Vec::new();
        for (described, other) in layout.schema.entities.iter().zip(&layout.entities) {
            let Some(number) = other.number else { continue };
            if other.table != entity.table || other.name == entity.name || described.is_abstract {
                continue;
            }
            if line == Line::Descendants && layout.schema.is_a(described, &entity.name) {
                ours.push((number, other.name.clone()));
            } else {
                others.push(number);
            }
        }
        let root = layout.schema.entity(&entity.name).map_or(&entity.name, |own| &layout.schema.root_of(own).name);
        Entities::Numbered { at: columns.place(column("Z_ENT")), ours, others, root: root.clone() }
    }
}

fn stray(root: &Name, key: &Cell, number: ValueRef<'_>) -> Rejection {
    let detail = match number {
        ValueRef::Integer(number) => format!("entity number {number}, which this table's entities do not have"),
        ValueRef::Null => "no entity number".to_owned(),
        _ => "something that is no number where the entity number belongs".to_owned(),
    };
    let column = Some("Z_ENT".into());
    Rejection { entity: root.clone(), key: key.key(), column, reason: Reason::UnknownEntity, detail }
}

/// The columns of a key.
pub(crate) fn key_names(key: &KeyColumns) -> &[String] {
    match key {
        KeyColumns::Row(name) => std::slice::from_ref(name),
        KeyColumns::Columns(names) => names,
    }
}

pub(crate) fn no_such(what: String) -> Error {
    Error::new(ErrorKind::BadInput, format!("the store has {what}; check the plan against this store"))
}

fn field(layout: &Layout, entity: &EntityLayout, name: &Name, columns: &mut Columns) -> Result<Field> {
    if let Some(field) = entity.field(name) {
        return Ok(Field::of(field, columns));
    }
    match (&**name, &layout.cloud) {
        (schema::KEY, _) => Ok(Field::Key),
        (schema::ENTITY, _) => Ok(Field::Entity),
        (schema::STORE, _) => Ok(Field::Constant(layout.store_id.as_deref().map_or(Value::Null, Value::from))),
        (_, Some(cloud)) => cloud_field(cloud, entity, name, columns),
        (_, None) => Err(no_such(format!("no field {name} in {}", entity.name))),
    }
}

/// What CloudKit's mirror knows of a record. Subqueries, so that a mirror's row too many never doubles a record.
fn cloud_field(cloud: &CloudTables, entity: &EntityLayout, name: &Name, columns: &mut Columns) -> Result<Field> {
    let (KeyColumns::Row(key), Some(_)) = (&entity.key, entity.number) else {
        return Err(no_such(format!("no CloudKit name for {}", entity.name)));
    };
    let mirrored = format!("c.\"ZENTITYID\" = t.\"Z_ENT\" AND c.\"ZENTITYPK\" = {}", column(key));
    let records = quoted(&cloud.records);
    let record_name = format!("(SELECT c.\"ZCKRECORDNAME\" FROM {records} AS c WHERE {mirrored} LIMIT 1)");
    let (expression, named) = match (&**name, &cloud.zones) {
        (schema::CLOUD_NAME, _) => (record_name, "ZCKRECORDNAME"),
        (schema::CLOUD_EXPORTED, _) => return Ok(Field::Present { at: columns.place(record_name) }),
        (schema::CLOUD_ZONE, None) => return Ok(Field::Constant(Value::Null)),
        (schema::CLOUD_ZONE, Some(zones)) => {
            let joined = format!("{records} AS c JOIN {} AS z ON z.\"Z_PK\" = c.\"ZRECORDZONE\"", quoted(zones));
            let zone = format!("(SELECT z.\"ZCKRECORDZONENAME\" FROM {joined} WHERE {mirrored} LIMIT 1)");
            (zone, "ZCKRECORDZONENAME")
        }
        _ => return Err(no_such(format!("no field {name} in {}", entity.name))),
    };
    Ok(Field::Cell { at: columns.place(expression), column: named.into(), codec: Codec::Text, optional: true })
}
