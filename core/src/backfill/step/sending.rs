//! Batches are cut and sent.

use super::{Batch, Command, Flow, Moment, Stop};
use crate::backfill::item::Item;
use crate::store::Batches;

impl Flow {
    /// Sends as many batches as may be on their way.
    pub(super) fn send(&mut self, moment: Moment, commands: &mut Vec<Command>) {
        while self.stop.is_none()
            && self.in_flight < self.settings.in_flight.max(1)
            && moment.elapsed >= self.hold
            && moment.elapsed >= self.pace.next()
        {
            let Some(command) = self.next_batch() else { return };
            let (Command::Look(batch) | Command::Write(batch)) = &command else { return };
            if self.is_too_dear(batch.writes.len()) {
                return self.put_back(command);
            }
            if matches!(command, Command::Write(_)) {
                self.pace.spend(&self.settings.pace, moment.elapsed, batch.notes.len());
            }
            self.in_flight += 1;
            self.aloft += batch.writes.len() as u64;
            commands.push(command);
        }
    }

    fn next_batch(&mut self) -> Option<Command> {
        if let Some(items) = self.cut_looks() {
            return Some(Command::Look(batch(items, false)));
        }
        let ready = self.again.iter().position(|part| part.iter().all(|item| item.note.page < self.permitted));
        if let Some(part) = ready.and_then(|place| self.again.remove(place)) {
            return Some(Command::Write(batch(part, self.goes_together())));
        }
        let (count, is_together) = (self.count_writes()?, self.goes_together());
        Some(Command::Write(batch(self.to_send.drain(..count), is_together)))
    }

    /// As many as an answer should have, and the request in which they are sent then.
    fn cut_looks(&mut self) -> Option<Vec<Item>> {
        let (heaviest, mut weight) = (self.heaviest(), 0);
        let fits = |item: &&Item| {
            weight += item.weight_there();
            weight <= heaviest
        };
        let count = self.to_look.iter().take(self.most()).take_while(fits).count().max(1);
        (!self.to_look.is_empty()).then(|| self.to_look.drain(..count).collect())
    }

    /// How many of what is to be sent make a batch, where there is a whole one or no more to wait for. The documents of
    /// one record stay together where they can.
    fn count_writes(&self) -> Option<usize> {
        let (most, heaviest) = (self.most(), self.heaviest());
        let (mut count, mut writes, mut weight, mut in_whole_records) = (0, 0, 0, 0);
        let mut before: Option<&Item> = None;
        let mut is_full = false;
        for item in &self.to_send {
            if item.note.page >= self.permitted {
                // What the journal does not permit yet, it will in a moment.
                break;
            }
            if !before.is_some_and(|before| before.is_of_the_record_of(item)) {
                in_whole_records = count;
            }
            writes += 1 + usize::from(item.note.also.is_some());
            weight += item.weight();
            is_full = writes > most || weight > heaviest;
            if is_full && count > 0 {
                break;
            }
            count += 1;
            before = Some(item);
        }
        let more_may_come = self.is_reading && !self.terms.one_by_one || count < self.to_send.len();
        if count == 0 || !is_full && writes < most && more_may_come {
            return None;
        }
        // A record that is too large for one batch is divided: there is no other way.
        Some(if is_full && in_whole_records > 0 { in_whole_records } else { count })
    }

    fn most(&self) -> usize {
        self.settings.batch_records.min(self.terms.limits.max_writes).max(1)
    }

    fn heaviest(&self) -> u64 {
        self.settings.batch_bytes.min(self.terms.limits.max_bytes)
    }

    /// Whether what belongs to a document's write is sent in the same batch: where it cannot happen alone.
    pub(super) fn goes_together(&self) -> bool {
        self.terms.capabilities.batches == Batches::Atomic
    }

    fn put_back(&mut self, command: Command) {
        match command {
            Command::Write(batch) => {
                let items = batch.into_items().collect();
                self.again.push_front(items);
            }
            Command::Look(batch) => {
                let items: Vec<Item> = batch.into_items().collect();
                items.into_iter().rev().for_each(|item| self.to_look.push_front(item));
            }
            Command::Read(_) | Command::Save(_) => {}
        }
    }

    /// Stops where so many more would go beyond what somebody wants to pay.
    fn is_too_dear(&mut self, more: usize) -> bool {
        let Some(cap) = self.settings.cost_cap else { return false };
        let so_far = self.counters().billed();
        if so_far.saturating_add(self.aloft).saturating_add(more as u64) <= cap {
            return false;
        }
        self.stop(Stop::Pause(format!(
            "{so_far} operations are billed so far, and the cap is {cap}; raise it to go on"
        )));
        true
    }
}

fn batch(items: impl IntoIterator<Item = Item, IntoIter: ExactSizeIterator>, is_together: bool) -> Batch {
    let items = items.into_iter();
    let (writes, notes) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    let mut batch = Batch { writes, notes, is_together };
    for Item { write, note } in items {
        batch.writes.push(write);
        batch.writes.extend(note.also.as_deref().filter(|_| is_together).cloned());
        batch.notes.push(note);
    }
    batch
}

impl Batch {
    /// The documents again, one by one.
    pub(super) fn into_items(self) -> impl Iterator<Item = Item> {
        let mut writes = self.writes.into_iter();
        self.notes.into_iter().filter_map(move |note| {
            let write = writes.next()?;
            if self.is_together && note.also.is_some() {
                writes.next();
            }
            Some(Item { write, note })
        })
    }
}
