//! What a store says of itself: its entities, their fields and relations.

use crate::record::{Kind, Name};

/// The field of every record that holds its key as text.
pub const KEY: &str = "@key";
/// The field of every record that holds its entity's name.
pub const ENTITY: &str = "@entity";
/// The store's own identifier, where it has one: the same for all its records, another on each device.
pub const STORE: &str = "@store";
/// The record's name in CloudKit: the same on all devices of one iCloud account.
pub const CLOUD_NAME: &str = "@cloudkit.name";
/// The record's zone in CloudKit.
pub const CLOUD_ZONE: &str = "@cloudkit.zone";
/// Whether CloudKit has ever been given this record.
pub const CLOUD_EXPORTED: &str = "@cloudkit.exported";

/// The field with the key of the record that has this one in a to-many relation, where the store keeps it with this
/// one and no relation of its own leads back. Its name is made from that record's entity and relation.
pub fn owner_field(entity: &str, relation: &str) -> Name {
    format!("@{entity}.{relation}").into()
}

/// What a store holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The word for the store's kind: `swiftdata`, `coredata`, `room`, `sqlite`, `firestore` …
    pub store: String,
    /// Changes when the schema does; equal for two stores of one version of an app.
    pub fingerprint: String,
    /// The version that the app itself gave its schema, where it did.
    pub version: Option<String>,
    /// All entities, parents before their children.
    pub entities: Vec<Entity>,
    /// Whether there may be entities that are not listed, as in a document store.
    pub open: bool,
    /// What could not be known, in sentences.
    pub warnings: Vec<String>,
}

impl Schema {
    /// Whether records may arrive in the store by themselves, from other devices of the same person: CloudKit mirrors it.
    pub fn is_mirrored(&self) -> bool {
        self.entities.iter().flat_map(|entity| &entity.system).any(|field| &*field.name == CLOUD_NAME)
    }
}

/// A kind of record: an entity, a table, a collection (then its path with captures: `users/{userId}/journal/{date}`).
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Its name in the app's model, or the table's.
    pub name: Name,
    /// The entity it inherits from.
    pub parent: Option<Name>,
    /// Whether no record is of this very entity.
    pub is_abstract: bool,
    /// The fields that make up its key, where they are fields of its own.
    pub key: Vec<Name>,
    /// Its fields, inherited ones included.
    pub fields: Vec<Field>,
    /// Its relations, inherited ones included.
    pub relations: Vec<Relation>,
    /// Fields that together are unique.
    pub unique: Vec<Vec<Name>>,
    /// Fields that the store adds to each record: those above whose names begin with `@`.
    pub system: Vec<Field>,
    /// Whether a record may have fields that are not listed, as in a document store.
    pub open: bool,
    /// The table it is in, where there are tables.
    pub table: Option<String>,
}

/// A field of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the app's model, or the column's.
    pub name: Name,
    /// What values it holds.
    pub kind: Kind,
    /// Whether a record may lack it.
    pub optional: bool,
    /// The store's own word for its type.
    pub native: String,
    /// The column it is in; none for one that is put together from several.
    pub column: Option<String>,
    /// The parts of one that is put together from several columns.
    pub elements: Vec<Field>,
}

/// A relation of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Its name in the app's model, or made from the foreign key.
    pub name: Name,
    /// The entity it leads to.
    pub target: Name,
    /// Whether it leads to several records.
    pub many: bool,
    /// Whether their order means something.
    pub ordered: bool,
    /// Whether a record may have none.
    pub optional: bool,
    /// The relation of the target that leads back.
    pub inverse: Option<Name>,
    /// The store's own words for what joins the two; empty where the relation's name says it.
    pub native: String,
}

impl Schema {
    /// The entity of this name.
    pub fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| &*entity.name == name)
    }

    /// The entity at the top of this one's line of inheritance: itself where it inherits from none.
    pub fn root_of<'a>(&'a self, entity: &'a Entity) -> &'a Entity {
        let mut root = entity;
        // A line of inheritance is no longer than there are entities, whatever a damaged schema says.
        for _ in 0..self.entities.len() {
            match root.parent.as_deref().and_then(|parent| self.entity(parent)) {
                Some(parent) => root = parent,
                None => break,
            }
        }
        root
    }

    /// Whether the entity is the one of this name, or inherits from it.
    pub fn is_a(&self, entity: &Entity, name: &str) -> bool {
        let parent = |entity: &&Entity| entity.parent.as_deref().and_then(|parent| self.entity(parent));
        std::iter::successors(Some(entity), parent).take(self.entities.len()).any(|entity| *entity.name == *name)
    }
}

impl Entity {
    /// A plain entity of this name, without anything in it yet.
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            parent: None,
            is_abstract: false,
            key: Vec::new(),
            fields: Vec::new(),
            relations: Vec::new(),
            unique: Vec::new(),
            system: Vec::new(),
            open: false,
            table: None,
        }
    }

    /// The field of this name, one of the store's own (`@key`) included.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().chain(&self.system).find(|field| &*field.name == name)
    }

    /// Whether the field is called as an identifier of this entity is: `id`, `uuid`, of a `Habit` also `habitId`.
    pub fn calls_its_id(&self, field: &Field) -> bool {
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        let (name, entity) = (plain(&field.name), plain(&self.name));
        let name = name.strip_prefix(entity.as_str()).unwrap_or(&name);
        ["id", "uuid", "guid", "identifier", "uniqueid", "uniqueidentifier"].contains(&name)
    }

    /// Whether the field is the record's very own id: a UUID, and called so. No two sound records share it, wherever
    /// they lie.
    pub fn is_own_id(&self, field: &Field) -> bool {
        field.is_uuid() && self.calls_its_id(field)
    }

    /// The relation of this name.
    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| &*relation.name == name)
    }
}

impl Field {
    /// A required field of this kind.
    pub fn new(name: impl Into<Name>, kind: Kind) -> Self {
        let native = kind.word().to_owned();
        Self { name: name.into(), kind, optional: false, native, column: None, elements: Vec::new() }
    }

    /// Whether its values are UUIDs.
    pub fn is_uuid(&self) -> bool {
        self.native.to_ascii_lowercase().contains("uuid")
    }

    /// The same, but a record may lack it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}
