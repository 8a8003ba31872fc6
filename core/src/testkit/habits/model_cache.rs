//! The model as Core Data keeps it inside a store: a keyed archive, deflated.

use miniz_oxide::deflate::compress_to_vec;

use super::model::{Attribute, ENTITIES, Entity, Form, Kept, Primitive, Relation};
use crate::testkit::bplist::{Archiver, Item, write};

const COMPOSITE: i64 = 2100;
/// The flag of an attribute whose bytes may lie in a file of their own.
const ALLOWS_EXTERNAL: i64 = 4;

/// The content of `Z_MODELCACHE`.
pub(super) fn model_cache() -> Vec<u8> {
    compress_to_vec(&Model::new().archive(), 9)
}

/// The content of `Z_PLIST`. The hashes stand for the model and are the same for all stores made here.
pub(super) fn metadata() -> Vec<u8> {
    let hash = |name: &str| {
        use sha2::Digest;
        Item::Data(sha2::Sha256::digest(name.as_bytes()).to_vec())
    };
    let hashes = ENTITIES.iter().map(|entity| (entity.name.to_owned(), hash(entity.name))).collect();
    let entries = [
        ("NSPersistenceFrameworkVersion", Item::Int(1414)),
        ("NSStoreType", "SQLite".into()),
        ("NSStoreModelVersionIdentifiers", Item::Array(vec!["1.0.0".into()])),
        ("NSStoreModelVersionHashesVersion", Item::Int(3)),
        ("NSStoreModelVersionHashes", Item::Dict(hashes)),
        ("_NSAutoVacuumLevel", "2".into()),
    ];
    write(&Item::Dict(entries.map(|(name, item)| (name.to_owned(), item)).into()))
}

/// Entities and relations point at one another in circles, so each has its place before any is filled.
struct Model {
    archiver: Archiver,
    root: Item,
    entities: Vec<Item>,
    relations: Vec<Vec<Item>>,
}

impl Model {
    fn new() -> Self {
        let mut archiver = Archiver::new();
        let root = archiver.reserve();
        let entities = ENTITIES.iter().map(|_| archiver.reserve()).collect();
        let relations =
            ENTITIES.iter().map(|entity| entity.relations.iter().map(|_| archiver.reserve()).collect()).collect();
        Self { archiver, root, entities, relations }
    }

    fn archive(mut self) -> Vec<u8> {
        for (index, entity) in ENTITIES.iter().enumerate() {
            self.fill_entity(index, entity);
        }
        let names = ENTITIES.map(|entity| self.archiver.text(entity.name)).to_vec();
        let (keys, values) = (self.archiver.array(names), self.archiver.array(self.entities.clone()));
        let length = Item::Int(ENTITIES.len() as i64);
        let mapping = self.archiver.object(
            &["NSKnownKeysMappingStrategy1", "NSKnownKeysMappingStrategy"],
            vec![("length", length), ("keys", keys), ("version", Item::Int(1))],
        );
        let entities = self.archiver.object(
            &["NSKnownKeysDictionary1", "NSKnownKeysDictionary", "NSMutableDictionary", "NSDictionary"],
            vec![("values", values), ("searchMapping", mapping), ("version", Item::Int(1))],
        );
        let version = self.archiver.text("1.0.0");
        let versions = self.archiver.set(vec![version]);
        let configuration = self.archiver.array(self.entities.clone());
        let configurations = self.archiver.dictionary(vec![("default", configuration)]);
        let fields = vec![
            ("NSEntities", entities),
            ("NSVersionIdentifiers", versions),
            ("NSConfigurations", configurations),
            ("NSFetchRequestTemplates", Archiver::null()),
        ];
        self.archiver.fill(&self.root, &["NSManagedObjectModel"], fields);
        self.archiver.finish(self.root)
    }

    fn fill_entity(&mut self, index: usize, entity: &Entity) {
        let mut properties: Vec<(&str, Item)> = Vec::new();
        for attribute in entity.attributes {
            properties.push((attribute.name, self.attribute(index, attribute)));
        }
        for (position, relation) in entity.relations.iter().enumerate() {
            self.fill_relation(index, position, relation);
            properties.push((relation.name, self.relations[index][position].clone()));
        }
        let name = self.archiver.text(entity.name);
        let fields = vec![
            ("NSEntityName", name.clone()),
            ("NSClassNameForEntity", name.clone()),
            ("NSRenamingIdentifier", name),
            ("NSProperties", self.archiver.dictionary(properties)),
            ("NSSubentities", self.archiver.dictionary(Vec::new())),
            ("NSSuperentity", Archiver::null()),
            ("NSUniqueTuples", self.archiver.array(Vec::new())),
            ("NSUserInfo", Archiver::null()),
            ("NSManagedObjectModel", self.root.clone()),
        ];
        self.archiver.fill(&self.entities[index], &["NSEntityDescription"], fields);
    }

    fn attribute(&mut self, entity: usize, attribute: &Attribute) -> Item {
        match attribute.form {
            Form::Plain(primitive) => self.column(entity, attribute.name, primitive, attribute.optional, 0),
            Form::External => {
                self.column(entity, attribute.name, Primitive::Bytes, attribute.optional, ALLOWS_EXTERNAL)
            }
            Form::Strings => self.column(entity, attribute.name, Primitive::Archive, attribute.optional, 0),
            Form::TextEnum | Form::Struct(_) => self.composite(entity, attribute),
        }
    }

    fn column(&mut self, entity: usize, name: &str, primitive: Primitive, optional: bool, flags: i64) -> Item {
        let mut fields = self.property(entity, name, optional);
        // The only archives here are arrays of strings.
        let strings = primitive == Primitive::Archive;
        let Kept { number, class, .. } = primitive.kept();
        let class = if strings { Some("Array<String>") } else { class };
        fields.extend([
            ("NSAttributeType", Item::Int(number)),
            ("NSAttributeValueClassName", self.text_or_null(class)),
            ("NSValueTransformerName", self.text_or_null(strings.then_some("NSSecureUnarchiveFromData"))),
            ("NSDefaultValue", Archiver::null()),
            ("NSFlagsKey", Item::Int(flags)),
        ]);
        self.archiver.object(&["NSAttributeDescription", "NSPropertyDescription"], fields)
    }

    /// An enum is a composite of a single element of its own name.
    fn composite(&mut self, entity: usize, attribute: &Attribute) -> Item {
        let elements = attribute
            .leaves()
            .into_iter()
            .map(|(name, primitive)| self.column(entity, name, primitive, true, 0))
            .collect();
        let user_info = match attribute.form {
            Form::TextEnum => {
                let yes = self.archiver.add(Item::Bool(true));
                self.archiver.dictionary(vec![("EnumType", yes)])
            }
            _ => Archiver::null(),
        };
        let mut fields = self.property(entity, attribute.name, attribute.optional);
        fields.extend([
            ("NSAttributeType", Item::Int(COMPOSITE)),
            ("NSAttributeValueClassName", self.archiver.text("NSDictionary")),
            ("NSCompositeElements", self.archiver.array(elements)),
            ("NSUserInfo", user_info),
            ("NSDefaultValue", Archiver::null()),
            ("NSFlagsKey", Item::Int(0)),
        ]);
        let classes = ["NSCompositeAttributeDescription", "NSAttributeDescription", "NSPropertyDescription"];
        self.archiver.object(&classes, fields)
    }

    fn fill_relation(&mut self, entity: usize, position: usize, relation: &Relation) {
        let target = ENTITIES.iter().position(|other| other.name == relation.target);
        let inverse = target.and_then(|target| {
            let back = ENTITIES[target].relations.iter().position(|other| other.name == relation.inverse)?;
            Some(self.relations[target][back].clone())
        });
        let mut fields = self.property(entity, relation.name, true);
        fields.extend([
            ("NSDestinationEntity", target.map_or_else(Archiver::null, |target| self.entities[target].clone())),
            ("_NSDestinationEntityName", self.archiver.text(relation.target)),
            ("NSInverseRelationship", inverse.unwrap_or_else(Archiver::null)),
            ("_NSInverseRelationshipName", self.archiver.text(relation.inverse)),
            ("NSMinCount", Item::Int(0)),
            ("NSMaxCount", Item::Int(i64::from(!relation.many))),
            ("NSDeleteRule", Item::Int(relation.on_delete as i64)),
        ]);
        let classes = ["NSRelationshipDescription", "NSPropertyDescription"];
        self.archiver.fill(&self.relations[entity][position], &classes, fields);
    }

    /// What every property has.
    fn property(&mut self, entity: usize, name: &str, optional: bool) -> Vec<(&'static str, Item)> {
        let name = self.archiver.text(name);
        let mut fields = vec![
            ("NSPropertyName", name.clone()),
            ("NSRenamingIdentifier", name),
            ("NSEntity", self.entities[entity].clone()),
        ];
        // Absent means required.
        if optional {
            fields.push(("NSIsOptional", Item::Bool(true)));
        }
        fields
    }

    fn text_or_null(&mut self, text: Option<&str>) -> Item {
        text.map_or_else(Archiver::null, |text| self.archiver.text(text))
    }
}
