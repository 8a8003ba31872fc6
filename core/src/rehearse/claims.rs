//! Ids and unique values that more than one record wants, found without keeping them all in memory.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::path::Path;

use crate::error::Result;
use crate::plan::{Document, Move};
use crate::record::{Name, Reason, RecordId, Rejection, Value};
use crate::rules::collection_of;
use crate::spool::{Mark, Marker, Spool};

/// What a document wants for itself alone.
#[derive(Hash)]
enum Claim<'a> {
    Address(&'a str),
    /// The record's own id, wherever its parents are.
    Id {
        collection: &'a str,
        id: &'a str,
    },
    /// In all documents of one kind, wherever their parents are.
    Value {
        collection: &'a str,
        field: &'a Name,
        value: &'a Value,
    },
}

impl Claim<'_> {
    /// Whether several documents of one record may claim it together.
    fn may_be_shared(&self) -> bool {
        !matches!(self, Claim::Address(_))
    }

    fn taken(&self, document: &Document, owner: &RecordId) -> Rejection {
        let (reason, column, what) = match self {
            Claim::Address(_) => (Reason::DuplicateId, None, "id"),
            Claim::Id { .. } => (Reason::DuplicateId, None, "id, if below another parent,"),
            Claim::Value { field, .. } => (Reason::DuplicateValue, Some((*field).clone()), "value"),
        };
        Rejection {
            entity: document.source.entity.clone(),
            key: document.source.key.clone(),
            column,
            reason,
            detail: format!("the same {what} is already that of {owner}, which comes first and keeps it"),
        }
    }
}

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
                    return Err(claim.taken(document, owner));
                }
                granted.push((mark, &document.source));
                Ok(())
            })?;
        }
        self.owners.extend(granted.into_iter().map(|(mark, owner)| (mark, owner.clone())));
        Ok(())
    }
}

fn claims_of<E>(one: &Move, document: &Document, each: &mut impl FnMut(Claim<'_>) -> Result<(), E>) -> Result<(), E> {
    each(Claim::Address(&document.address))?;
    if one.unique.is_empty() && !one.own_id {
        return Ok(());
    }
    let collection = collection_of(&document.address);
    if let Some((_, id)) = document.address.rsplit_once('/').filter(|_| one.own_id) {
        each(Claim::Id { collection: &collection, id })?;
    }
    for field in &one.unique {
        let value = document.names.binary_search(field).ok().and_then(|index| document.values.get(index)?.as_ref());
        // As in SQL, nothing is no value: any number of records may have it.
        if let Some(value) = value.filter(|value| !value.is_null()) {
            each(Claim::Value { collection: &collection, field, value })?;
        }
    }
    Ok(())
}
