//! Counts the records that a plan carries within others alone, against those that there are.

use std::path::Path;

use super::report::Embedded;
use crate::error::Result;
use crate::plan::{Pass, Plan};
use crate::record::{Name, Record};
use crate::spool::{Mark, Marker, Spool, tag_of, with_tag};
use crate::store::Source;

/// Counts the records that reach the target only within the documents of others, each once, however many hold it.
pub(crate) struct Counting {
    /// The entities that have no documents of their own, and how many rows they have where the store can tell.
    entities: Vec<(Name, Option<u64>)>,
    marker: Marker,
    spool: Spool,
}

impl Counting {
    pub(crate) async fn of(source: &dyn Source, plan: &Plan, folder: &Path) -> Result<Self> {
        let schema = source.schema().await?;
        let carried = plan.carried();
        let mut entities = Vec::new();
        for entity in schema.entities.iter().filter(|entity| carried.only_embeds(&schema, entity)) {
            entities.push((entity.name.clone(), source.estimate(&entity.name).await?));
        }
        Ok(Self { entities, marker: Marker::default(), spool: Spool::new(folder, "embedded") })
    }

    /// What the documents of a record would hold of them.
    pub(crate) fn within(&self, pass: &Pass, record: &Record) -> Vec<Mark> {
        let mut marks = Vec::new();
        if self.entities.is_empty() {
            return marks;
        }
        pass.each_within(record, &mut |embedded| {
            let entity = self.entities.iter().position(|(name, _)| *name == embedded.id.entity);
            marks.extend(entity.map(|entity| with_tag(self.marker.mark(&embedded.id), entity as u32)));
        });
        marks
    }

    pub(crate) fn add(&mut self, marks: Vec<Mark>) -> Result<()> {
        marks.into_iter().try_for_each(|mark| self.spool.add(mark))
    }

    pub(crate) fn counted(self) -> Result<Vec<Embedded>> {
        let counts = self.entities.into_iter().map(|(entity, rows)| Embedded { entity, rows, embedded: 0 });
        let mut counts: Vec<Embedded> = counts.collect();
        self.spool.each_once(|mark| {
            if let Some(count) = counts.get_mut(tag_of(mark) as usize) {
                count.embedded += 1;
            }
        })?;
        Ok(counts)
    }
}
