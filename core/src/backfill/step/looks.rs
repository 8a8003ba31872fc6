//! What was found is held against what is ours.

use super::pages::Settled;
use super::{Batch, Call, Flow, Glimpse, Moment};
use crate::backfill::item::{Act, Item};
use crate::backfill::reconcile::{Author, Before, Ours, Removal, Verdict, reconcile, removal};
use crate::backfill::retry;
use crate::error::{ErrorKind, Result};
use crate::plan::claims::Claimed;
use crate::record::Rejection;
use crate::store::Condition;

/// After so many conflicts a document travels alone: one that somebody writes all the time fails its whole batch.
const TOGETHER: u8 = 3;

impl Flow {
    pub(super) fn looked(&mut self, moment: Moment, batch: Batch, answer: Result<Vec<Glimpse>>) {
        self.landed(&batch);
        match answer {
            Ok(found) => {
                self.read_failures = 0;
                self.costs.billed_reads += batch.notes.len() as u64;
                let mut again = Vec::new();
                let items: Vec<Item> = batch.into_items().collect();
                for (item, glimpse) in items.into_iter().zip(found) {
                    match self.decide(moment, item, glimpse) {
                        Some(item) if item.note.conflicts >= TOGETHER => self.again.push_back(vec![item]),
                        item => again.extend(item),
                    }
                }
                if !again.is_empty() {
                    self.again.push_back(again);
                }
            }
            Err(error) => {
                if error.kind() == ErrorKind::Timeout {
                    // It was heard, and what it found may have been billed.
                    self.costs.billed_reads += batch.notes.len() as u64;
                }
                let items: Vec<Item> = batch.into_items().collect();
                items.into_iter().rev().for_each(|item| self.to_look.push_front(item));
                let then = retry::after_reading(error.kind());
                self.failed(moment, Call::Read, then, error);
            }
        }
    }

    /// Settles a document, or says how it is to be sent.
    fn decide(&mut self, moment: Moment, item: Item, glimpse: Glimpse) -> Option<Item> {
        match item.note.act {
            Act::Put => self.decide_put(moment, item, glimpse),
            Act::Remove | Act::Vacate => self.decide_removal(moment, item, glimpse),
            Act::Also => Some(item),
        }
    }

    fn decide_put(&mut self, moment: Moment, mut item: Item, glimpse: Glimpse) -> Option<Item> {
        if let Some(row) = glimpse.row.filter(|row| row.source != item.note.source) {
            if !glimpse.row_is_orphan {
                let rejection = Claimed::Address.taken(&item.note.source, &row.source);
                self.reject(moment, item, rejection);
                return None;
            }
            item.note.before = Some(Box::new(row));
        }
        let there = glimpse.there;
        item.note.has_more = there.as_ref().is_some_and(|there| there.has_more);
        let note = &item.note;
        let before = note.before.as_deref();
        let before = before.map(|row| Before { hash: row.hash, version: row.version.as_ref(), ours: row.ours });
        let ours = Ours {
            hash: note.hash,
            revision: note.revision.as_ref(),
            before,
            deleted: note.deleted,
            maybe_sent: note.maybe_sent,
        };
        match (reconcile(ours, there.as_ref()), there) {
            (Verdict::Create, _) => {
                item.write.condition = Condition::Absent;
                return Some(item);
            }
            (Verdict::Replace(version), _) => {
                item.write.condition = Condition::Version(version);
                return Some(item);
            }
            (Verdict::Same(author), Some(there)) => {
                self.has_arrived(author == Author::JustUs);
                let settled = match (author, &item.write.condition) {
                    // What a process that is no more replaced was there before: nobody remembers, but the target does.
                    (Author::JustUs, Condition::Absent | Condition::Always)
                        if before.is_none() && there.is_original != Some(false) =>
                    {
                        Settled::Created(Some(there.version))
                    }
                    (Author::JustUs, _) => Settled::Replaced(Some(there.version)),
                    (Author::Us, _) => Settled::Same { version: there.version, ours: true },
                    (Author::Others, _) => Settled::Same { version: there.version, ours: false },
                };
                self.settle(item, settled, moment.now);
            }
            (Verdict::Newer, _) => self.settle(item, Settled::Newer, moment.now),
            (Verdict::Deleted | Verdict::Same(_), _) => self.settle(item, Settled::Deleted, moment.now),
        }
        None
    }

    fn decide_removal(&mut self, moment: Moment, mut item: Item, glimpse: Glimpse) -> Option<Item> {
        match removal(item.note.hash, glimpse.there.as_ref()) {
            Removal::Delete(version) => {
                item.write.condition = Condition::Version(version);
                return Some(item);
            }
            Removal::Gone => {
                let by_us = item.note.maybe_sent;
                self.has_arrived(by_us);
                let settled = Settled::Removed { by_us };
                self.finish(moment, item, settled);
            }
            Removal::Left => self.settle(item, Settled::Left, moment.now),
        }
        None
    }

    /// A write whose answer was lost has happened: the target takes writes, whatever it says.
    fn has_arrived(&mut self, by_us: bool) {
        if by_us {
            self.write_failures = 0;
        }
    }

    fn reject(&mut self, moment: Moment, item: Item, rejection: Rejection) {
        self.settle(item, Settled::Rejected(rejection), moment.now);
    }
}
