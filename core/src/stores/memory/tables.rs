//! How memory holds records, and how relations between them are followed.

use std::collections::BTreeMap;

use crate::record::{Key, Map, Name, Reason, Record, RecordId, Rejection, Related, Value};
use crate::schema::{ENTITY, KEY, Schema};
use crate::store::{Join, RelationShape, Shape};

/// A row or document: its fields, and the records that its relations lead to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) fields: Map,
    pub(super) links: BTreeMap<Name, Vec<RecordId>>,
}

/// What lies under a key.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Row(Row),
    /// Something that cannot be read.
    Broken(Rejection),
}

/// All entities' entries, by key.
pub(super) type Tables = BTreeMap<String, BTreeMap<Key, Entry>>;

/// Where an entity's entries lie: under its name, or under its path without the captures' names.
pub(super) fn table_of(entity: &str) -> String {
    if !entity.contains('/') {
        return entity.to_owned();
    }
    let segments = entity.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// Reads records out of tables, with their relations.
pub(super) struct Reader<'a> {
    pub(super) schema: &'a Schema,
    pub(super) tables: &'a Tables,
}

/// What is wrong with a record: the column or relation, and why.
type Fault = (Name, Reason, &'static str);

impl Reader<'_> {
    /// The record as the shape asks for it.
    pub(super) fn record(&self, shape: &Shape, key: &Key, row: &Row) -> Result<Record, Rejection> {
        let id = RecordId { entity: shape.entity.clone(), key: key.clone() };
        self.resolve(shape, &id, row).map_err(|(column, reason, detail)| Rejection {
            entity: id.entity,
            key: id.key,
            column: Some(column),
            reason,
            detail: detail.to_owned(),
        })
    }

    fn resolve(&self, shape: &Shape, id: &RecordId, row: &Row) -> Result<Record, Fault> {
        let values = shape.fields.iter().map(|name| self.value(id, row, name)).collect::<Result<_, _>>()?;
        let related =
            shape.relations.iter().map(|relation| self.related(id, row, relation)).collect::<Result<_, _>>()?;
        Ok(Record { id: id.clone(), values, related })
    }

    fn value(&self, id: &RecordId, row: &Row, name: &Name) -> Result<Value, Fault> {
        match &**name {
            KEY => return Ok(Value::String(id.key.to_string())),
            ENTITY => return Ok(Value::String(id.entity.to_string())),
            _ => {}
        }
        let value = row.fields.get(&**name).cloned().unwrap_or_default();
        let Some(field) = self.schema.entity(&id.entity).and_then(|entity| entity.field(name)) else {
            return Ok(value);
        };
        if value.is_null() && !field.optional {
            return Err((name.clone(), Reason::MissingRequired, "nothing where the schema requires something"));
        }
        if !value.is_null() && field.kind != crate::record::Kind::Any && value.kind() != field.kind {
            return Err((name.clone(), Reason::WrongType, "a value of another kind than the schema says"));
        }
        Ok(value)
    }

    fn related(&self, id: &RecordId, row: &Row, relation: &RelationShape) -> Result<Related, Fault> {
        let (ids, must_be_there) = match &relation.join {
            Join::Known => (self.known(id, row, &relation.name), false),
            Join::Equal { ours, theirs } => {
                let own = self.value(id, row, ours)?;
                let ids = self.equal(&own, &relation.shape.entity, theirs);
                (ids, !own.is_null() && &**ours != KEY)
            }
        };
        let record = |other| match self.row(other) {
            Some(row) => self.resolve(&relation.shape, other, row).map(Into::into),
            None => Err(dangling(relation)),
        };
        if relation.many {
            return Ok(Related::Many(ids.iter().map(record).collect::<Result<_, _>>()?));
        }
        match &*ids {
            [] if must_be_there => Err(dangling(relation)),
            [] => Ok(Related::One(None)),
            [only] => Ok(Related::One(Some(record(only)?))),
            _ => Err((relation.name.clone(), Reason::DuplicateValue, "it leads to several records, not to one")),
        }
    }

    /// Through our own links, or backwards through those of the relation's inverse.
    fn known(&self, id: &RecordId, row: &Row, name: &Name) -> Vec<RecordId> {
        if let Some(links) = row.links.get(name) {
            return links.clone();
        }
        let relation = self.schema.entity(&id.entity).and_then(|entity| entity.relation(name));
        let Some((target, inverse)) = relation.and_then(|known| Some((&known.target, known.inverse.as_ref()?))) else {
            return Vec::new();
        };
        let leads_back = |_: &RecordId, row: &Row| row.links.get(inverse).is_some_and(|links| links.contains(id));
        self.with_subentities(target).flat_map(|entity| self.those(&entity, leads_back)).collect()
    }

    fn equal(&self, ours: &Value, entity: &Name, theirs: &Name) -> Vec<RecordId> {
        if ours.is_null() {
            return Vec::new();
        }
        let is_equal = |id: &RecordId, row: &Row| match self.value(id, row, theirs) {
            // A key is compared as text, whatever its own kind.
            Ok(Value::String(key)) if &**theirs == KEY => text(ours).is_some_and(|ours| ours == key),
            Ok(value) => value == *ours,
            Err(_) => false,
        };
        self.with_subentities(entity).flat_map(|entity| self.those(&entity, is_equal)).collect()
    }

    /// The records of this very entity that are so, by key.
    fn those(&self, entity: &Name, is_so: impl Fn(&RecordId, &Row) -> bool) -> Vec<RecordId> {
        let entries = self.tables.get(&table_of(entity)).into_iter().flatten();
        let rows = entries.filter_map(|(key, entry)| match entry {
            Entry::Row(row) => Some((RecordId { entity: entity.clone(), key: key.clone() }, row)),
            Entry::Broken(_) => None,
        });
        rows.filter(|(id, row)| is_so(id, row)).map(|(id, _)| id).collect()
    }

    fn with_subentities(&self, name: &Name) -> impl Iterator<Item = Name> {
        let mut names = vec![name.clone()];
        // Parents come before their children.
        for entity in &self.schema.entities {
            if entity.parent.as_ref().is_some_and(|parent| names.contains(parent)) {
                names.push(entity.name.clone());
            }
        }
        names.into_iter()
    }

    fn row(&self, id: &RecordId) -> Option<&Row> {
        match self.tables.get(&table_of(&id.entity))?.get(&id.key)? {
            Entry::Row(row) => Some(row),
            Entry::Broken(_) => None,
        }
    }
}

fn dangling(relation: &RelationShape) -> Fault {
    (relation.name.clone(), Reason::Dangling, "the record that it leads to does not exist")
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}
