//! Archives of `NSKeyedArchiver`: objects of Foundation's classes in a property list, which refer to one another by
//! their place in it. Transformable attributes hold one each, and a store's model is one.

mod value;

use std::fmt;

pub(crate) use value::decode;

use super::bplist::{Dict, List, ListError, Object, References, Text};

/// No class of any app has a longer name,
const LONGEST_CLASS_NAME: usize = 200;
/// a longer line of classes above it,
const LONGEST_LINE: usize = 32;
/// or is described by more fields. So naming an object's class costs next to nothing, however often it is done.
const MOST_CLASS_FIELDS: usize = 16;

/// Why an archive cannot be read. It names classes and what is wrong, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveError {
    /// The bytes are no property list, or a damaged one.
    List(ListError),
    /// They are a property list, and no archive.
    NotAnArchive,
    /// A reference to an object that the archive does not have.
    Reference,
    /// An object lacks something that its class always has, or has it in another form.
    Missing(&'static str),
    /// An object of a class that is not known here.
    UnknownClass(String),
    /// An object contains itself.
    Circle,
    /// Objects in objects in objects.
    TooDeep,
    /// Objects that are used so often that they would fill the memory.
    TooLarge,
    /// A date that is no moment.
    BadDate,
    /// A decimal that is no number.
    BadDecimal,
    /// A UUID that has not 16 bytes.
    BadUuid,
    /// A URL that is relative to another one.
    RelativeUrl,
    /// A dictionary whose keys are not texts or whole numbers.
    BadKey,
    /// A dictionary with two keys that would be the same name.
    DoubleKey,
}

impl From<ListError> for ArchiveError {
    fn from(error: ListError) -> Self {
        ArchiveError::List(error)
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            ArchiveError::List(error) => return error.fmt(out),
            ArchiveError::Missing(what) => return write!(out, "an archive in which an object lacks {what}"),
            ArchiveError::UnknownClass(name) => {
                return write!(out, "an archive with an object of class {name}, which only the app can read");
            }
            ArchiveError::NotAnArchive => "a property list that is no keyed archive",
            ArchiveError::Reference => "an archive that refers to an object it does not have",
            ArchiveError::Circle => "an archive in which an object contains itself",
            ArchiveError::TooDeep => "an archive that is nested too deep",
            ArchiveError::TooLarge => "an archive that unfolds to far more than it takes",
            ArchiveError::BadDate => "an archive with a date that is no moment",
            ArchiveError::BadDecimal => "an archive with a decimal that is no number",
            ArchiveError::BadUuid => "an archive with a UUID that has not 16 bytes",
            ArchiveError::RelativeUrl => "an archive with a URL that is relative to another one",
            ArchiveError::BadKey => "an archive with a dictionary whose keys are neither texts nor whole numbers",
            ArchiveError::DoubleKey => "an archive with a dictionary that has two keys of one name",
        })
    }
}

/// The place of an object in its archive. Nothing is at place 0.
pub(crate) type Uid = u64;

/// An archive, read in place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Archive<'a> {
    list: List<'a>,
    objects: References<'a>,
    root: Uid,
}

impl<'a> Archive<'a> {
    /// The archive that these bytes are.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let list = List::new(bytes)?;
        let Object::Dict(outer) = list.top()? else { return Err(ArchiveError::NotAnArchive) };
        let (Some(Object::Dict(top)), Some(Object::Array(objects))) =
            (list.find(outer, "$top")?, list.find(outer, "$objects")?)
        else {
            return Err(ArchiveError::NotAnArchive);
        };
        match list.find(top, "root")? {
            Some(Object::Uid(root)) => Ok(Self { list, objects, root }),
            _ => Err(ArchiveError::NotAnArchive),
        }
    }

    /// The object that was archived.
    pub(crate) fn root(&self) -> Uid {
        self.root
    }

    /// The object at a place.
    pub(crate) fn object(&self, uid: Uid) -> Result<Object<'a>, ArchiveError> {
        let index = self.objects.get(uid).ok_or(ArchiveError::Reference)?;
        Ok(self.list.get(index)?)
    }

    /// What an object has under this name: a reference, or the thing itself.
    pub(crate) fn field(&self, instance: Dict<'a>, name: &str) -> Result<Option<Object<'a>>, ArchiveError> {
        Ok(self.list.find(instance, name)?)
    }

    /// The same with a reference followed; nothing where it leads to nothing.
    pub(crate) fn followed(&self, instance: Dict<'a>, name: &str) -> Result<Option<Object<'a>>, ArchiveError> {
        match self.field(instance, name)? {
            Some(Object::Uid(0) | Object::Null) | None => Ok(None),
            Some(Object::Uid(uid)) => self.object(uid).map(Some),
            inline => Ok(inline),
        }
    }

    /// The references of an object under this name.
    pub(crate) fn references(
        &self,
        instance: Dict<'a>,
        name: &'static str,
    ) -> Result<impl ExactSizeIterator<Item = Result<Uid, ArchiveError>> + use<'a>, ArchiveError> {
        let Some(Object::Array(items)) = self.field(instance, name)? else { return Err(ArchiveError::Missing(name)) };
        let list = self.list;
        Ok(items.iter().map(move |item| match list.get(item)? {
            Object::Uid(uid) => Ok(uid),
            _ => Err(ArchiveError::Missing("a reference")),
        }))
    }

    /// The references of an object under `NS.object.0`, `NS.object.1` and so on, in no order.
    fn numbered(&self, instance: Dict<'a>) -> Result<Vec<(usize, Uid)>, ArchiveError> {
        let mut found = Vec::new();
        for (key, value) in instance.entries() {
            if let Object::Text(Text::Ascii(name)) = self.list.get(key)?
                && let Some(place) = name.strip_prefix(b"NS.object.")
            {
                let place = std::str::from_utf8(place).ok().and_then(|place| place.parse().ok());
                let (Some(place), Object::Uid(uid)) = (place, self.list.get(value)?) else {
                    return Err(ArchiveError::Missing("numbered items"));
                };
                found.push((place, uid));
            }
        }
        Ok(found)
    }

    /// An object's class and those above it, from its own upwards.
    pub(crate) fn classes(&self, instance: Dict<'a>) -> Result<Classes<'a>, ArchiveError> {
        match self.followed(instance, "$class")? {
            Some(Object::Dict(class)) if class.keys.len() <= MOST_CLASS_FIELDS => Ok(Classes { archive: *self, class }),
            _ => Err(ArchiveError::Missing("its class")),
        }
    }
}

/// An object's class and those above it.
#[derive(Clone, Copy)]
pub(crate) struct Classes<'a> {
    archive: Archive<'a>,
    class: Dict<'a>,
}

impl Classes<'_> {
    /// The first of the classes, from the object's own upwards, that the function knows.
    pub(crate) fn find<T>(&self, known: impl Fn(&str) -> Option<T>) -> Result<T, ArchiveError> {
        let name = match self.archive.field(self.class, "$classname")? {
            Some(Object::Text(name)) => name,
            _ => return Err(ArchiveError::Missing("its class's name")),
        };
        if name.size() > LONGEST_CLASS_NAME {
            return Err(ArchiveError::Missing("a class name of a sane length"));
        }
        let name = name.decode()?;
        if let Some(found) = known(&name) {
            return Ok(found);
        }
        if let Some(Object::Array(line)) = self.archive.field(self.class, "$classes")? {
            for class in line.iter().take(LONGEST_LINE) {
                if let Object::Text(class) = self.archive.list.get(class)?
                    && class.size() <= LONGEST_CLASS_NAME
                    && let Some(found) = known(&class.decode()?)
                {
                    return Ok(found);
                }
            }
        }
        Err(ArchiveError::UnknownClass(name.escape_debug().to_string()))
    }
}

#[cfg(test)]
mod tests;
