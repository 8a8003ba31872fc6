//! Records out of documents, with the relations that a plan declares: Firestore itself knows of none.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use wire::structured_query::filter::FilterType;
use wire::structured_query::{FieldFilter, FieldReference, Filter, field_filter};
use wire::value::ValueType;

use super::decode::{Document, Unknown};
use super::encode;
use super::names::field_path;
use super::pattern::Pattern;
use super::query::{self, Query};
use super::source::needed;
use super::store::FirestoreStore;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Key, Map, Name, Reason, Record, RecordId, Rejection, Related, Value};
use crate::schema::{ENTITY, KEY};
use crate::store::{Answer, Join, RelationShape, Shape};

/// With so many values at most Firestore compares a field in one query.
const VALUES_AT_ONCE: usize = 30;

/// A record, or why there is none.
type Read<T = Record> = Result<T, Rejection>;
/// What the values of one field lead to, in the order of keys.
type Others = HashMap<Value, Vec<Read<Arc<Record>>>>;

/// A record leads to others whose value is equal to its own.
#[derive(Clone, Copy)]
struct Joined<'s> {
    ours: &'s Name,
    theirs: &'s Name,
}

impl<'s> Joined<'s> {
    fn by(relation: &'s RelationShape) -> Result<Self> {
        match &relation.join {
            Join::Equal { ours, theirs } => Ok(Self { ours, theirs }),
            Join::Known => {
                let message = format!("Firestore knows of no relation `{}`; let the plan declare it", relation.name);
                Err(Error::new(ErrorKind::BadInput, message))
            }
        }
    }

    /// What is looked for at the other end; none where the record leads nowhere.
    fn looked_for(self, id: &RecordId, fields: &Map) -> Option<Value> {
        match value(id, fields, self.ours) {
            Value::Null => None,
            // A key is compared as text, whatever its own kind.
            Value::Int(number) if **self.theirs == *KEY => Some(Value::String(number.to_string())),
            other => Some(other),
        }
    }

    /// Whether a record that leads nowhere has lost what it led to: a key of its own names nobody.
    fn must_lead_somewhere(self, id: &RecordId, fields: &Map) -> bool {
        **self.ours != *KEY && !value(id, fields, self.ours).is_null()
    }
}

impl FirestoreStore {
    /// A record for each of these documents of the shape's entity, in their order.
    pub(super) fn records<'a>(&'a self, shape: &'a Shape, documents: Vec<(Key, Document)>) -> Answer<'a, Vec<Read>> {
        // Boxed, because related records have relations of their own.
        Box::pin(async move {
            let read: Vec<_> = documents.into_iter().map(|(key, document)| readable(shape, key, document)).collect();
            let mut relations = Vec::with_capacity(shape.relations.len());
            for relation in &shape.relations {
                let joined = Joined::by(relation)?;
                let looked_for =
                    read.iter().flatten().filter_map(|(id, fields)| joined.looked_for(id, fields)).collect();
                relations.push((relation, joined, self.others(&relation.shape, joined.theirs, looked_for).await?));
            }
            let record = |(id, fields): (RecordId, Map)| {
                let values = shape.fields.iter().map(|name| value(&id, &fields, name)).collect();
                let related =
                    relations.iter().map(|(relation, joined, others)| related(relation, *joined, &id, &fields, others));
                Ok(Record { values, related: related.collect::<Read<_>>()?, id })
            };
            Ok(read.into_iter().map(|read| read.and_then(record)).collect())
        })
    }

    /// The records whose field `theirs` has one of these values.
    async fn others(&self, shape: &Shape, theirs: &Name, values: HashSet<Value>) -> Result<Others> {
        let pattern = Pattern::parse(&shape.entity)?;
        let mut found = match **theirs == *KEY {
            true => self.with_keys(&pattern, shape, &values).await?,
            false => self.with_values(&pattern, shape, theirs, values).await?,
        };
        found.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
        let (values, documents): (Vec<_>, Vec<_>) =
            found.into_iter().map(|(value, key, document)| (value, (key, document))).unzip();
        let mut others = Others::new();
        for (value, record) in values.into_iter().zip(self.records(shape, documents).await?) {
            others.entry(value).or_default().push(record.map(Arc::new));
        }
        Ok(others)
    }

    async fn with_keys(
        &self,
        pattern: &Pattern<'_>,
        shape: &Shape,
        values: &HashSet<Value>,
    ) -> Result<Vec<(Value, Key, Document)>> {
        let keys = values.iter().filter_map(|value| if let Value::String(key) = value { Some(key) } else { None });
        let addresses: Vec<String> = keys.flat_map(|key| pattern.addresses(key)).collect();
        let there = query::get(&self.wire, &addresses, Some(&needed(shape))).await?;
        let found = there.into_values().filter_map(|document| {
            let key = pattern.key(&document.address)?;
            Some((Value::String(key.to_string()), key, document))
        });
        Ok(found.collect())
    }

    async fn with_values(
        &self,
        pattern: &Pattern<'_>,
        shape: &Shape,
        theirs: &Name,
        values: HashSet<Value>,
    ) -> Result<Vec<(Value, Key, Document)>> {
        let root = self.wire.root();
        let mut fields = needed(shape);
        fields.push(theirs.clone());
        let wanted: Vec<wire::Value> = values.iter().filter_map(|value| encode::message(root, value)).collect();
        let mut found = Vec::new();
        for wanted in wanted.chunks(VALUES_AT_ONCE) {
            let query = Query { filter: Some(is_one_of(theirs, wanted.to_vec())), ..pattern.query(root) };
            for document in query.run_to_the_end(&self.wire, &fields).await? {
                let Some(key) = pattern.key(&document.address) else { continue };
                // Firestore takes 1 and 1.0 for equal; we do not.
                if let Some(value) = document.field(theirs)?.filter(|value| values.contains(value)) {
                    found.push((value.clone(), key, document));
                }
            }
        }
        Ok(found)
    }
}

fn is_one_of(field: &Name, values: Vec<wire::Value>) -> Filter {
    let values = ValueType::ArrayValue(wire::ArrayValue { values });
    Filter {
        filter_type: Some(FilterType::FieldFilter(FieldFilter {
            field: Some(FieldReference { field_path: field_path(field) }),
            op: field_filter::Operator::In.into(),
            value: Some(wire::Value { value_type: Some(values) }),
        })),
    }
}

fn readable(shape: &Shape, key: Key, document: Document) -> Read<(RecordId, Map)> {
    let id = RecordId { entity: shape.entity.clone(), key };
    match document.fields {
        Ok(fields) => Ok((id, fields)),
        Err(Unknown { field }) => {
            let detail = "a value of a kind that this version does not know";
            Err(rejection(&id, &field.into(), Reason::UnsupportedKind, detail))
        }
    }
}

fn related(
    relation: &RelationShape,
    joined: Joined<'_>,
    id: &RecordId,
    fields: &Map,
    others: &Others,
) -> Read<Related> {
    let found = joined.looked_for(id, fields).and_then(|value| others.get(&value));
    let found = found.map(Vec::as_slice).unwrap_or_default().iter().cloned();
    let in_our_name = |theirs| Rejection { entity: id.entity.clone(), key: id.key.clone(), ..theirs };
    let mut records: Vec<Arc<Record>> = found.collect::<Read<_>>().map_err(in_our_name)?;
    if relation.many {
        return Ok(Related::Many(records));
    }
    match records.len() {
        0 if joined.must_lead_somewhere(id, fields) => {
            Err(rejection(id, &relation.name, Reason::Dangling, "the record that it leads to does not exist"))
        }
        0 | 1 => Ok(Related::One(records.pop())),
        _ => Err(rejection(id, &relation.name, Reason::DuplicateValue, "it leads to several records, not to one")),
    }
}

fn value(id: &RecordId, fields: &Map, name: &str) -> Value {
    match name {
        KEY => Value::String(id.key.to_string()),
        ENTITY => Value::String(id.entity.to_string()),
        name => fields.get(name).cloned().unwrap_or_default(),
    }
}

fn rejection(id: &RecordId, column: &Name, reason: Reason, detail: &str) -> Rejection {
    let (entity, key, column) = (id.entity.clone(), id.key.clone(), Some(column.clone()));
    Rejection { entity, key, column, reason, detail: detail.to_owned() }
}
