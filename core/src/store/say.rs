//! What a write brings, and which fields it has a say in.

use std::sync::Arc;

use super::Content;
use crate::record::{Map, Name, Value};

/// What a write leaves at its address.
#[derive(Clone, Debug, PartialEq)]
pub enum Fields {
    /// These, and no others.
    All(Content),
    /// These among others, all of them within its say. What it has a say in and does not bring goes; what it has none in
    /// stays as it is. Where nothing is, the say makes no difference.
    Among(Content, Say),
}

impl Fields {
    /// Those that it brings.
    pub fn content(&self) -> &Content {
        let (Self::All(content) | Self::Among(content, _)) = self;
        content
    }

    /// The same, without what it leaves alone.
    pub fn into_content(self) -> Content {
        let (Self::All(content) | Self::Among(content, _)) = self;
        content
    }
}

impl From<Map> for Fields {
    fn from(map: Map) -> Self {
        Self::All(map.into())
    }
}

/// The fields that a write has a say in, each at the end of a way into maps and meant whole.
///
/// ```
/// use rehome_core::store::Say;
///
/// let say = Say::over([["by".into(), "name".into()].into(), ["title".into()].into(), ["by".into()].into()]);
/// assert_eq!(say.ways(), [["by".into()].into(), ["title".into()].into()]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say(Arc<[Arc<[Name]>]>);

impl Say {
    /// Over the fields at these ways. One that leads into another's field adds nothing.
    pub fn over(ways: impl IntoIterator<Item = Arc<[Name]>>) -> Self {
        let mut ways: Vec<_> = ways.into_iter().filter(|way| !way.is_empty()).collect();
        ways.sort_unstable();
        ways.dedup_by(|way, before| way.starts_with(before));
        Self(ways.into())
    }

    /// The ways, in order; none leads into the field of another.
    pub fn ways(&self) -> &[Arc<[Name]>] {
        &self.0
    }

    /// Whether it has a say in all of these fields. A map that a way leads through counts for what it holds alone.
    pub fn covers(&self, fields: &Map) -> bool {
        let ways: Vec<&[Name]> = self.0.iter().map(|way| &**way).collect();
        covers(&ways, fields)
    }
}

fn covers(ways: &[&[Name]], fields: &Map) -> bool {
    fields.iter().all(|(name, value)| {
        let ways = ways.iter().filter_map(|way| way.split_first());
        let rest: Vec<&[Name]> = ways.filter(|(first, _)| ***first == **name).map(|(_, rest)| rest).collect();
        match value {
            _ if rest.is_empty() => false,
            _ if rest.iter().any(|way| way.is_empty()) => true,
            Value::Map(inner) => covers(&rest, inner),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&str, Value)]) -> Map {
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn what_lies_at_the_end_of_a_way_is_covered_and_what_lies_beside_it_is_not() {
        let say = Say::over([["title".into()].into(), ["by".into(), "tool".into()].into()]);
        let by = |fields: &[(&str, Value)]| ("by", Value::Map(map(fields)));
        let nothing = Value::Null;
        assert!(say.covers(&map(&[])));
        assert!(say.covers(&map(&[("title", Value::Map(map(&[("whatever", nothing.clone())])))])));
        assert!(say.covers(&map(&[by(&[("tool", nothing.clone())])])) && say.covers(&map(&[by(&[])])));
        assert!(!say.covers(&map(&[by(&[("tool", nothing.clone()), ("reader", nothing.clone())])])));
        assert!(!say.covers(&map(&[("by", nothing.clone())])), "it is no map of ours");
        assert!(!say.covers(&map(&[("likes", nothing)])));
    }
}
