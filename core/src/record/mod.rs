//! The one currency between rooms: a record of any store, its id and its values.
//!
//! This room knows the standard library, serde and serde_json, and nothing else of ours.

pub mod base64;
pub(crate) mod binary;
mod decimal;
pub(crate) mod hex;
pub(crate) mod json;
mod key;
mod rejection;
mod timestamp;
mod value;

use std::sync::Arc;

pub use decimal::Decimal;
pub use key::{Key, RecordId};
pub use rejection::{Reason, Rejection};
pub use timestamp::Timestamp;
pub(crate) use value::at;
pub use value::{GeoPoint, Kind, Map, Value};

/// A name that many records share: of an entity, a field, a relation.
pub type Name = Arc<str>;

/// One thing in a store, as a [`Shape`](crate::store::Shape) asked for it.
///
/// Values and relations are positional: the shape holds their names once for all records of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Where it lives in its store.
    pub id: RecordId,
    /// One value for each of the shape's fields, in its order.
    pub values: Vec<Value>,
    /// One entry for each of the shape's relations, in its order.
    pub related: Vec<Related>,
}

/// What a relation of one record led to.
#[derive(Clone, Debug, PartialEq)]
pub enum Related {
    /// A to-one relation; records that many others point at are shared, not copied.
    One(Option<Arc<Record>>),
    /// A to-many relation, in its order where it has one and by key otherwise.
    Many(Vec<Arc<Record>>),
}
