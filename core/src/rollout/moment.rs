//! Times in what is kept: RFC 3339, as people read them.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::record::Timestamp;

pub(super) fn serialize<S: Serializer>(moment: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    moment.map(|moment| moment.to_string()).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    Timestamp::parse(&text).map(Some).ok_or_else(|| de::Error::custom("not a time as RFC 3339 has it"))
}
