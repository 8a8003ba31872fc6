//! What an attribute of a model becomes: a field of the schema, and how its columns are read.

use crate::record::Kind;
use crate::schema::Field;

use super::Flavor;
use super::model::{Attribute, AttributeKind};
use crate::stores::legacy::layout::{Codec, FieldLayout, Storage};

/// Transformers whose output is an archive of Foundation's own classes.
const ARCHIVES: &[&str] = &[
    "NSSecureUnarchiveFromData",
    "NSSecureUnarchiveFromDataTransformer",
    "NSKeyedUnarchiveFromData",
    "NSKeyedUnarchiveFromDataTransformerName",
    "NSUnarchiveFromData",
];

/// How attributes are turned into fields, and what to tell people about it.
pub(super) struct Fields {
    pub(super) flavor: Flavor,
    pub(super) warnings: Vec<String>,
}

impl Fields {
    /// A field and its place, from as many columns as the attribute has leaves.
    pub(super) fn field(&mut self, entity: &str, attribute: &Attribute, columns: &[String]) -> (Field, FieldLayout) {
        let mut columns = columns.iter();
        let mut next = || columns.next().cloned().unwrap_or_default();
        if let Some(raw) = attribute.raw_value() {
            let (codec, kind) = self.codec(entity, raw);
            return cell(attribute, raw.kind.word(), kind, next(), codec);
        }
        match attribute.kind {
            AttributeKind::Composite => self.composite(entity, attribute, &mut next),
            _ => {
                let (codec, kind) = self.codec(entity, attribute);
                cell(attribute, attribute.kind.word(), kind, next(), codec)
            }
        }
    }

    fn composite(
        &mut self,
        entity: &str,
        attribute: &Attribute,
        next: &mut impl FnMut() -> String,
    ) -> (Field, FieldLayout) {
        // A case that carries values has a column of another type, and those values are not to be lost.
        let bare = attribute.elements.iter().all(|case| case.kind == AttributeKind::String);
        if attribute.is_enum && bare {
            let cases = attribute.elements.iter().map(|case| (case.name.as_str().into(), next())).collect();
            return whole(attribute, "enum", Kind::String, Vec::new(), Storage::Cases(cases));
        }
        let parts = attribute.elements.iter().map(|part| match part.kind {
            AttributeKind::Composite => self.composite(entity, part, next),
            // SwiftData writes what is nested in a struct as JSON.
            AttributeKind::Binary if self.flavor == Flavor::SwiftData => {
                cell(part, "json", Kind::Any, next(), Codec::Json)
            }
            _ => {
                let (codec, kind) = self.codec(entity, part);
                cell(part, part.kind.word(), kind, next(), codec)
            }
        });
        let (fields, layouts) = parts.unzip();
        whole(attribute, attribute.kind.word(), Kind::Map, fields, Storage::Struct(layouts))
    }

    fn codec(&mut self, entity: &str, attribute: &Attribute) -> (Codec, Kind) {
        match attribute.kind {
            AttributeKind::Int16 => (Codec::Int { bits: 16 }, Kind::Int),
            AttributeKind::Int32 => (Codec::Int { bits: 32 }, Kind::Int),
            AttributeKind::Int64 => (Codec::Int { bits: 64 }, Kind::Int),
            AttributeKind::Decimal => (Codec::Decimal, Kind::Decimal),
            AttributeKind::Double | AttributeKind::Float => (Codec::Double, Kind::Double),
            AttributeKind::String | AttributeKind::Uri => (Codec::Text, Kind::String),
            AttributeKind::Bool => (Codec::Bool, Kind::Bool),
            AttributeKind::Date => (Codec::MacDate, Kind::Timestamp),
            AttributeKind::Uuid => (Codec::Uuid, Kind::String),
            AttributeKind::Binary if attribute.external => (Codec::External, Kind::Bytes),
            AttributeKind::Binary => (Codec::Bytes, Kind::Bytes),
            AttributeKind::Transformable => self.transformable(entity, attribute),
            AttributeKind::Codable => (Codec::Coded, Kind::Any),
            AttributeKind::Composite | AttributeKind::Other(_) => (Codec::Any, Kind::Any),
        }
    }

    fn transformable(&mut self, entity: &str, attribute: &Attribute) -> (Codec, Kind) {
        let name = &attribute.name;
        match attribute.transformer.as_deref() {
            Some(own) if !ARCHIVES.contains(&own) => self.warnings.push(format!(
                "{entity}.{name} is written by the app's own transformer {own}; its bytes are kept as they are"
            )),
            _ if attribute.external => {
                self.warnings.push(format!("{entity}.{name} may lie in files; its bytes are kept as they are"));
            }
            _ => return (Codec::Archive, Kind::Any),
        }
        (if attribute.external { Codec::External } else { Codec::Bytes }, Kind::Bytes)
    }
}

fn cell(attribute: &Attribute, native: &str, kind: Kind, column: String, codec: Codec) -> (Field, FieldLayout) {
    let storage = Storage::Cell { column: column.clone(), codec };
    let (field, layout) = whole(attribute, native, kind, Vec::new(), storage);
    (Field { column: Some(column), ..field }, layout)
}

fn whole(
    attribute: &Attribute,
    native: &str,
    kind: Kind,
    elements: Vec<Field>,
    storage: Storage,
) -> (Field, FieldLayout) {
    let name: crate::record::Name = attribute.name.as_str().into();
    let optional = attribute.optional;
    let field = Field { name: name.clone(), kind, optional, native: native.to_owned(), column: None, elements };
    (field, FieldLayout { name, optional, storage })
}
