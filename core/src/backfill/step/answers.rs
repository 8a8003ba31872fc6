//! What became of writes that were sent.

use std::collections::HashSet;

use super::pages::Settled;
use super::{Batch, Call, Flow, Moment};
use crate::backfill::item::{Act, Begin, Item};
use crate::backfill::retry::{self, Then};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Batches, Condition, Outcome, Refusal, RefusalCause, Version};

/// How often something else may be there than was supposed.
const CONFLICTS: u8 = 12;

impl Flow {
    pub(super) fn written(&mut self, moment: Moment, batch: Batch, answer: Result<Vec<Outcome>>) {
        self.landed(&batch);
        match answer {
            Ok(outcomes) => {
                let answers = self.main_answers(&batch, outcomes);
                self.outcomes(moment, batch, answers);
            }
            Err(error) => {
                let then = retry::after_write(error.kind());
                let sent_along = batch.writes.len() - batch.notes.len();
                let items: Vec<Item> = batch.into_items().collect();
                if then == Then::Look {
                    items.iter().for_each(|item| self.bill(item.note.act));
                    self.costs.billed_writes += sent_along as u64;
                    self.look_for(items);
                } else {
                    self.again.push_front(items);
                }
                self.failed(moment, Call::Write, then, error);
            }
        }
    }

    pub(super) fn landed(&mut self, batch: &Batch) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.aloft = self.aloft.saturating_sub(batch.writes.len() as u64);
    }

    /// The answer to each document's own write. What is sent together with it has the same answer, since a batch in
    /// which that happens is of one piece.
    fn main_answers(&mut self, batch: &Batch, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        if outcomes.len() == batch.notes.len() && batch.writes.len() == batch.notes.len() {
            return outcomes;
        }
        let mut outcomes = outcomes.into_iter();
        let mut answers = Vec::with_capacity(batch.notes.len());
        for note in &batch.notes {
            let mut answer = outcomes.next().unwrap_or(Outcome::Unknown);
            if batch.is_together && note.also.is_some() {
                let also = outcomes.next().unwrap_or(Outcome::Unknown);
                if let (Outcome::Retry, Outcome::Refused(_)) = (&answer, &also) {
                    answer = also;
                }
                self.costs.billed_writes += u64::from(matches!(answer, Outcome::Durable(_) | Outcome::Unknown));
            }
            answers.push(answer);
        }
        answers
    }

    fn outcomes(&mut self, moment: Moment, batch: Batch, outcomes: Vec<Outcome>) {
        if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_))) {
            for (item, outcome) in batch.into_items().zip(outcomes) {
                let Outcome::Durable(version) = outcome else { continue };
                self.arrived(moment, item, version);
            }
            return;
        }
        let is_atomic = self.terms.capabilities.batches == Batches::Atomic;
        let is_at_fault = |outcome: &Outcome| matches!(outcome, Outcome::Exists | Outcome::Refused(_));
        let is_known = outcomes.iter().any(is_at_fault);
        if is_known {
            self.write_failures = 0;
        }
        let all_refused = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Refused(_)));
        let mut items: Vec<(Item, Outcome)> = batch.into_items().zip(outcomes).collect();
        if is_atomic && all_refused && self.bisect(&mut items) {
            return;
        }
        if is_atomic {
            self.refuse_whole_records(moment, &mut items);
        }
        let (mut lost, mut again) = (Vec::new(), Vec::new());
        for (item, outcome) in items {
            match outcome {
                Outcome::Durable(version) => self.arrived(moment, item, version),
                Outcome::Exists => self.conflict(moment, item),
                Outcome::Refused(refusal) => self.refuse(moment, vec![item], refusal),
                Outcome::Unknown => {
                    self.bill(item.note.act);
                    lost.push(item);
                }
                Outcome::Retry => again.push(item),
            }
        }
        let is_overloaded = !lost.is_empty() || !again.is_empty() && !is_known;
        self.look_for(lost);
        if !again.is_empty() {
            self.again.push_back(again);
        }
        if is_overloaded {
            self.overloaded(moment);
        }
    }

    /// Something else is there than was supposed: it is looked at, but not for ever.
    fn conflict(&mut self, moment: Moment, mut item: Item) {
        item.note.conflicts = item.note.conflicts.saturating_add(1);
        if item.note.conflicts <= CONFLICTS {
            return self.to_look.push_back(item);
        }
        let why = "somebody changes what is at its address all the time, and nothing could be decided";
        self.set_aside(moment, vec![item], Refusal::invalid(why));
    }

    /// Counts what the target bills for a write that happened, or may have: its answer was lost.
    fn bill(&mut self, act: Act) {
        match act {
            Act::Remove | Act::Vacate => self.costs.billed_deletes += 1,
            Act::Put | Act::Also => self.costs.billed_writes += 1,
        }
    }

    fn arrived(&mut self, moment: Moment, item: Item, version: Option<Version>) {
        self.write_failures = 0;
        self.bill(item.note.act);
        for (record, refusal) in self.trust.taken(item.note.form) {
            self.set_aside(moment, record, refusal);
        }
        let settled = match (item.note.act, &item.write.condition) {
            (Act::Put, Condition::Version(_)) => Settled::Replaced(version),
            (Act::Put, Condition::Absent | Condition::Always) => Settled::Created(version),
            (Act::Remove | Act::Vacate, _) => Settled::Removed { by_us: true },
            (Act::Also, _) => Settled::Also,
        };
        self.finish(moment, item, settled);
    }

    /// Settles a document; what belongs to its write follows by itself where it could not go together with it.
    pub(super) fn finish(&mut self, moment: Moment, mut item: Item, settled: Settled) {
        let is_done = self.goes_together() && !matches!(settled, Settled::Removed { by_us: false });
        let follows = matches!(settled, Settled::Created(_) | Settled::Removed { .. });
        let also = item.note.also.take().filter(|_| follows && !is_done);
        if let Some(also) = also {
            let mut note = item.note.clone();
            note.act = Act::Also;
            note.begin = Begin::Send;
            note.before = None;
            note.vacates = None;
            if let Some(page) = self.page(item.note.page) {
                page.expect_one_more(item.note.unit);
            }
            self.again.push_back(vec![Item { write: *also, note }]);
        }
        self.settle(item, settled, moment.now);
    }

    /// Divides a batch that was refused as a whole, so that the record at fault is found; whether it could.
    fn bisect(&mut self, items: &mut Vec<(Item, Outcome)>) -> bool {
        let begins: Vec<usize> = (1..items.len())
            .filter(|&place| match (items.get(place - 1), items.get(place)) {
                (Some((before, _)), Some((item, _))) => !before.is_of_the_record_of(item),
                _ => false,
            })
            .collect();
        let Some(middle) = begins.get(begins.len() / 2).copied() else { return false };
        let second = items.split_off(middle).into_iter().map(|(item, _)| item).collect();
        let first = items.drain(..).map(|(item, _)| item).collect();
        self.costs.retries += 1;
        self.again.push_front(second);
        self.again.push_front(first);
        true
    }

    /// Where one document of a record is refused, none of them is sent: all or nothing.
    fn refuse_whole_records(&mut self, moment: Moment, items: &mut Vec<(Item, Outcome)>) {
        let refused = items.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Refused(_)));
        let refused: HashSet<(u64, u32)> = refused.map(|(item, _)| (item.note.page, item.note.unit)).collect();
        if refused.is_empty() {
            return;
        }
        let mut others = Vec::with_capacity(items.len());
        let mut records: Vec<(Vec<Item>, Option<Refusal>)> = Vec::new();
        for (item, outcome) in items.drain(..) {
            if !refused.contains(&(item.note.page, item.note.unit)) {
                others.push((item, outcome));
                continue;
            }
            let refusal = match outcome {
                Outcome::Refused(refusal) => Some(refusal),
                Outcome::Durable(_) | Outcome::Exists | Outcome::Unknown | Outcome::Retry => None,
            };
            match records
                .last_mut()
                .filter(|(record, _)| record.last().is_some_and(|last| last.is_of_the_record_of(&item)))
            {
                Some((record, why)) => {
                    // The one at fault comes first: it is the one that is kept.
                    if refusal.is_some() && why.is_none() {
                        record.insert(0, item);
                        *why = refusal;
                    } else {
                        record.push(item);
                    }
                }
                None => records.push((vec![item], refusal)),
            }
        }
        *items = others;
        for (record, refusal) in records {
            self.refuse(moment, record, refusal.unwrap_or_else(|| Refusal::invalid("refused")));
        }
    }

    fn refuse(&mut self, moment: Moment, record: Vec<Item>, refusal: Refusal) {
        match refusal.cause {
            RefusalCause::Denied => self.trust.denied(record, refusal),
            RefusalCause::Invalid => self.set_aside(moment, record, refusal),
        }
    }

    pub(super) fn set_aside(&mut self, moment: Moment, record: Vec<Item>, refusal: Refusal) {
        for item in record {
            let settled = match item.note.act {
                // What only belonged to another document's write fails no record.
                Act::Also => Settled::Also,
                Act::Put | Act::Remove | Act::Vacate => Settled::Refused(refusal.clone()),
            };
            self.settle(item, settled, moment.now);
        }
    }

    /// What may have happened is looked for before it is sent again.
    fn look_for(&mut self, items: Vec<Item>) {
        for mut item in items {
            if item.note.act == Act::Also {
                // To say it twice does no harm, and nobody asks who said it.
                self.again.push_back(vec![item]);
                continue;
            }
            item.note.maybe_sent = true;
            self.to_look.push_back(item);
        }
    }

    /// The target took nothing, and will take it later.
    fn overloaded(&mut self, moment: Moment) {
        let message = "the target did not take the writes, again and again; run again later";
        let error = Error::new(ErrorKind::Unavailable, message);
        self.failed(moment, Call::Write, Then::Again, error);
    }
}
