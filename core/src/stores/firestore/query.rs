//! Reading documents: those at some addresses, of a collection, or of all collections of one name.

use std::collections::HashMap;

use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use prost::Message;
use prost::bytes::Bytes;
use wire::batch_get_documents_response::Result as Answered;
use wire::structured_aggregation_query::aggregation::{Count, Operator};
use wire::structured_aggregation_query::{Aggregation, QueryType as CountedQuery};
use wire::structured_query::{CollectionSelector, Direction, FieldReference, Filter, Order, Projection};
use wire::value::ValueType;
use wire::{StructuredAggregationQuery, StructuredQuery, run_aggregation_query_request, run_query_request};

use super::decode::{self, Document};
use super::names::{Root, field_path};
use super::status::nonsense;
use super::wire::{Method, Wire};
use crate::error::Result;
use crate::record::Name;

/// The field that stands for a document's name.
const DOCUMENT_NAME: &str = "__name__";
const COUNT: &str = "count";
/// So many names are asked for in a request at most, and with so many bytes: a phone's radio drops larger ones, and an
/// emulator takes four times that.
const ADDRESSES_AT_ONCE: usize = 500;
const BYTES_AT_ONCE: usize = 1 << 20;
const DOCUMENTS_AT_ONCE: usize = 300;

/// What is at these addresses, by address; of each the named fields, or all without names.
pub(super) async fn get(on: &Wire, addresses: &[String], fields: Option<&[Name]>) -> Result<HashMap<String, Document>> {
    let mut found = HashMap::with_capacity(addresses.len());
    get_each(on, addresses, fields, |document| {
        found.insert(document.address.clone(), document);
        Ok(())
    })
    .await?;
    Ok(found)
}

/// The same, one document after the other as they come: an answer is a stream, of which one is held at a time. One whose
/// address is asked for twice comes once for each request that asks for it.
pub(super) async fn get_each(
    on: &Wire,
    addresses: &[String],
    fields: Option<&[Name]>,
    mut each: impl FnMut(Document) -> Result<()> + Send,
) -> Result<()> {
    let root = on.root();
    let mut rest = addresses;
    while !rest.is_empty() {
        let chunk;
        (chunk, rest) = rest.split_at(at_once(root, rest));
        let mut answers = 0;
        let request = wire::BatchGetDocumentsRequest {
            database: root.database().to_owned(),
            documents: chunk.iter().map(|address| root.name(address)).collect(),
            mask: fields.map(|names| wire::DocumentMask { field_paths: field_paths(names) }),
            ..wire::BatchGetDocumentsRequest::default()
        };
        // Firestore answers in an order of its own, and once for an address that is asked for twice.
        on.call(
            Method::BATCH_GET,
            || encoded(&request),
            |answer: wire::BatchGetDocumentsResponse| {
                if let Some(Answered::Found(document)) = answer.result {
                    answers += 1;
                    each(decode::document(root, document)?)?;
                }
                if answers > chunk.len() { Err(nonsense()) } else { Ok(()) }
            },
        )
        .await?;
    }
    Ok(())
}

fn encoded(request: &impl Message) -> Result<Bytes> {
    Ok(request.encode_to_vec().into())
}

/// How many of these addresses are asked for in a request: one at least.
fn at_once(root: &Root, addresses: &[String]) -> usize {
    // Beside a name stand its length and the number of its field.
    let bytes = |address: &String| root.documents().len() + address.len() + 5;
    let mut left = BYTES_AT_ONCE;
    let fits = |address: &&String| left.checked_sub(bytes(address)).inspect(|rest| left = *rest).is_some();
    addresses.iter().take(ADDRESSES_AT_ONCE).take_while(fits).count().max(1)
}

/// Which documents are meant.
pub(super) struct Query<'a> {
    /// The name of the document below which the collections are.
    pub(super) parent: String,
    pub(super) collection: &'a str,
    /// Whether collections of that id are meant wherever they are below the parent.
    pub(super) everywhere: bool,
    pub(super) filter: Option<Filter>,
}

/// Which part of them.
pub(super) struct Part<'a> {
    /// The name of the document before the first.
    pub(super) after: Option<String>,
    pub(super) limit: usize,
    /// All fields where none are named.
    pub(super) fields: Option<&'a [Name]>,
}

impl Query<'_> {
    fn structured(&self) -> StructuredQuery {
        let collection_id = self.collection.to_owned();
        StructuredQuery {
            from: vec![CollectionSelector { collection_id, all_descendants: self.everywhere }],
            r#where: self.filter.clone(),
            ..StructuredQuery::default()
        }
    }

    /// The documents in the order of their names.
    pub(super) async fn run(&self, on: &Wire, part: Part<'_>) -> Result<Vec<Document>> {
        let limit = i32::try_from(part.limit.max(1)).unwrap_or(i32::MAX);
        let query = StructuredQuery {
            select: part.fields.map(|names| Projection { fields: selected(names) }),
            order_by: vec![Order { field: Some(by_name()), direction: Direction::Ascending.into() }],
            start_at: part.after.map(just_after),
            limit: Some(limit),
            ..self.structured()
        };
        let request = wire::RunQueryRequest {
            parent: self.parent.clone(),
            query_type: Some(run_query_request::QueryType::StructuredQuery(query)),
            ..wire::RunQueryRequest::default()
        };
        let mut documents = Vec::new();
        on.call(
            Method::RUN_QUERY,
            || encoded(&request),
            |answer: wire::RunQueryResponse| {
                if let Some(document) = answer.document {
                    documents.push(decode::document(on.root(), document)?);
                }
                if documents.len() > part.limit.max(1) { Err(nonsense()) } else { Ok(()) }
            },
        )
        .await?;
        Ok(documents)
    }

    /// All of them.
    pub(super) async fn run_to_the_end(&self, on: &Wire, fields: &[Name]) -> Result<Vec<Document>> {
        let mut all: Vec<Document> = Vec::new();
        loop {
            let after = all.last().map(|document| on.root().name(&document.address));
            let page = self.run(on, Part { after, limit: DOCUMENTS_AT_ONCE, fields: Some(fields) }).await?;
            let is_last = page.len() < DOCUMENTS_AT_ONCE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// How many there are.
    pub(super) async fn count(&self, on: &Wire) -> Result<u64> {
        let count = Aggregation { alias: COUNT.to_owned(), operator: Some(Operator::Count(Count { up_to: None })) };
        let query = StructuredAggregationQuery {
            aggregations: vec![count],
            query_type: Some(CountedQuery::StructuredQuery(self.structured())),
        };
        let request = wire::RunAggregationQueryRequest {
            parent: self.parent.clone(),
            query_type: Some(run_aggregation_query_request::QueryType::StructuredAggregationQuery(query)),
            ..wire::RunAggregationQueryRequest::default()
        };
        let mut counted = None;
        on.call(
            Method::RUN_AGGREGATION,
            || encoded(&request),
            |answer: wire::RunAggregationQueryResponse| {
                let fields = answer.result.map(|result| result.aggregate_fields).unwrap_or_default();
                match fields.get(COUNT).and_then(|value| value.value_type.as_ref()) {
                    Some(ValueType::IntegerValue(count)) => counted = u64::try_from(*count).ok(),
                    Some(_) => return Err(nonsense()),
                    None => {}
                }
                Ok(())
            },
        )
        .await?;
        counted.ok_or_else(nonsense)
    }
}

/// Paths of fields for a mask or a projection. One of no fields would be taken for one of all.
fn field_paths(names: &[Name]) -> Vec<String> {
    match names {
        [] => vec![DOCUMENT_NAME.to_owned()],
        names => names.iter().map(|name| field_path(name)).collect(),
    }
}

fn selected(names: &[Name]) -> Vec<FieldReference> {
    field_paths(names).into_iter().map(|field_path| FieldReference { field_path }).collect()
}

fn by_name() -> FieldReference {
    FieldReference { field_path: DOCUMENT_NAME.to_owned() }
}

fn just_after(name: String) -> wire::Cursor {
    let name = wire::Value { value_type: Some(ValueType::ReferenceValue(name)) };
    wire::Cursor { values: vec![name], before: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_asks_for_as_many_names_as_a_phone_may_send() {
        let root = Root::of("habits", "(default)").unwrap();
        let names = |count: usize, length: usize| vec!["x".repeat(length); count];
        assert_eq!(at_once(&root, &names(1000, 60)), ADDRESSES_AT_ONCE);
        let longest = at_once(&root, &names(1000, 6 * 1024));
        assert!(longest < ADDRESSES_AT_ONCE && longest * (6 * 1024 + 50) <= BYTES_AT_ONCE, "{longest}");
        assert_eq!(at_once(&root, &names(2, BYTES_AT_ONCE)), 1, "the server may judge of it");
        assert_eq!(at_once(&root, &names(3, 60)), 3);
    }
}
