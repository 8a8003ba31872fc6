//! Whether a target lets us write a move's documents at all: then what it denies is the record's fault.

use crate::backfill::item::Item;
use crate::error::{Error, ErrorKind};
use crate::rules::collection_of;
use crate::store::Refusal;

/// So many records denied in a row: the rules are against us, not against the records.
const ENOUGH: usize = 20;

/// What is known of each move.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    moves: Vec<Standing>,
    /// Whether somebody has looked, and lets records be set aside however many are denied in a row.
    is_patient: bool,
}

#[derive(Clone, Debug, Default)]
struct Standing {
    /// Documents of it were taken: now, or by a run before.
    taken: bool,
    /// How many were denied since the last that was taken.
    in_a_row: usize,
    /// Those of them of which nothing is decided.
    denied: Vec<(Vec<Item>, Refusal)>,
}

impl Trust {
    /// Of moves of which documents were taken before, or not.
    pub(crate) fn of(taken: impl IntoIterator<Item = bool>, is_patient: bool) -> Self {
        let moves = taken.into_iter().map(|taken| Standing { taken, ..Standing::default() });
        Self { moves: moves.collect(), is_patient }
    }

    /// A document of this move was taken; what was denied before is handed back.
    pub(super) fn taken(&mut self, form: u16) -> Vec<(Vec<Item>, Refusal)> {
        let Some(standing) = self.moves.get_mut(usize::from(form)) else { return Vec::new() };
        standing.taken = true;
        standing.in_a_row = 0;
        std::mem::take(&mut standing.denied)
    }

    /// A record was denied: whether that is its own fault is seen by what becomes of others.
    pub(super) fn denied(&mut self, record: Vec<Item>, why: Refusal) {
        let form = record.first().map_or(0, |item| usize::from(item.note.form));
        if let Some(standing) = self.moves.get_mut(form) {
            standing.in_a_row += 1;
            standing.denied.push((record, why));
        }
    }

    /// The address and the reason of a denial, where so many were denied that it is no record's fault; or where any
    /// was and nothing was ever taken, if nothing else can come.
    pub(super) fn broken(&self, is_the_end: bool) -> Option<(&str, &Refusal)> {
        let is_broken = |standing: &&Standing| match standing.taken {
            true => standing.in_a_row >= ENOUGH && !self.is_patient,
            false => standing.in_a_row >= ENOUGH || is_the_end,
        };
        let (record, why) = self.moves.iter().filter(is_broken).find_map(|standing| standing.denied.first())?;
        Some((&record.first()?.write.address, why))
    }

    /// What was denied of moves of which others were taken: nothing else can come that would tell more.
    pub(super) fn at_fault(&mut self) -> Vec<(Vec<Item>, Refusal)> {
        let trusted = self.moves.iter_mut().filter(|standing| standing.taken);
        trusted.flat_map(|standing| std::mem::take(&mut standing.denied)).collect()
    }
}

/// What to tell where a target lets us write nothing of a kind.
pub(super) fn told(address: &str, refusal: &Refusal) -> Error {
    let message = format!(
        "the target's rules refuse one write after the other to `{}`: {}; nothing is set aside for it. Allow such writes \
         for whoever is signed in, then run again; where earlier ones were taken, it can also be allowed to go on and set \
         these aside",
        collection_of(address),
        refusal.why
    );
    Error::new(ErrorKind::Denied, message)
}
