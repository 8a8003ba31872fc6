//! Models drawn for a test, archived as Core Data does it.

use crate::testkit::bplist::{Archiver, Item};

#[derive(Clone)]
pub(super) struct Drawn {
    pub(super) name: &'static str,
    pub(super) parent: Option<&'static str>,
    pub(super) properties: Vec<Property>,
}

#[derive(Clone)]
pub(super) enum Property {
    Attribute { name: &'static str, kind: i64, more: Vec<(&'static str, Item)> },
    Composite { name: &'static str, is_enum: bool, parts: Vec<Property> },
    Relation { name: &'static str, to: &'static str, inverse: Option<&'static str>, many: bool, ordered: bool },
    Fetched { name: &'static str },
}

pub(super) fn drawn(name: &'static str, properties: Vec<Property>) -> Drawn {
    Drawn { name, parent: None, properties }
}

pub(super) fn below(parent: &'static str, name: &'static str, properties: Vec<Property>) -> Drawn {
    Drawn { name, parent: Some(parent), properties }
}

pub(super) fn attribute(name: &'static str, kind: i64) -> Property {
    Property::Attribute { name, kind, more: vec![] }
}

pub(super) fn to_one(name: &'static str, to: &'static str, inverse: &'static str) -> Property {
    Property::Relation { name, to, inverse: Some(inverse), many: false, ordered: false }
}

pub(super) fn to_many(name: &'static str, to: &'static str, inverse: Option<&'static str>, ordered: bool) -> Property {
    Property::Relation { name, to, inverse, many: true, ordered }
}

/// The content of `Z_MODELCACHE`.
pub(super) fn cache(entities: &[Drawn]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(&archive(entities), 6)
}

/// The same before it is deflated.
pub(super) fn archive(entities: &[Drawn]) -> Vec<u8> {
    let mut archiver = Archiver::new();
    let references: Vec<Item> = entities.iter().map(|_| archiver.reserve()).collect();
    let place = |name: &str| entities.iter().position(|entity| entity.name == name);
    for (entity, reference) in entities.iter().zip(&references) {
        let mut names = Vec::new();
        let mut properties = Vec::new();
        let parent = |entity: &&Drawn| entity.parent.and_then(place).map(|place| &entities[place]);
        // A circle ends somewhere.
        for declaring in std::iter::successors(Some(entity), parent).take(entities.len()) {
            for property in &declaring.properties {
                let mut written = write(&mut archiver, property);
                if declaring.name != entity.name {
                    let fields = vec![("NSUnderlyingProperty", written)];
                    written = archiver.object(&["_NSPropertyDescriptionProxy"], fields);
                }
                names.push(archiver.text(property.name()));
                properties.push(written);
            }
        }
        let fields = vec![("NS.keys", Item::Array(names)), ("NS.objects", Item::Array(properties))];
        let properties = archiver.object(&["NSMutableDictionary", "NSDictionary"], fields);
        let parent = entity.parent.and_then(place).map_or_else(Archiver::null, |place| references[place].clone());
        let name = archiver.text(entity.name);
        let fields = vec![("NSEntityName", name), ("NSProperties", properties), ("NSSuperentity", parent)];
        archiver.fill(reference, &["NSEntityDescription"], fields);
    }
    let names: Vec<&str> = entities.iter().map(|entity| entity.name).collect();
    let entities = archiver.dictionary(names.into_iter().zip(references).collect());
    let root = archiver.object(&["NSManagedObjectModel"], vec![("NSEntities", entities)]);
    archiver.finish(root)
}

impl Property {
    fn name(&self) -> &'static str {
        match self {
            Property::Attribute { name, .. }
            | Property::Composite { name, .. }
            | Property::Relation { name, .. }
            | Property::Fetched { name } => name,
        }
    }
}

fn write(archiver: &mut Archiver, property: &Property) -> Item {
    let mut fields = vec![("NSPropertyName", archiver.text(property.name())), ("NSIsOptional", Item::Bool(true))];
    let class = match property {
        Property::Attribute { kind, more, .. } => {
            fields.push(("NSAttributeType", Item::Int(*kind)));
            fields.extend(more.iter().cloned());
            "NSAttributeDescription"
        }
        Property::Composite { is_enum, parts, .. } => {
            let parts = parts.iter().map(|part| write(archiver, part)).collect();
            let info = if *is_enum { archiver.add(Item::Int(1)) } else { Archiver::null() };
            let info = if *is_enum { archiver.dictionary(vec![("EnumType", info)]) } else { info };
            fields.push(("NSAttributeType", Item::Int(2100)));
            fields.push(("NSCompositeElements", archiver.array(parts)));
            fields.push(("NSUserInfo", info));
            "NSCompositeAttributeDescription"
        }
        Property::Relation { to, inverse, many, ordered, .. } => {
            fields.push(("_NSDestinationEntityName", archiver.text(to)));
            let inverse = inverse.map_or_else(Archiver::null, |inverse| archiver.text(inverse));
            fields.push(("_NSInverseRelationshipName", inverse));
            fields.push(("NSMaxCount", Item::Int(i64::from(!*many))));
            fields.push(("NSIsOrdered", Item::Bool(*ordered)));
            "NSRelationshipDescription"
        }
        Property::Fetched { .. } => "NSFetchedPropertyDescription",
    };
    archiver.object(&[class, "NSPropertyDescription"], fields)
}
