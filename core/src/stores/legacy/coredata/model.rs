//! A data model as the app's developer drew it, without the archive it came in.

/// All entities of an app, in no particular order. Every parent is there, and no entity is its own ancestor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Model {
    pub(super) entities: Vec<ModelEntity>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ModelEntity {
    pub(super) name: String,
    /// The place of the entity that it inherits from.
    pub(super) parent: Option<usize>,
    pub(super) is_abstract: bool,
    /// What it was called before the developer renamed it; its name where they did not.
    pub(super) renamed_from: Option<String>,
    /// Those it declares itself, sorted by name, and of those the ones that are stored.
    pub(super) properties: Vec<Property>,
    /// Properties that together are unique.
    pub(super) unique: Vec<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Property {
    Attribute(Attribute),
    Relationship(Relationship),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) kind: AttributeKind,
    pub(super) optional: bool,
    /// Whether large values may lie in files beside the store.
    pub(super) external: bool,
    /// The transformer of a transformable attribute.
    pub(super) transformer: Option<String>,
    /// The parts of a composite attribute, in their order.
    pub(super) elements: Vec<Attribute>,
    /// Of a composite attribute: that it stands for an enum of Swift.
    pub(super) is_enum: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttributeKind {
    Int16,
    Int32,
    Int64,
    Decimal,
    Double,
    Float,
    String,
    Bool,
    Date,
    Binary,
    Uuid,
    Uri,
    Transformable,
    Composite,
    Codable,
    /// One that no attribute in a store should have, with its number.
    Other(i64),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Relationship {
    pub(super) name: String,
    pub(super) target: String,
    pub(super) inverse: Option<String>,
    pub(super) many: bool,
    pub(super) ordered: bool,
    pub(super) optional: bool,
}

impl Model {
    /// The place of the entity of this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.entities.iter().position(|entity| entity.name == name)
    }

    /// The entity at a place and those it inherits from, itself first.
    pub(super) fn line(&self, place: usize) -> impl Iterator<Item = (usize, &ModelEntity)> {
        let entry = |place: usize| Some((place, self.entities.get(place)?));
        std::iter::successors(entry(place), move |(_, entity)| entity.parent.and_then(entry))
    }
}

impl Property {
    pub(super) fn name(&self) -> &str {
        match self {
            Property::Attribute(attribute) => &attribute.name,
            Property::Relationship(relationship) => &relationship.name,
        }
    }
}

impl Attribute {
    /// The attributes that have a column each: itself, or the parts of a composite, in their order.
    pub(super) fn leaves(&self) -> Vec<&Attribute> {
        match self.kind {
            AttributeKind::Composite => self.elements.iter().flat_map(Attribute::leaves).collect(),
            _ => vec![self],
        }
    }

    /// Of an enum with raw values: the one part, which has the enum's own name and holds the raw value.
    pub(super) fn raw_value(&self) -> Option<&Attribute> {
        match self.elements.as_slice() {
            [only] if self.is_enum && only.name == self.name && only.kind != AttributeKind::Composite => Some(only),
            _ => None,
        }
    }
}

impl AttributeKind {
    pub(super) fn of(number: i64) -> Self {
        match number {
            100 => AttributeKind::Int16,
            200 => AttributeKind::Int32,
            300 => AttributeKind::Int64,
            400 => AttributeKind::Decimal,
            500 => AttributeKind::Double,
            600 => AttributeKind::Float,
            700 => AttributeKind::String,
            800 => AttributeKind::Bool,
            900 => AttributeKind::Date,
            1000 => AttributeKind::Binary,
            1100 => AttributeKind::Uuid,
            1200 => AttributeKind::Uri,
            1800 => AttributeKind::Transformable,
            2100 => AttributeKind::Composite,
            2200 => AttributeKind::Codable,
            other => AttributeKind::Other(other),
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            AttributeKind::Int16 => "int16",
            AttributeKind::Int32 => "int32",
            AttributeKind::Int64 => "int64",
            AttributeKind::Decimal => "decimal",
            AttributeKind::Double => "double",
            AttributeKind::Float => "float",
            AttributeKind::String => "string",
            AttributeKind::Bool => "bool",
            AttributeKind::Date => "date",
            AttributeKind::Binary => "binary",
            AttributeKind::Uuid => "uuid",
            AttributeKind::Uri => "uri",
            AttributeKind::Transformable => "transformable",
            AttributeKind::Composite => "composite",
            AttributeKind::Codable => "codable",
            AttributeKind::Other(_) => "undefined",
        }
    }
}
