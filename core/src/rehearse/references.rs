//! Counts references to documents that the plan would write, and that are not written: because their record is
//! quarantined or left out, or because there is none.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::error::Result;
use crate::plan::{Document, Part, Plan, Template};
use crate::record::Value;
use crate::rules::collection_of;
use crate::spool::{Mark, Marker, Spool, tag_of, with_tag};

/// The tag of a document that is written; those of references to it count them.
const WRITTEN: u32 = 0;
/// The bits of a tag that count; the others say in which place the document would lie.
const COUNT_BITS: u32 = u16::BITS;
/// Of how many documents references are counted in memory before the counts go to the spool. A document that all
/// others refer to is one of them, and not as many marks as there are others.
const COUNTED: usize = 1 << 14;

/// Gathers which documents are written and which are referred to, and compares them in the end.
pub(crate) struct References {
    /// Where those documents can lie that some rule refers to. Nothing else needs to be gathered, nor references to
    /// anywhere else: what lies there is not this plan's.
    places: Vec<Place>,
    marker: Marker,
    spool: Spool,
    /// How often each document was referred to since the counts were spooled.
    counts: HashMap<Mark, u16>,
}

impl References {
    pub(crate) fn of(plan: &Plan, owner: &str, folder: &Path) -> Self {
        let referred: Vec<Place> = plan.references().into_iter().map(|to| Place::of(to, owner)).collect();
        let mut places: Vec<Place> = Vec::new();
        for one in plan.passes.iter().flat_map(|pass| &pass.moves) {
            let place = Place::of(&one.document, owner);
            if referred.iter().any(|to| to.meets(&place)) && !places.contains(&place) {
                places.push(place);
            }
        }
        let (marker, spool) = (Marker::default(), Spool::new(folder, "references"));
        Self { places, marker, spool, counts: HashMap::new() }
    }

    /// Takes note of a document that is written, and of all that it refers to.
    pub(crate) fn note(&mut self, document: &Document) -> Result<()> {
        if self.places.is_empty() {
            return Ok(());
        }
        if self.place_of(&document.address).is_some() {
            self.spool.add(with_tag(self.marker.mark(document.address.as_str()), WRITTEN))?;
        }
        let stamps = document.stamps.iter().map(|(_, value)| value);
        document.values.iter().flatten().chain(stamps).try_for_each(|value| self.value(value))
    }

    fn value(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Reference(address) => self.refer(address),
            Value::Array(items) => items.iter().try_for_each(|item| self.value(item)),
            Value::Map(fields) => fields.values().try_for_each(|value| self.value(value)),
            _ => Ok(()),
        }
    }

    fn refer(&mut self, address: &str) -> Result<()> {
        let Some(place) = self.place_of(address) else { return Ok(()) };
        let mark = with_tag(self.marker.mark(address), u32::from(place) << COUNT_BITS);
        let count = self.counts.entry(mark).or_default();
        *count += 1;
        if *count == u16::MAX || self.counts.len() == COUNTED {
            self.spool_counts()?;
        }
        Ok(())
    }

    fn spool_counts(&mut self) -> Result<()> {
        let mut counts = self.counts.drain();
        counts.try_for_each(|(mark, count)| self.spool.add(with_tag(mark, tag_of(mark) | u32::from(count))))
    }

    fn place_of(&self, address: &str) -> Option<u16> {
        self.places.iter().position(|place| place.holds(address)).and_then(|place| place.try_into().ok())
    }

    /// How many references lead to nothing, by the collection in which it would lie.
    pub(crate) fn dangling(mut self) -> Result<BTreeMap<String, u64>> {
        self.spool_counts()?;
        let mut dangling = BTreeMap::new();
        self.spool.each_thing(|marks| {
            let tags = || marks.iter().map(|mark| tag_of(*mark));
            if tags().any(|tag| tag == WRITTEN) {
                return;
            }
            for tag in tags() {
                let Some(place) = self.places.get((tag >> COUNT_BITS) as usize) else { continue };
                *dangling.entry(place.collection()).or_default() += u64::from(tag as u16);
            }
        })?;
        Ok(dangling)
    }
}

/// Where the documents of a template can lie: the segments of their addresses that are always the same, and between
/// them those that can be anything.
#[derive(PartialEq, Eq)]
struct Place(Vec<Option<String>>);

impl Place {
    fn of(template: &Template, owner: &str) -> Self {
        let mut segments = vec![Some(String::new())];
        for part in &template.0 {
            let text = match part {
                Part::Literal(text) => text.as_str(),
                Part::Owner => owner,
                Part::Now { .. } | Part::Version | Part::Hash | Part::Value { .. } => {
                    segments.pop();
                    segments.push(None);
                    continue;
                }
            };
            for (index, piece) in text.split('/').enumerate() {
                if index > 0 {
                    segments.push(Some(String::new()));
                }
                if let Some(Some(segment)) = segments.last_mut() {
                    segment.push_str(piece);
                }
            }
        }
        Self(segments)
    }

    fn holds(&self, address: &str) -> bool {
        let mut segments = address.split('/');
        let fits = |fixed: &Option<String>, segment: &str| fixed.as_deref().is_none_or(|fixed| fixed == segment);
        self.0.iter().all(|fixed| segments.next().is_some_and(|segment| fits(fixed, segment)))
            && segments.next().is_none()
    }

    fn meets(&self, other: &Self) -> bool {
        let fits = |(one, other): (&Option<String>, &Option<String>)| one.is_none() || other.is_none() || one == other;
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(fits)
    }

    fn collection(&self) -> String {
        let segments: Vec<&str> = self.0.iter().map(|segment| segment.as_deref().unwrap_or("*")).collect();
        collection_of(&segments.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Part {
        Part::Literal(text.into())
    }

    #[test]
    fn a_place_is_what_is_the_same_in_all_its_addresses() {
        let place = Place::of(
            &Template(vec![literal("users/"), Part::Owner, literal("/h-"), Part::Hash, literal("-x/y")]),
            "ann",
        );
        assert!(place.holds("users/ann/anything/y"));
        for other in ["users/bob/anything/y", "users/ann/anything/z", "users/ann/anything", "users/ann/anything/y/z"] {
            assert!(!place.holds(other), "{other}");
        }
        assert_eq!(place.collection(), "users/*/*");
    }

    #[test]
    fn places_meet_where_nothing_that_is_always_the_same_differs() {
        let place = |parts: &[Part]| Place::of(&Template(parts.to_vec()), "ann");
        let habits = place(&[literal("habits/"), Part::Hash]);
        assert!(habits.meets(&place(&[literal("habits/one")])));
        assert!(habits.meets(&place(&[Part::Version, literal("/one")])));
        assert!(!habits.meets(&place(&[literal("days/"), Part::Hash])));
        assert!(!habits.meets(&place(&[literal("habits/"), Part::Hash, literal("/days/"), Part::Hash])));
    }

    #[test]
    fn counts_that_do_not_fit_in_memory_or_in_a_mark_are_put_together_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut references = References {
            places: vec![Place::of(&Template(vec![literal("habits/"), Part::Hash]), "ann")],
            marker: Marker::default(),
            spool: Spool::new(folder.path(), "references"),
            counts: HashMap::new(),
        };
        let often = 200_000;
        (0..often).for_each(|_| references.refer("habits/popular").unwrap());
        let different = 2 * COUNTED as u64 + 5;
        (0..different).for_each(|number| references.refer(&format!("habits/{number}")).unwrap());
        let written = with_tag(references.marker.mark("habits/7"), WRITTEN);
        references.spool.add(written).unwrap();
        assert!(references.counts.len() < COUNTED);
        assert_eq!(references.dangling().unwrap(), [("habits".to_owned(), often + different - 1)].into());
    }
}
