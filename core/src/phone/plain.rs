//! Documents as the JSON that apps decode: what Swift's `Codable` and Kotlin's serializers read without a word.
//!
//! | value | JSON |
//! |---|---|
//! | null, bool, int, double, string, array, map | as JSON has them; a double that JSON has no number for is null |
//! | decimal, timestamp, reference | text: the digits, RFC 3339, the address |
//! | bytes | text in base64 |
//! | a place on earth | `{"latitude": …, "longitude": …}` |

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Map, Value, base64};

/// A document, as one line of JSON: `{"path": …, "id": …, "data": {…}}`.
pub(super) struct Plain<'a> {
    pub(super) address: &'a str,
    pub(super) fields: &'a Map,
}

/// Several documents as one array.
pub(super) fn array<'a>(documents: impl IntoIterator<Item = Plain<'a>>) -> Result<String> {
    let mut json = Vec::new();
    serde_json::Serializer::new(&mut json).collect_seq(documents).map_err(bug)?;
    String::from_utf8(json).map_err(bug)
}

/// One document.
pub(super) fn one(document: &Plain<'_>) -> Result<String> {
    serde_json::to_string(document).map_err(bug)
}

fn bug(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Bug, "a document cannot be written as JSON").because(error)
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        let id = self.address.rsplit('/').next().unwrap_or(self.address);
        let mut map = to.serialize_map(Some(3))?;
        map.serialize_entry("path", self.address)?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("data", &Fields(self.fields))?;
        map.end()
    }
}

struct Fields<'a>(&'a Map);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, Field(value))))
    }
}

struct Field<'a>(&'a Value);

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => to.serialize_unit(),
            Value::Bool(truth) => to.serialize_bool(*truth),
            Value::Int(number) => to.serialize_i64(*number),
            Value::Double(number) => to.serialize_f64(*number),
            Value::Decimal(number) => to.collect_str(number),
            Value::Timestamp(moment) => to.collect_str(moment),
            Value::String(text) => to.serialize_str(text),
            Value::Bytes(bytes) => to.serialize_str(&base64::encode(bytes)),
            Value::Reference(address) => to.serialize_str(address),
            Value::GeoPoint(place) => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("latitude", &place.latitude)?;
                map.serialize_entry("longitude", &place.longitude)?;
                map.end()
            }
            Value::Array(values) => to.collect_seq(values.iter().map(Field)),
            Value::Map(fields) => Fields(fields).serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{GeoPoint, Timestamp};

    #[test]
    fn every_kind_of_value_is_json_that_an_app_decodes() {
        let place = GeoPoint { latitude: 47.5, longitude: -8.25 };
        let all = [
            Value::Null,
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::Double(0.5),
            Value::Double(f64::NAN),
            Value::Decimal("12345678901234567890.5".parse().unwrap()),
            Value::Timestamp(Timestamp::from_millis(0)),
            Value::from("a \"b\""),
            Value::Bytes(vec![0, 255]),
            Value::Reference("users/ann".to_owned()),
            Value::GeoPoint(place),
            Value::Map(Map::from([("deep".to_owned(), Value::Array(Vec::new()))])),
        ];
        let fields = Map::from([("all".to_owned(), Value::Array(all.into()))]);
        let json = one(&Plain { address: "users/ann/habits/h1", fields: &fields }).unwrap();
        let expected = r#"{"path":"users/ann/habits/h1","id":"h1","data":{"all":[null,true,-9223372036854775808,0.5,null,"12345678901234567890.5","1970-01-01T00:00:00Z","a \"b\"","AP8=","users/ann",{"latitude":47.5,"longitude":-8.25},{"deep":[]}]}}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn a_list_of_documents_is_one_array() {
        let fields = Map::new();
        let two = ["a/1", "a/2"].map(|address| Plain { address, fields: &fields });
        assert_eq!(array(two).unwrap(), r#"[{"path":"a/1","id":"1","data":{}},{"path":"a/2","id":"2","data":{}}]"#);
        assert_eq!(array(Vec::<Plain<'_>>::new()).unwrap(), "[]");
    }
}
