//! Values by name, as a write brings them.

use std::sync::Arc;

use crate::record::{Map, Name, Value, at};

/// Values by name, in the names' order. Those that one move makes share their names, and the values that are the same in
/// all of them, instead of holding each its own.
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
    layout: Layout,
    /// Those of its own; none where nothing is brought under the name.
    values: Vec<Option<Value>>,
}

/// Which names there are, and where the value of each lies.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layout(Arc<[Place]>);

#[derive(Clone, Debug, PartialEq)]
struct Place {
    name: Name,
    holds: Holds,
}

#[derive(Clone, Debug, PartialEq)]
enum Holds {
    /// The value of its own at this position.
    Own(usize),
    /// The same for all.
    Same(Value),
}

impl Place {
    fn own((position, name): (usize, Name)) -> Self {
        Self { name, holds: Holds::Own(position) }
    }

    fn value<'v>(&'v self, values: &'v [Option<Value>]) -> Option<&'v Value> {
        match &self.holds {
            Holds::Own(position) => values.get(*position)?.as_ref(),
            Holds::Same(value) => Some(value),
        }
    }
}

impl Layout {
    /// Names that are sorted, each for a value of its own.
    pub(crate) fn of(names: &[Name]) -> Self {
        debug_assert!(names.is_sorted());
        Self(names.iter().cloned().enumerate().map(Place::own).collect())
    }

    /// The same with values beside them that are the same for all, each at the end of a way into maps; none where one
    /// lies in a value of their own.
    pub(crate) fn beside(&self, same: &[(Arc<[Name]>, Value)]) -> Option<Self> {
        let mut beside = Map::new();
        for (way, value) in same {
            let (first, rest) = way.split_first()?;
            if self.find(first).is_ok() {
                return None;
            }
            put(beside.entry(first.to_string()).or_default(), rest, value.clone());
        }
        let beside = beside.into_iter().map(|(name, value)| Place { name: name.into(), holds: Holds::Same(value) });
        let mut places: Vec<Place> = self.0.iter().cloned().chain(beside).collect();
        places.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Some(Self(places.into()))
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|place| (*place.name).cmp(name))
    }
}

impl Content {
    /// Values of its own, as many as the layout has places for; none where nothing is brought under the name.
    pub(crate) fn new(layout: Layout, values: Vec<Option<Value>>) -> Self {
        Self { layout, values }
    }

    /// What is brought, by name.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Name, &Value)> {
        self.layout.0.iter().filter_map(|place| Some((&place.name, place.value(&self.values)?)))
    }

    /// What is brought under this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.layout.find(name).ok()?;
        self.layout.0.get(place)?.value(&self.values)
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
        let position = self.own(first);
        put(self.values[position].get_or_insert_default(), rest, value);
    }

    /// Where the value of its own lies under this name, for which a place is made where there is none.
    fn own(&mut self, name: &Name) -> usize {
        let (place, same) = match self.layout.find(name) {
            Ok(place) => match &self.layout.0[place].holds {
                Holds::Own(position) => return *position,
                Holds::Same(value) => (place, Some(value.clone())),
            },
            Err(place) => (place, None),
        };
        let position = self.values.len();
        let mut places = self.layout.0.to_vec();
        if same.is_some() {
            places.remove(place);
        }
        places.insert(place, Place::own((position, name.clone())));
        self.layout = Layout(places.into());
        self.values.push(same);
        position
    }

    /// The same as a map.
    pub fn to_map(&self) -> Map {
        self.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
    }

    /// The same as a map, without a copy of the values of its own.
    pub fn into_map(self) -> Map {
        let Self { layout, mut values } = self;
        let mut taken = |place: &Place| match &place.holds {
            Holds::Own(position) => values.get_mut(*position)?.take(),
            Holds::Same(value) => Some(value.clone()),
        };
        layout.0.iter().filter_map(|place| Some((place.name.to_string(), taken(place)?))).collect()
    }
}

impl From<Map> for Content {
    fn from(map: Map) -> Self {
        let (names, values): (Vec<Name>, Vec<_>) =
            map.into_iter().map(|(name, value)| (name.into(), Some(value))).unzip();
        Self { layout: Layout::of(&names), values }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn way(names: &[&str]) -> Arc<[Name]> {
        names.iter().map(|name| Name::from(*name)).collect()
    }

    #[test]
    fn what_is_the_same_for_all_lies_among_what_is_not_and_gives_way_to_it() {
        let own = Layout::of(&["b".into(), "d".into()]);
        let same = [(way(&["a"]), 1.into()), (way(&["c", "x"]), 2.into()), (way(&["c", "y"]), 3.into())];
        let mut content = Content::new(own.beside(&same).unwrap(), vec![Some(4.into()), None]);
        let c = Map::from([("x".to_owned(), Value::from(2)), ("y".to_owned(), 3.into())]);
        let mut map =
            Map::from([("a".to_owned(), 1.into()), ("b".to_owned(), 4.into()), ("c".to_owned(), Value::Map(c))]);
        assert_eq!((content.to_map(), content.get("d")), (map.clone(), None));
        assert_eq!(content.at(&way(&["c", "y"])), Some(&3.into()));

        for (name, number) in [("a", 5), ("d", 6), ("e", 7)] {
            content.put(&way(&[name]), number.into());
            map.insert(name.to_owned(), number.into());
        }
        assert_eq!((content.clone(), content.into_map()), (Content::from(map.clone()), map));
        assert_eq!(own.beside(&[(way(&["b", "x"]), 1.into())]), None);
    }
}
