//! Ids and unique values that more than one record wants, found without keeping them all in memory.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::error::Result;
use crate::plan::claims::claims_of;
use crate::plan::{Document, Move};
use crate::record::{RecordId, Rejection};
use crate::spool::{Mark, Marker, Spool};

/// First round: gathers what all documents claim, to find what is claimed more than once.
pub(crate) struct Gathering {
    marker: Marker,
    spool: Spool,
}

/// Second round: gives what several records claim to the first of them.
pub(crate) struct Claims {
    marker: Marker,
    contested: HashSet<Mark>,
    owners: HashMap<Mark, RecordId>,
    denied: HashSet<Mark>,
}

impl Gathering {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { marker: Marker::default(), spool: Spool::new(folder, "claims") }
    }

    /// All that the documents of one record claim.
    pub(crate) fn add(&mut self, documents: &[(&Move, Document)]) -> Result<()> {
        let mut own = Vec::new();
        for (one, document) in documents {
            claims_of(one, document, &mut |claim| {
                let (shared, mark) = (claim.may_be_shared(), self.marker.mark(&claim));
                if shared && own.contains(&mark) {
                    return Ok(());
                }
                own.push(mark);
                self.spool.add(mark)
            })?;
        }
        Ok(())
    }

    pub(crate) fn contested(self) -> Result<Claims> {
        Ok(Claims {
            marker: self.marker,
            contested: self.spool.repeated()?.marks,
            owners: HashMap::new(),
            denied: HashSet::new(),
        })
    }
}

impl Claims {
    /// How many addresses and values some record could not have because another one has them.
    pub(crate) fn collisions(&self) -> u64 {
        self.denied.len() as u64
    }

    /// Gives a record all that its documents claim, or nothing of it where another record has some of it.
    pub(crate) fn grant(&mut self, documents: &[(&Move, Document)]) -> Result<(), Rejection> {
        if self.contested.is_empty() {
            return Ok(());
        }
        let mut granted: Vec<(Mark, &RecordId)> = Vec::new();
        for (one, document) in documents {
            claims_of(one, document, &mut |claim| {
                let mark = self.marker.mark(&claim);
                if !self.contested.contains(&mark) {
                    return Ok(());
                }
                let twin = granted.iter().find(|(other, _)| *other == mark).map(|(_, owner)| *owner);
                if twin.is_some() && claim.may_be_shared() {
                    return Ok(());
                }
                if let Some(owner) = self.owners.get(&mark).or(twin) {
                    self.denied.insert(mark);
                    return Err(claim.what().taken(&document.source, owner));
                }
                granted.push((mark, &document.source));
                Ok(())
            })?;
        }
        self.owners.extend(granted.into_iter().map(|(mark, owner)| (mark, owner.clone())));
        Ok(())
    }
}
