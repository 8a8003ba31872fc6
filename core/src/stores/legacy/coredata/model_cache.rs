//! The model that Core Data keeps in `Z_MODELCACHE`: a deflated archive of `NSManagedObjectModel`.
//!
//! Its objects refer to one another in circles (an entity's properties to the entity, a relationship to its inverse),
//! so every name is looked up at its place and nothing is followed further than one step.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::model::{Attribute, AttributeKind, Model, ModelEntity, Property, Relationship};
use crate::stores::legacy::values::archive::{Archive, ArchiveError, Uid};
use crate::stores::legacy::values::bplist::{Dict, Object};

/// The largest model of some hundred stores inflates to 127 KB, so sixty times that is an attack.
const LARGEST: usize = 8 << 20;
/// How many bytes of names and fields may be looked at: what a model of the largest size needs, but not what one
/// needs that mentions each of its objects from everywhere.
const MOST_WORK: usize = 32 << 20;
const LONGEST_NAME: usize = 1000;
/// The largest apps have a few hundred entities with a few thousand properties.
const MOST_PROPERTIES: usize = 20_000;
const MOST_ENTITIES: usize = 2_000;
/// Objects of a model have about fifteen fields.
const MOST_FIELDS: usize = 64;
/// Composites in composites; SwiftData makes one level.
const DEEPEST_COMPOSITE: usize = 8;
/// Among the numbers that a property's flags are made of.
const ALLOWS_EXTERNAL_STORAGE: i64 = 4;

/// Why the model cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ModelError {
    /// It does not inflate.
    Deflate,
    /// It is far larger than any model.
    TooLarge,
    /// What it inflates to is no archive, or a damaged one.
    Archive(ArchiveError),
    /// An object lacks something that it always has, or has it in another form.
    Lacks(&'static str),
    /// Two entities of one name.
    Twice(String),
    /// An entity inherits from itself, or from one that is not there.
    Parent(String),
}

impl From<ArchiveError> for ModelError {
    fn from(error: ArchiveError) -> Self {
        ModelError::Archive(error)
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelError::Deflate => out.write_str("it cannot be inflated"),
            ModelError::TooLarge => out.write_str("it is far larger than any app's model"),
            ModelError::Archive(error) => write!(out, "it is {error}"),
            ModelError::Lacks(what) => write!(out, "{what} is missing"),
            ModelError::Twice(name) => write!(out, "two entities are named {name:?}"),
            ModelError::Parent(name) => write!(out, "entity {name:?} inherits from itself or from nothing"),
        }
    }
}

impl std::error::Error for ModelError {}

/// The model in the content of `Z_MODELCACHE`.
pub(super) fn read(content: &[u8]) -> Result<Model, ModelError> {
    use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
    let archive = decompress_to_vec_with_limit(content, LARGEST).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => ModelError::TooLarge,
        _ => ModelError::Deflate,
    })?;
    let mut reader = Reader { archive: Archive::new(&archive)?, work: MOST_WORK };
    reader.model()
}

struct Reader<'a> {
    archive: Archive<'a>,
    /// How much more may be looked at.
    work: usize,
}

/// An entity, and all its properties by name: those that it inherits are only told apart once its parent is known.
struct Draft {
    entity: ModelEntity,
    parent: Option<String>,
    properties: Vec<(String, Uid)>,
}

#[derive(Clone, Copy)]
enum PropertyClass {
    Attribute,
    Relationship,
    Fetched,
    Proxy,
}

impl<'a> Reader<'a> {
    fn model(&mut self) -> Result<Model, ModelError> {
        let root = self.instance(self.archive.root())?;
        let Some(Object::Dict(entities)) = self.archive.followed(root, "NSEntities")? else {
            return Err(ModelError::Lacks("the list of its entities"));
        };
        // A dictionary with a fixed set of keys keeps its values in an array of their own.
        let uids = match self.archive.followed(entities, "values")? {
            Some(Object::Dict(values)) => self.references(values, "NS.objects")?,
            _ => self.references(entities, "NS.objects")?,
        };
        if uids.len() > MOST_ENTITIES {
            return Err(ModelError::TooLarge);
        }
        let drafts = uids.into_iter().map(|uid| self.draft(uid)).collect::<Result<Vec<_>, _>>()?;
        let places = places(&drafts)?;
        let own = own_properties(&drafts, &places)?;
        if own.iter().map(Vec::len).sum::<usize>() > MOST_PROPERTIES {
            return Err(ModelError::TooLarge);
        }
        let mut model = Model::default();
        for (draft, own) in drafts.into_iter().zip(own) {
            let parent = draft.parent.and_then(|parent| places.get(&parent).copied());
            let mut entity = ModelEntity { parent, ..draft.entity };
            for uid in own {
                entity.properties.extend(self.property(uid)?);
            }
            entity.properties.sort_by(|one, other| one.name().cmp(other.name()));
            model.entities.push(entity);
        }
        Ok(model)
    }

    fn draft(&mut self, uid: Uid) -> Result<Draft, ModelError> {
        let entity = self.instance(uid)?;
        let parent = match self.archive.followed(entity, "NSSuperentity")? {
            Some(Object::Dict(parent)) => Some(self.name(parent, "NSEntityName")?),
            _ => None,
        };
        let Some(Object::Dict(properties)) = self.archive.followed(entity, "NSProperties")? else {
            return Err(ModelError::Lacks("an entity's list of properties"));
        };
        let keys = self.references(properties, "NS.keys")?;
        let uids = self.references(properties, "NS.objects")?;
        if keys.len() != uids.len() {
            return Err(ModelError::Lacks("a property for each name"));
        }
        let names = keys.into_iter().map(|key| self.text_at(key)).collect::<Result<Vec<_>, _>>()?;
        Ok(Draft {
            entity: ModelEntity {
                name: self.name(entity, "NSEntityName")?,
                parent: None,
                is_abstract: self.flag(entity, "NSIsAbstract")?,
                renamed_from: self.text(entity, "NSRenamingIdentifier")?,
                properties: Vec::new(),
                unique: self.unique(entity)?,
            },
            parent,
            properties: names.into_iter().zip(uids).collect(),
        })
    }

    /// Tuples of names.
    fn unique(&mut self, entity: Dict<'a>) -> Result<Vec<Vec<String>>, ModelError> {
        let Some(Object::Dict(tuples)) = self.archive.followed(entity, "NSUniqueTuples")? else {
            return Ok(Vec::new());
        };
        let mut unique = Vec::new();
        for tuple in self.references(tuples, "NS.objects")? {
            let tuple = self.instance(tuple)?;
            let names =
                self.references(tuple, "NS.objects")?.into_iter().map(|uid| match self.archive.object(uid)? {
                    Object::Dict(property) => self.name(property, "NSPropertyName"),
                    _ => self.text_at(uid),
                });
            unique.push(names.collect::<Result<_, _>>()?);
        }
        Ok(unique)
    }

    /// A property that is stored; none for one that is not.
    fn property(&mut self, uid: Uid) -> Result<Option<Property>, ModelError> {
        let mut property = self.instance(uid)?;
        let mut class = self.archive.classes(property)?.find(PropertyClass::of)?;
        if matches!(class, PropertyClass::Proxy) {
            let Some(Object::Dict(underlying)) = self.archive.followed(property, "NSUnderlyingProperty")? else {
                return Err(ModelError::Lacks("the property behind a proxy"));
            };
            property = self.sane(underlying)?;
            class = self.archive.classes(property)?.find(PropertyClass::of)?;
        }
        let stored = !self.flag(property, "NSIsTransient")?;
        match class {
            _ if !stored => Ok(None),
            PropertyClass::Attribute => Ok(Some(Property::Attribute(self.attribute(property, DEEPEST_COMPOSITE)?))),
            PropertyClass::Relationship => Ok(Some(Property::Relationship(self.relationship(property)?))),
            PropertyClass::Fetched => Ok(None),
            PropertyClass::Proxy => Err(ModelError::Lacks("the property behind two proxies")),
        }
    }

    fn attribute(&mut self, attribute: Dict<'a>, depth: usize) -> Result<Attribute, ModelError> {
        let Some(number) = self.number(attribute, "NSAttributeType")? else {
            return Err(ModelError::Lacks("an attribute's type"));
        };
        let kind = AttributeKind::of(number);
        let elements = match kind {
            AttributeKind::Composite => self.elements(attribute, depth)?,
            _ => Vec::new(),
        };
        Ok(Attribute {
            name: self.name(attribute, "NSPropertyName")?,
            kind,
            optional: self.flag(attribute, "NSIsOptional")?,
            external: self.number(attribute, "NSFlagsKey")?.unwrap_or(0) & ALLOWS_EXTERNAL_STORAGE != 0,
            transformer: self.text(attribute, "NSValueTransformerName")?,
            elements,
            is_enum: kind == AttributeKind::Composite && self.is_enum(attribute)?,
        })
    }

    fn elements(&mut self, composite: Dict<'a>, depth: usize) -> Result<Vec<Attribute>, ModelError> {
        let depth = depth.checked_sub(1).ok_or(ModelError::TooLarge)?;
        let Some(Object::Dict(elements)) = self.archive.followed(composite, "NSCompositeElements")? else {
            return Err(ModelError::Lacks("a composite attribute's list of parts"));
        };
        let uids = self.references(elements, "NS.objects")?;
        uids.into_iter().map(|uid| self.instance(uid).and_then(|part| self.attribute(part, depth))).collect()
    }

    /// SwiftData marks the composites that it makes of enums.
    fn is_enum(&mut self, composite: Dict<'a>) -> Result<bool, ModelError> {
        let Some(Object::Dict(info)) = self.archive.followed(composite, "NSUserInfo")? else { return Ok(false) };
        let info = self.sane(info)?;
        if self.archive.field(info, "NS.keys")?.is_none() {
            return Ok(false);
        }
        for key in self.references(info, "NS.keys")? {
            if let Object::Text(name) = self.archive.object(key)?
                && (name.is("EnumType") || name.is("enum"))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn relationship(&mut self, relationship: Dict<'a>) -> Result<Relationship, ModelError> {
        let target = match self.text(relationship, "_NSDestinationEntityName")? {
            Some(name) => name,
            None => match self.archive.followed(relationship, "NSDestinationEntity")? {
                Some(Object::Dict(entity)) => self.name(entity, "NSEntityName")?,
                _ => return Err(ModelError::Lacks("the entity that a relationship leads to")),
            },
        };
        let inverse = match self.text(relationship, "_NSInverseRelationshipName")? {
            Some(name) => Some(name),
            None => match self.archive.followed(relationship, "NSInverseRelationship")? {
                Some(Object::Dict(inverse)) => Some(self.name(inverse, "NSPropertyName")?),
                _ => None,
            },
        };
        Ok(Relationship {
            name: self.name(relationship, "NSPropertyName")?,
            target,
            inverse,
            // Without an upper bound it is 0 or -1.
            many: self.number(relationship, "NSMaxCount")? != Some(1),
            ordered: self.flag(relationship, "NSIsOrdered")?,
            optional: self.flag(relationship, "NSIsOptional")?,
        })
    }

    fn instance(&mut self, uid: Uid) -> Result<Dict<'a>, ModelError> {
        match self.archive.object(uid)? {
            Object::Dict(instance) => self.sane(instance),
            _ => Err(ModelError::Lacks("an object that is referred to")),
        }
    }

    /// Looking for a field costs as much as there are fields.
    fn sane(&mut self, instance: Dict<'a>) -> Result<Dict<'a>, ModelError> {
        let fields = instance.keys.len();
        self.spend(16 * fields)?;
        if fields <= MOST_FIELDS { Ok(instance) } else { Err(ModelError::TooLarge) }
    }

    fn references(&mut self, instance: Dict<'a>, name: &'static str) -> Result<Vec<Uid>, ModelError> {
        let instance = self.sane(instance)?;
        let references = self.archive.references(instance, name)?;
        self.spend(references.len().saturating_mul(size_of::<Uid>()))?;
        Ok(references.collect::<Result<_, _>>()?)
    }

    fn text(&mut self, instance: Dict<'a>, name: &'static str) -> Result<Option<String>, ModelError> {
        let instance = self.sane(instance)?;
        match self.archive.followed(instance, name)? {
            Some(found) => self.checked_text(found).map(Some),
            None => Ok(None),
        }
    }

    fn name(&mut self, instance: Dict<'a>, name: &'static str) -> Result<String, ModelError> {
        self.text(instance, name)?.ok_or(ModelError::Lacks("a name"))
    }

    fn text_at(&mut self, uid: Uid) -> Result<String, ModelError> {
        let found = self.archive.object(uid)?;
        self.checked_text(found)
    }

    fn checked_text(&mut self, found: Object<'a>) -> Result<String, ModelError> {
        let Object::Text(text) = found else { return Err(ModelError::Lacks("a text")) };
        self.spend(size_of::<String>() + text.size())?;
        if text.size() > LONGEST_NAME {
            return Err(ModelError::TooLarge);
        }
        Ok(text.decode().map_err(ArchiveError::from)?)
    }

    fn number(&self, instance: Dict<'a>, name: &str) -> Result<Option<i64>, ModelError> {
        match self.archive.followed(instance, name)? {
            Some(Object::Int(number)) => Ok(i64::try_from(number).ok()),
            _ => Ok(None),
        }
    }

    fn flag(&self, instance: Dict<'a>, name: &str) -> Result<bool, ModelError> {
        match self.archive.followed(instance, name)? {
            Some(Object::Bool(truth)) => Ok(truth),
            Some(Object::Int(number)) => Ok(number != 0),
            _ => Ok(false),
        }
    }

    fn spend(&mut self, work: usize) -> Result<(), ModelError> {
        self.work = self.work.checked_sub(work).ok_or(ModelError::TooLarge)?;
        Ok(())
    }
}

impl PropertyClass {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "NSAttributeDescription" | "NSDerivedAttributeDescription" | "NSCompositeAttributeDescription" => {
                PropertyClass::Attribute
            }
            "NSRelationshipDescription" => PropertyClass::Relationship,
            "NSFetchedPropertyDescription" => PropertyClass::Fetched,
            "_NSPropertyDescriptionProxy" => PropertyClass::Proxy,
            _ => return None,
        })
    }
}

fn places(drafts: &[Draft]) -> Result<HashMap<String, usize>, ModelError> {
    let mut places = HashMap::new();
    for (place, draft) in drafts.iter().enumerate() {
        if places.insert(draft.entity.name.clone(), place).is_some() {
            return Err(ModelError::Twice(draft.entity.name.clone()));
        }
    }
    Ok(places)
}

/// The properties of each entity without those that its parent has already.
fn own_properties(drafts: &[Draft], places: &HashMap<String, usize>) -> Result<Vec<Vec<Uid>>, ModelError> {
    check_lines(drafts, places)?;
    let mut inherited: HashMap<&str, HashSet<&str>> = HashMap::new();
    let parents = drafts.iter().filter_map(|draft| draft.parent.as_deref());
    for parent in parents {
        let draft = places.get(parent).and_then(|&place| drafts.get(place));
        let names = draft.into_iter().flat_map(|draft| &draft.properties).map(|(name, _)| name.as_str());
        inherited.entry(parent).or_insert_with(|| names.collect());
    }
    let own = |draft: &Draft| {
        let inherited = draft.parent.as_deref().and_then(|parent| inherited.get(parent));
        let is_own = |name: &str| inherited.is_none_or(|inherited| !inherited.contains(name));
        draft.properties.iter().filter(|(name, _)| is_own(name)).map(|&(_, uid)| uid).collect()
    };
    Ok(drafts.iter().map(own).collect())
}

/// Every parent must be there, and no entity may be its own ancestor.
fn check_lines(drafts: &[Draft], places: &HashMap<String, usize>) -> Result<(), ModelError> {
    let mut ends_well = vec![false; drafts.len()];
    for (start, draft) in drafts.iter().enumerate() {
        let wrong = || ModelError::Parent(draft.entity.name.clone());
        let mut line = vec![start];
        while let Some(&last) = line.last()
            && !ends_well.get(last).copied().unwrap_or(true)
            && let Some(parent) = drafts.get(last).and_then(|draft| draft.parent.as_ref())
        {
            line.push(*places.get(parent).ok_or_else(wrong)?);
            if line.len() > drafts.len() + 1 {
                return Err(wrong());
            }
        }
        line.into_iter().for_each(|place| ends_well[place] = true);
    }
    Ok(())
}
