//! The pages that are accounted for without a gap become durable together.

use std::sync::Arc;

use super::{Call, Command, Flow, Moment, Stop};
use crate::backfill::item::Item;
use crate::backfill::retry::{self, Then};
use crate::backfill::settings::ErrorBudget;
use crate::error::Result;
use crate::journal::{Counters, Position, Saved};

/// A step that the journal was told.
#[derive(Debug)]
pub(super) struct Saving {
    /// How many pages from the front are in it.
    pages: usize,
    /// Pages before this one may be sent once it is durable.
    permits: u64,
    /// Whether it is to be told again.
    again: Option<Arc<Saved>>,
}

impl Saving {
    /// Whether the journal was busy, and is to be told again.
    pub(super) fn waits(&self) -> bool {
        self.again.is_some()
    }
}

impl Flow {
    /// Tells the journal what is accounted for, and how far writes may reach next.
    pub(super) fn save(&mut self, moment: Moment, commands: &mut Vec<Command>) {
        if let Some(saving) = &mut self.saving {
            if moment.elapsed >= self.hold {
                // Whoever held the journal's lock may have let go of it.
                commands.extend(saving.again.take().map(Command::Save));
            }
            return;
        }
        if self.is_lost || !self.has_resolved() && !self.is_waiting_for_permission() {
            return;
        }
        let (pages, saved) = self.saved_up();
        let permits = self.first + self.window.len() as u64;
        self.saving = Some(Saving { pages, permits, again: None });
        commands.push(Command::Save(Arc::new(saved)));
    }

    /// Whether something could be sent if the journal knew that it may have been.
    fn is_waiting_for_permission(&self) -> bool {
        let is_blocked = |item: &Item| item.note.page >= self.permitted;
        let few = self.to_send.len().min(self.settings.batch_records);
        self.stop.is_none()
            && (self.to_send.iter().take(few).any(is_blocked) || self.again.iter().flatten().any(is_blocked))
    }

    fn saved_up(&mut self) -> (usize, Saved) {
        let mut saved = Saved::default();
        let mut pages = 0;
        for page in self.window.iter_mut().take_while(|page| page.open == 0) {
            pages += 1;
            self.position = page.end.clone();
            self.counters = self.counters.plus(&page.counters);
            saved.carried.append(&mut page.carried);
            saved.marks.extend(page.take_marks());
            saved.released.append(&mut page.take_released());
            saved.quarantined.append(&mut page.quarantined);
            saved.forgotten.append(&mut page.forgotten);
            saved.seen.append(&mut page.seen);
        }
        let sent = self.window.iter().skip(pages).filter_map(|page| page.reach.as_ref()).next_back();
        let sent = sent.or(self.position.sent.as_ref()).cloned();
        saved.position = Position { sent, ..self.position.clone() };
        saved.counters = self.counters();
        (pages, saved)
    }

    pub(super) fn saved(&mut self, moment: Moment, saved: Arc<Saved>, answer: Result<()>) {
        let Some(saving) = &mut self.saving else { return };
        match answer {
            Ok(()) => {
                let Saving { pages, permits, .. } = *saving;
                self.saving = None;
                self.save_failures = 0;
                self.durable = saved.position.clone();
                self.told = saved.counters;
                self.first += pages as u64;
                self.window.drain(..pages.min(self.window.len()));
                self.permitted = self.permitted.max(permits);
                self.claimed_before = self.first;
                if !self.is_reading {
                    self.claims.forget_before(self.claimed_before);
                }
                self.mind_the_budget();
            }
            Err(error) => {
                saving.again = Some(saved);
                let then = retry::after_save(error.kind());
                if !self.failed(moment, Call::Save, then, error) {
                    self.is_lost = true;
                    self.saving = None;
                }
            }
        }
    }

    pub(super) fn renewed(&mut self, answer: Result<()>) {
        let Err(error) = answer else { return };
        if retry::after_save(error.kind()) == Then::Stop {
            self.is_lost = true;
            self.stop = Some(Stop::Fail(error));
        }
    }

    /// Stops where more is set aside than somebody wants to bear.
    fn mind_the_budget(&mut self) {
        let quarantined = self.counters.quarantined.saturating_sub(self.allowed_at.quarantined);
        let read = self.counters.read.saturating_sub(self.allowed_at.read);
        if let Some(why) = over_budget(&self.settings.errors, quarantined, read) {
            self.stop(Stop::Pause(why));
        }
    }
}

/// How many records it takes until a share of them says something.
const TELLING: u64 = 100;

fn over_budget(budget: &ErrorBudget, quarantined: u64, read: u64) -> Option<String> {
    let by_number = budget.records.is_some_and(|most| quarantined > most);
    let share = quarantined as f64 / read.max(1) as f64;
    let by_share = read >= TELLING && budget.share.is_some_and(|most| share > most);
    (by_number || by_share).then(|| {
        format!("{quarantined} of {read} records could not be moved; see in the quarantine why, then let it resume")
    })
}

impl Counters {
    /// Both together.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self {
            read: self.read + other.read,
            carried: self.carried + other.carried,
            already_there: self.already_there + other.already_there,
            newer_there: self.newer_there + other.newer_there,
            deleted_there: self.deleted_there + other.deleted_there,
            left_out: self.left_out + other.left_out,
            quarantined: self.quarantined + other.quarantined,
            created: self.created + other.created,
            replaced: self.replaced + other.replaced,
            deleted: self.deleted + other.deleted,
            bytes: self.bytes + other.bytes,
            billed_writes: self.billed_writes + other.billed_writes,
            billed_reads: self.billed_reads + other.billed_reads,
            billed_deletes: self.billed_deletes + other.billed_deletes,
            retries: self.retries + other.retries,
        }
    }

    /// All that the target bills.
    pub fn billed(&self) -> u64 {
        self.billed_writes + self.billed_reads + self.billed_deletes
    }
}
