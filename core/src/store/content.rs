//! Values by name, as a write brings them.

use std::iter;
use std::sync::Arc;

use crate::record::{Map, Name, Value, at};

/// Values by name, in the names' order. Those that one move makes share their names instead of holding each its own.
///
/// ```
/// use rehome_core::record::Map;
/// use rehome_core::store::Content;
///
/// let map = Map::from([("done".to_owned(), true.into()), ("title".to_owned(), "Read".into())]);
/// let content = Content::from(map.clone());
/// assert_eq!(content.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["done", "title"]);
/// assert_eq!(content.into_map(), map);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// Sorted.
    names: Arc<[Name]>,
    /// As many; none where nothing is brought under the name.
    values: Vec<Option<Value>>,
}

impl Content {
    /// Values under names that are sorted; none where nothing is brought under one.
    pub(crate) fn new(names: Arc<[Name]>, values: Vec<Option<Value>>) -> Self {
        debug_assert!(names.is_sorted() && names.len() == values.len());
        Self { names, values }
    }

    /// What is brought, by name.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Name, &Value)> {
        iter::zip(&*self.names, &self.values).filter_map(|(name, value)| Some((name, value.as_ref()?)))
    }

    /// What is brought under this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.names.binary_search_by(|other| (**other).cmp(name)).ok()?;
        self.values.get(place)?.as_ref()
    }

    /// What is at the end of a way into maps.
    pub(crate) fn at(&self, way: &[Name]) -> Option<&Value> {
        let (first, rest) = way.split_first()?;
        match self.get(first)? {
            value if rest.is_empty() => Some(value),
            Value::Map(inner) => at(inner, rest),
            _ => None,
        }
    }

    /// Puts a value at the end of a way into maps, which are made where they are not there.
    pub(crate) fn put(&mut self, way: &[Name], value: Value) {
        let Some((first, rest)) = way.split_first() else { return };
        let place = self.names.binary_search(first).unwrap_or_else(|place| {
            let (before, after) = self.names.split_at(place);
            self.names = before.iter().chain([first]).chain(after).cloned().collect();
            self.values.insert(place, None);
            place
        });
        put(self.values[place].get_or_insert_default(), rest, value);
    }

    /// The same as a map.
    pub fn to_map(&self) -> Map {
        self.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
    }

    /// The same as a map, without a copy of the values.
    pub fn into_map(self) -> Map {
        let all = self.names.iter().zip(self.values);
        all.filter_map(|(name, value)| Some((name.to_string(), value?))).collect()
    }
}

impl From<Map> for Content {
    fn from(map: Map) -> Self {
        let (names, values): (Vec<Name>, Vec<_>) =
            map.into_iter().map(|(name, value)| (name.into(), Some(value))).unzip();
        Self { names: names.into(), values }
    }
}

/// Equal are those that bring the same, whatever else they have names for.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

fn put(there: &mut Value, way: &[Name], value: Value) {
    let Some((first, rest)) = way.split_first() else {
        *there = value;
        return;
    };
    if !matches!(there, Value::Map(_)) {
        *there = Value::Map(Map::new());
    }
    if let Value::Map(inner) = there {
        put(inner.entry(first.to_string()).or_default(), rest, value);
    }
}
