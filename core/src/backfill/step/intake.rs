//! A page comes in.

use super::pages::Open;
use super::{Call, Command, Flow, Moment, Stop, retry};
use crate::backfill::item::{Begin, Incoming, Item};
use crate::error::Result;
use crate::journal::Quarantined;

/// How many pages may be on their way, however small they are.
const WINDOW: usize = 64;

/// Whether a record was set aside, and counted, before.
pub(super) fn was_set_aside(record: &[Item]) -> bool {
    record.iter().any(|item| item.note.was_set_aside)
}

/// Those at the front that are so.
fn first_of<T>(all: &[T], is_so: impl Fn(&T) -> bool) -> &[T] {
    all.split(|one| !is_so(one)).next().unwrap_or_default()
}

impl Flow {
    /// Asks for the next page where there is room for it.
    pub(super) fn read_on(&mut self, moment: Moment, commands: &mut Vec<Command>) {
        if !self.is_reading && !self.all_read && self.has_room() && moment.elapsed >= self.hold {
            self.is_reading = true;
            commands.push(Command::Read(self.settings.page_records.max(1)));
        }
    }

    fn has_room(&self) -> bool {
        if self.terms.one_by_one {
            return self.window.is_empty();
        }
        let ahead: u64 = self.window.iter().map(|page| page.bytes).sum();
        self.window.len() < WINDOW && ahead < self.settings.ahead_bytes
    }

    pub(super) fn read(&mut self, moment: Moment, answer: Result<Option<Incoming>>) {
        self.is_reading = false;
        match answer {
            Ok(Some(page)) => {
                self.read_failures = 0;
                self.take_in(moment, page);
            }
            Ok(None) => self.all_read = true,
            Err(error) => {
                let then = retry::after_reading(error.kind());
                self.failed(moment, Call::Read, then, error);
            }
        }
        self.claims.forget_before(self.claimed_before);
    }

    fn take_in(&mut self, moment: Moment, page: Incoming) {
        self.costs.billed_reads += page.billed_reads;
        if let Some(why) = page.asks {
            return self.stop(Stop::Pause(why));
        }
        let number = self.first + self.window.len() as u64;
        if page.reach.is_some() && page.reach == self.durable.sent && self.permitted == number {
            self.permitted = number + 1;
        }
        let mut open = Open::new(&page);
        for rejection in page.rejected {
            open.counters.quarantined += 1;
            open.quarantined.push(Quarantined { rejection, documents: Vec::new(), at: moment.now });
        }
        let still = page.still_rejected.into_iter();
        open.quarantined.extend(still.map(|rejection| Quarantined {
            rejection,
            documents: Vec::new(),
            at: moment.now,
        }));

        let (mut items, mut wants) = (page.items.into_iter(), page.wants.into_iter());
        while let Some(unit) = items.as_slice().first().map(|item| item.note.unit) {
            while wants.as_slice().first().is_some_and(|want| want.unit < unit) {
                wants.next();
            }
            let record = first_of(items.as_slice(), |item| item.note.unit == unit);
            let wanted = first_of(wants.as_slice(), |want| want.unit == unit);
            let count = record.len();
            let granted = self.claims.grant(number, record, wanted);
            match &granted {
                Ok(()) => open.enter(unit, record, wanted),
                Err(_) => open.set_aside(was_set_aside(record)),
            }
            let record = items.by_ref().take(count);
            match granted {
                Ok(()) => record.for_each(|mut item| {
                    item.note.page = number;
                    self.set_out(item);
                }),
                Err(rejection) => {
                    record.for_each(drop);
                    open.quarantined.push(Quarantined { rejection, documents: Vec::new(), at: moment.now });
                }
            }
        }
        self.window.push_back(open);
    }

    /// A document begins its way.
    pub(super) fn set_out(&mut self, item: Item) {
        // A target that keeps no conditions would overwrite whatever is there.
        match item.note.begin {
            Begin::Send if self.terms.capabilities.conditional => self.to_send.push_back(item),
            Begin::Send | Begin::Look => self.to_look.push_back(item),
        }
    }

    /// Where the target lets us write nothing of a kind, that is said once and not of each record.
    pub(super) fn give_up_on_denial(&mut self, moment: Moment) {
        if self.stop.is_some() {
            return;
        }
        let is_the_end = self.in_flight == 0
            && self.to_send.is_empty()
            && self.to_look.is_empty()
            && self.again.is_empty()
            && !self.is_reading
            && (self.all_read || !self.has_room());
        if let Some((address, refusal)) = self.trust.broken(is_the_end) {
            let error = super::trust::told(address, refusal);
            self.stop = Some(Stop::Fail(error));
        } else if is_the_end {
            for (record, refusal) in self.trust.at_fault() {
                self.set_aside(moment, record, refusal);
            }
        }
    }
}
