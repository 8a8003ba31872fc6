//! What the records on their way have for themselves alone, until the journal knows it.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::{fast, quality};

use super::item::{Item, Want};
use crate::journal::Mark;
use crate::plan::claims::Claimed;
use crate::record::{RecordId, Rejection};

/// Addresses and marks of the pages that are not saved yet, with the records that have them.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// Addresses by a keyed hash: 64 bits of it, and a window of some thousand of them.
    hasher: quality::RandomState,
    addresses: HashMap<u64, Held, fast::RandomState>,
    marks: HashMap<Mark, Held, fast::RandomState>,
    forgotten_before: u64,
}

#[derive(Debug)]
struct Held {
    page: u64,
    by: RecordId,
}

impl Claims {
    /// Gives a record all that it wants, or nothing of it where another one has some of it.
    pub(crate) fn grant(&mut self, page: u64, items: &[Item], wants: &[Want]) -> Result<(), Rejection> {
        let Some(source) = items.first().map(|item| &item.note.source) else { return Ok(()) };
        let mut addresses = Vec::with_capacity(items.len());
        for item in items.iter().flat_map(|item| std::iter::once(item).chain(item.note.vacates.as_deref())) {
            let address = self.hasher.hash_one(&item.write.address);
            if let Some(held) = self.addresses.get(&address).filter(|held| held.by != *source) {
                return Err(Claimed::Address.taken(source, &held.by));
            }
            if addresses.contains(&address) {
                return Err(Claimed::Address.taken(source, source));
            }
            addresses.push(address);
        }
        for want in wants {
            let held = self.marks.get(&want.mark).map(|held| &held.by);
            if let Some(owner) = held.or(want.owner.as_ref()).filter(|owner| *owner != source) {
                return Err(want.what.taken(source, owner));
            }
        }
        let held = || Held { page, by: source.clone() };
        self.addresses.extend(addresses.into_iter().map(|address| (address, held())));
        self.marks.extend(wants.iter().map(|want| (want.mark, held())));
        Ok(())
    }

    /// The journal knows what pages before this one have.
    pub(crate) fn forget_before(&mut self, page: u64) {
        if page == self.forgotten_before {
            return;
        }
        self.forgotten_before = page;
        self.addresses.retain(|_, held| held.page >= page);
        self.marks.retain(|_, held| held.page >= page);
    }
}
