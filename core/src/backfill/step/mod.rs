//! The heart of a run: pages come in, batches go out, answers come back, and what is accounted for is saved.
//!
//! Pure: it knows no clock, no store and no journal, and does not wait. What happens comes in as [`Event`]s, each with
//! its [`Moment`]; what is to be done goes out as [`Command`]s. So every order of events, and a crash after any
//! command, can be tried.
//!
//! | file | what happens there |
//! |---|---|
//! | `intake` | a page comes in: who may have what it wants; its documents stand in line |
//! | `sending` | batches are cut, as many as may be on their way |
//! | `answers` | what became of each write: in line again, to be looked at, or settled |
//! | `looks` | what was found is held against what is ours |
//! | `pages` | what is settled adds up to records and pages |
//! | `saving` | the pages that are accounted for without a gap become durable together |

mod answers;
mod intake;
mod looks;
mod pages;
mod saving;
mod sending;
mod trust;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::claims::Claims;
use super::control::{Condition, Order, Wish};
use super::item::{Incoming, Item, Note};
use super::pace::Pace;
use super::reconcile::There;
use super::retry::{self, Then};
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::journal::{Carried, Counters, Position, Saved};
use crate::record::Timestamp;
use crate::rules::BatchRules;
use crate::store::{Capabilities, Outcome, Write};
use pages::Open;
use saving::Saving;
pub(crate) use trust::Trust;

/// What the rest of a run knows of the time when something happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) elapsed: Duration,
    pub(crate) now: Timestamp,
    /// Between 0 and 1, another one each time.
    pub(crate) chance: f64,
}

/// What happens.
#[derive(Debug)]
pub(crate) enum Event {
    /// Time has passed.
    Tick,
    /// The app wants something else than before.
    Wished(Wish),
    /// A page was read, or all of them were.
    Read(Result<Option<Incoming>>),
    /// Writes were answered.
    Written(Batch, Result<Vec<Outcome>>),
    /// It was looked what is there.
    Looked(Batch, Result<Vec<Glimpse>>),
    /// The journal was told that we are still there.
    Renewed(Result<()>),
    /// A step was saved, or was not.
    Saved(Arc<Saved>, Result<()>),
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Command {
    /// Read the next page, with at most so many records.
    Read(usize),
    /// Send these writes.
    Write(Batch),
    /// Look what is at these addresses, and whose they are.
    Look(Batch),
    /// Make this durable.
    Save(Arc<Saved>),
}

/// Documents that are on their way in one request.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// What is written. After a document's own write comes the one that belongs to it, where they go together.
    pub(crate) writes: Vec<Write>,
    /// One for each document.
    pub(crate) notes: Vec<Note>,
    /// Whether writes that belong to others are among them.
    pub(crate) is_together: bool,
}

/// What was found at an address.
#[derive(Debug)]
pub(crate) struct Glimpse {
    pub(crate) there: Option<There>,
    /// The ledger's row of that address, and whether its record is gone.
    pub(crate) row: Option<Carried>,
    pub(crate) row_is_orphan: bool,
}

/// What failed.
#[derive(Clone, Copy, Debug)]
enum Call {
    /// To read a page, or to look.
    Read,
    /// To write.
    Write,
    /// To save.
    Save,
}

/// Why nothing more is begun.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The app wants it.
    Order(Order),
    /// The policy wants it.
    Condition(Condition),
    /// Until somebody says that it may go on.
    Pause(String),
    /// Until something is different.
    Later(Error),
    /// It cannot go on.
    Fail(Error),
}

/// What does not change while pages flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) capabilities: Capabilities,
    pub(crate) limits: BatchRules,
    /// Whether a page is only read when those before it are saved: where it may speak of the same records.
    pub(crate) one_by_one: bool,
}

/// Pages on their way from the source to the journal.
#[derive(Debug)]
pub(crate) struct Flow {
    terms: Terms,
    settings: Settings,

    /// Pages that are not saved yet, and the number of the first of them.
    window: VecDeque<Open>,
    first: u64,
    claims: Claims,
    /// What pages before this one have is in the journal, and can be forgotten once no reader may have missed it.
    claimed_before: u64,
    is_reading: bool,
    all_read: bool,

    /// Documents to be sent, in the source's order.
    to_send: VecDeque<Item>,
    /// Documents to be looked at first.
    to_look: VecDeque<Item>,
    /// Documents to be sent again, in just these batches.
    again: VecDeque<Vec<Item>>,
    in_flight: usize,
    /// How many writes and looks those are.
    aloft: u64,
    trust: Trust,

    /// Pages before this one may be sent: the journal knows how far that may reach.
    permitted: u64,
    saving: Option<Saving>,
    /// What the journal has.
    durable: Position,
    /// How far everything is accounted for.
    position: Position,
    /// What is accounted for, without what it cost.
    counters: Counters,
    /// What everything cost so far.
    costs: Counters,
    /// Both together, as the journal has them.
    told: Counters,
    /// What the counters were when somebody let the run go on.
    allowed_at: Counters,

    pace: Pace,
    /// How many calls of each kind failed since the last that did not: to look can succeed while nothing can be
    /// written.
    read_failures: u32,
    write_failures: u32,
    save_failures: u32,
    hold: Duration,
    stop: Option<Stop>,
    /// The journal takes nothing any more from us: what is not in it is done again by whoever comes next.
    is_lost: bool,
}

impl Flow {
    /// From here on, with these counts so far.
    pub(crate) fn new(
        terms: Terms,
        settings: Settings,
        position: Position,
        counters: Counters,
        allowed_at: Counters,
        trust: Trust,
        now: Duration,
    ) -> Self {
        Self {
            terms,
            settings,
            window: VecDeque::new(),
            first: 0,
            claims: Claims::default(),
            claimed_before: 0,
            is_reading: false,
            all_read: false,
            to_send: VecDeque::new(),
            to_look: VecDeque::new(),
            again: VecDeque::new(),
            in_flight: 0,
            aloft: 0,
            trust,
            permitted: 0,
            saving: None,
            durable: position.clone(),
            position,
            counters,
            costs: Counters::default(),
            told: counters,
            allowed_at,
            pace: Pace::new(now),
            read_failures: 0,
            write_failures: 0,
            save_failures: 0,
            hold: Duration::ZERO,
            stop: None,
            is_lost: false,
        }
    }

    /// Takes in what happened, and says what is to be done now.
    pub(crate) fn step(&mut self, moment: Moment, event: Event) -> Vec<Command> {
        match event {
            Event::Tick => {}
            Event::Wished(wish) => self.wished(wish),
            Event::Read(answer) => self.read(moment, answer),
            Event::Written(batch, answer) => self.written(moment, batch, answer),
            Event::Looked(batch, answer) => self.looked(moment, batch, answer),
            Event::Renewed(answer) => self.renewed(answer),
            Event::Saved(saved, answer) => self.saved(moment, saved, answer),
        }
        let mut commands = Vec::new();
        self.give_up_on_denial(moment);
        self.save(moment, &mut commands);
        if self.stop.is_none() {
            self.read_on(moment, &mut commands);
            self.send(moment, &mut commands);
        }
        commands
    }

    /// When to say that time has passed, where nothing else happens before.
    pub(crate) fn wake(&self) -> Option<Duration> {
        if self.saving.as_ref().is_some_and(Saving::waits) {
            // Whatever stopped us: what is accounted for is to be on disk.
            return Some(self.hold);
        }
        let has_work = !self.to_send.is_empty() || !self.to_look.is_empty() || !self.again.is_empty();
        let waits = self.stop.is_none() && (has_work || !self.all_read || self.saving.is_some());
        waits.then(|| self.hold.max(self.pace.next()))
    }

    /// Whether nothing is left to do: all is saved, or it is not to go on.
    pub(crate) fn is_done(&self) -> bool {
        match &self.stop {
            None => self.all_read && self.window.is_empty() && self.saving.is_none(),
            Some(_) if self.is_lost => true,
            Some(Stop::Order(Order::Suspend)) => self.saving.is_none() && !self.has_resolved(),
            Some(_) => self.in_flight == 0 && self.saving.is_none() && !self.has_resolved(),
        }
    }

    /// What is known of how the target takes what.
    pub(crate) fn trust(&self) -> Trust {
        self.trust.clone()
    }

    /// Why it stopped, where it did not come to its end.
    pub(crate) fn stopped(self) -> Option<Stop> {
        self.stop
    }

    /// How far the journal knows it to be.
    pub(crate) fn durable(&self) -> &Position {
        &self.durable
    }

    /// What became of everything that the journal knows of.
    pub(crate) fn told(&self) -> Counters {
        self.told
    }

    /// What became of everything so far.
    pub(crate) fn counters(&self) -> Counters {
        self.counters.plus(&self.costs)
    }

    fn wished(&mut self, wish: Wish) {
        self.settings = wish.settings;
        let stop = match wish.order {
            Order::Go if wish.is_forbidden => Some(Stop::Order(Order::Cancel)),
            Order::Go => wish.conditions.forbid(self.settings.policy).map(Stop::Condition),
            order => Some(Stop::Order(order)),
        };
        match (&self.stop, stop) {
            // Whoever is told to hurry hurries, whatever else stopped it.
            (_, Some(Stop::Order(Order::Suspend))) => self.stop = Some(Stop::Order(Order::Suspend)),
            (None, stop) => self.stop = stop,
            (Some(_), _) => {}
        }
    }

    fn stop(&mut self, stop: Stop) {
        self.stop.get_or_insert(stop);
    }

    /// After a call that failed as a whole; whether it may be made again.
    fn failed(&mut self, moment: Moment, call: Call, then: Then, error: Error) -> bool {
        match then {
            Then::Stop => self.stop(Stop::Fail(error)),
            Then::Later => self.stop(Stop::Later(error)),
            Then::Again | Then::Look | Then::Slower if moment.elapsed < self.hold => {
                // It was under way when another one failed: one outage, however many calls it met.
                self.costs.retries += 1;
                let asked = error.retry_after().unwrap_or_default();
                self.hold = self.hold.max(moment.elapsed.saturating_add(asked));
                return true;
            }
            Then::Again | Then::Look | Then::Slower => {
                if then == Then::Slower {
                    self.pace.lower(&self.settings.pace, moment.elapsed);
                }
                self.costs.retries += 1;
                let failures = match call {
                    Call::Read => &mut self.read_failures,
                    Call::Write => &mut self.write_failures,
                    Call::Save => &mut self.save_failures,
                };
                *failures += 1;
                let failures = *failures;
                if failures > self.settings.retries.attempts {
                    self.stop(Stop::Later(error));
                    return false;
                }
                let wait = retry::wait(&self.settings.retries, failures, moment.chance, error.retry_after());
                self.hold = self.hold.max(moment.elapsed.saturating_add(wait));
                return true;
            }
        }
        false
    }
}
