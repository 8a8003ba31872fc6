//! Whether a target lets us write a move's documents at all: then what it denies is the record's fault.

use crate::backfill::item::Item;
use crate::error::{Error, ErrorKind};
use crate::rules::collection_of;
use crate::store::Refusal;

/// So many records denied, and none taken: the rules are against us, not against the records.
const ENOUGH: usize = 20;

/// What is known of each move.
#[derive(Debug)]
pub(super) struct Trust {
    moves: Vec<Standing>,
}

#[derive(Debug, Default)]
struct Standing {
    taken: bool,
    denied: Vec<(Vec<Item>, Refusal)>,
}

impl Trust {
    pub(super) fn new(moves: usize) -> Self {
        Self { moves: std::iter::repeat_with(Standing::default).take(moves).collect() }
    }

    /// A document of this move was taken; what was denied before is handed back.
    pub(super) fn taken(&mut self, form: u16) -> Vec<(Vec<Item>, Refusal)> {
        match self.moves.get_mut(usize::from(form)) {
            Some(standing) if !standing.taken => {
                standing.taken = true;
                std::mem::take(&mut standing.denied)
            }
            _ => Vec::new(),
        }
    }

    /// A record was denied; it is handed back where that is its own fault.
    pub(super) fn denied(&mut self, record: Vec<Item>, why: Refusal) -> Option<(Vec<Item>, Refusal)> {
        let form = record.first().map_or(0, |item| usize::from(item.note.form));
        match self.moves.get_mut(form) {
            Some(standing) if !standing.taken => {
                standing.denied.push((record, why));
                None
            }
            _ => Some((record, why)),
        }
    }

    /// The address and the reason of a denial, where so many were denied that it is no record's fault; or where any
    /// was, if nothing else can come.
    pub(super) fn broken(&self, is_the_end: bool) -> Option<(&str, &Refusal)> {
        let enough = if is_the_end { 1 } else { ENOUGH };
        let broken = self.moves.iter().find(|standing| standing.denied.len() >= enough)?;
        let (record, why) = broken.denied.first()?;
        Some((&record.first()?.write.address, why))
    }
}

/// What to tell where a target lets us write nothing of a kind.
pub(super) fn told(address: &str, refusal: &Refusal) -> Error {
    let message = format!(
        "the target's rules refuse every write like that to `{}`: {}; nothing is set aside for it. Allow such writes for \
         whoever is signed in, then run again",
        collection_of(address),
        refusal.why
    );
    Error::new(ErrorKind::Denied, message)
}
