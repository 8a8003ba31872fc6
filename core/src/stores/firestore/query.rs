//! Queries: documents of a collection, or of all collections of one name, in the order of their names.

use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use prost::Message;
use wire::structured_aggregation_query::aggregation::{Count, Operator};
use wire::structured_aggregation_query::{Aggregation, QueryType as CountedQuery};
use wire::structured_query::{CollectionSelector, Direction, FieldReference, Filter, Order, Projection};
use wire::value::ValueType;
use wire::{StructuredAggregationQuery, StructuredQuery, run_aggregation_query_request, run_query_request};

use super::names::field_path;
use super::status::{Failure, nonsense};
use super::wire::{Method, Wire};
use crate::error::Result;
use crate::record::Name;

/// The field that stands for a document's name.
const DOCUMENT_NAME: &str = "__name__";
const COUNT: &str = "count";

/// Which documents are meant.
pub(super) struct Query<'a> {
    /// The document below which the collections are.
    pub(super) parent: &'a str,
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
    pub(super) async fn run(&self, on: &Wire, part: Part<'_>) -> Result<Vec<wire::Document>, Failure> {
        let limit = i32::try_from(part.limit.max(1)).unwrap_or(i32::MAX);
        let query = StructuredQuery {
            select: part.fields.map(|names| Projection { fields: selected(names) }),
            order_by: vec![Order { field: Some(by_name()), direction: Direction::Ascending.into() }],
            start_at: part.after.map(just_after),
            limit: Some(limit),
            ..self.structured()
        };
        let request = wire::RunQueryRequest {
            parent: self.parent.to_owned(),
            query_type: Some(run_query_request::QueryType::StructuredQuery(query)),
            ..wire::RunQueryRequest::default()
        };
        let mut documents = Vec::new();
        on.call(Method::RUN_QUERY, request.encode_to_vec(), |answer: wire::RunQueryResponse| {
            documents.extend(answer.document);
            if documents.len() > part.limit.max(1) { Err(nonsense()) } else { Ok(()) }
        })
        .await?;
        Ok(documents)
    }

    /// How many there are.
    pub(super) async fn count(&self, on: &Wire) -> Result<u64, Failure> {
        let count = Aggregation { alias: COUNT.to_owned(), operator: Some(Operator::Count(Count { up_to: None })) };
        let query = StructuredAggregationQuery {
            aggregations: vec![count],
            query_type: Some(CountedQuery::StructuredQuery(self.structured())),
        };
        let request = wire::RunAggregationQueryRequest {
            parent: self.parent.to_owned(),
            query_type: Some(run_aggregation_query_request::QueryType::StructuredAggregationQuery(query)),
            ..wire::RunAggregationQueryRequest::default()
        };
        let mut counted = None;
        on.call(Method::RUN_AGGREGATION, request.encode_to_vec(), |answer: wire::RunAggregationQueryResponse| {
            let fields = answer.result.map(|result| result.aggregate_fields).unwrap_or_default();
            match fields.get(COUNT).and_then(|value| value.value_type.as_ref()) {
                Some(ValueType::IntegerValue(count)) => counted = u64::try_from(*count).ok(),
                Some(_) => return Err(nonsense()),
                None => {}
            }
            Ok(())
        })
        .await?;
        counted.ok_or_else(|| nonsense().into())
    }
}

/// Paths of fields for a mask or a projection. One of no fields would be taken for one of all.
pub(super) fn field_paths(names: &[Name]) -> Vec<String> {
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
