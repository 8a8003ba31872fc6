//! Drives the pure heart of a run: does what it commands, and tells it what happened.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use super::clock::Clock;
use super::control::{Control, Wish};
use super::forms::Forms;
use super::guard::Guard;
use super::meanwhile::Meanwhile;
use super::pages::Pages;
use super::progress::Teller;
use super::reconcile::There;
use super::step::{Batch, Command, Event, Flow, Glimpse, Moment};
use super::tombs::Tombs;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Journal, Lease};
use crate::store::{Fields, Found, Target};

/// What a drive needs of the world.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) target: &'a dyn Target,
    pub(crate) journal: &'a dyn Journal,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) lease: &'a Lease,
    pub(crate) forms: &'a Forms,
    pub(crate) control: &'a Control,
    pub(crate) meanwhile: &'a Meanwhile,
    pub(crate) tombs: &'a Tombs<'a>,
    pub(crate) guard: &'a Guard<'a>,
}

/// What comes back from something that was begun.
enum Landed<'a> {
    Event(Event),
    /// A page, and the reader for the next one.
    Page(Box<dyn Pages + 'a>, Event),
}

type Flight<'a> = Pin<Box<dyn Future<Output = Landed<'a>> + Send + 'a>>;

/// Carries all these pages, or as far as it comes.
pub(crate) async fn drive<'a>(
    world: World<'a>,
    flow: &mut Flow,
    pages: Box<dyn Pages + 'a>,
    teller: &mut Teller,
) -> Result<()> {
    let mut drive = Drive {
        world,
        flights: FuturesUnordered::new(),
        pages: Some(pages),
        chances: RandomState::new(),
        events: 0,
        timeout: world.control.current().settings.timeout,
        beat: world.clock.elapsed(),
    };
    drive.carry_all(flow, teller).await
}

struct Drive<'a> {
    world: World<'a>,
    flights: FuturesUnordered<Flight<'a>>,
    /// At home while no page is being read.
    pages: Option<Box<dyn Pages + 'a>>,
    chances: RandomState,
    events: u64,
    timeout: Duration,
    /// When the journal is to be told again that we are still there.
    beat: Duration,
}

impl<'a> Drive<'a> {
    async fn carry_all(&mut self, flow: &mut Flow, teller: &mut Teller) -> Result<()> {
        let mut wishes = self.world.control.wishes();
        let mut event = Event::Wished(self.wish(&mut wishes));
        loop {
            for command in flow.step(self.moment(), event) {
                self.begin(command);
            }
            teller.tell(self.world.control, self.world.clock.elapsed(), flow.told());
            if flow.is_done() {
                return Ok(());
            }
            event = self.next(flow.wake(), &mut wishes).await;
        }
    }

    fn wish(&mut self, wishes: &mut watch::Receiver<Wish>) -> Wish {
        let wish = wishes.borrow_and_update().clone();
        self.timeout = wish.settings.timeout;
        self.beat_within(wish.settings.stuck_after);
        wish
    }

    /// A tenth of the time after which others take us for gone.
    fn beat_within(&mut self, stuck_after: Duration) {
        self.beat = self.world.clock.elapsed().saturating_add(stuck_after / 10);
    }

    async fn next(&mut self, wake: Option<Duration>, wishes: &mut watch::Receiver<Wish>) -> Event {
        let clock = self.world.clock;
        let now = clock.elapsed();
        let wake = wake.filter(|wake| *wake > now).map_or(self.beat, |wake| wake.min(self.beat));
        let landed = tokio::select! {
            biased;
            Ok(()) = wishes.changed() => return Event::Wished(self.wish(wishes)),
            Some(landed) = self.flights.next() => landed,
            () = clock.until(wake) => {
                if clock.elapsed() >= self.beat {
                    self.renew();
                }
                return Event::Tick;
            }
        };
        match landed {
            Landed::Event(event) => event,
            Landed::Page(pages, event) => {
                self.pages = Some(pages);
                event
            }
        }
    }

    fn moment(&mut self) -> Moment {
        self.events += 1;
        let chance = self.chances.hash_one(self.events) as f64 / u64::MAX as f64;
        Moment { elapsed: self.world.clock.elapsed(), now: self.world.clock.now(), chance }
    }

    fn begin(&mut self, command: Command) {
        let World { journal, clock, lease, .. } = self.world;
        let flight: Flight<'a> = match command {
            Command::Read(limit) => {
                let Some(mut pages) = self.pages.take() else { return };
                Box::pin(async move {
                    let answer = pages.next(limit).await;
                    Landed::Page(pages, Event::Read(answer))
                })
            }
            Command::Write(batch) => {
                let (target, timeout) = (self.world.target, self.timeout);
                Box::pin(async move {
                    let answer = within(clock, timeout, target.write(&batch.writes)).await;
                    Landed::Event(Event::Written(batch, answer))
                })
            }
            Command::Look(batch) => {
                let (world, timeout) = (self.world, self.timeout);
                Box::pin(async move {
                    let answer = within(clock, timeout, world.look(&batch)).await;
                    Landed::Event(Event::Looked(batch, answer))
                })
            }
            Command::Save(saved) => Box::pin(async move {
                let answer = journal.save_shared(lease, saved.clone(), clock.now()).await;
                Landed::Event(Event::Saved(saved, answer))
            }),
        };
        self.flights.push(flight);
    }

    fn renew(&mut self) {
        let World { journal, clock, lease, .. } = self.world;
        self.beat_within(self.world.control.current().settings.stuck_after);
        self.flights
            .push(Box::pin(async move { Landed::Event(Event::Renewed(journal.renew(lease, clock.now()).await)) }));
    }
}

impl World<'_> {
    /// What is at the addresses of a batch, and whose they are.
    async fn look(&self, batch: &Batch) -> Result<Vec<Glimpse>> {
        let mut addresses = Vec::with_capacity(batch.notes.len());
        addresses.extend(batch.writes.iter().map(|write| write.address.clone()));
        let mut seen: Vec<Option<There>> = vec![None; batch.notes.len()];
        let mut each = |place: usize, found: Found| {
            let (Some(note), Some(write)) = (batch.notes.get(place), batch.writes.get(place)) else { return };
            let (form, ours) = (self.forms.get(note.form), write.fields.as_ref().map(Fields::content));
            seen[place] = form.map(|form| form.seen(&found, ours, self.target.rules()));
        };
        // All fields: whether others have added some decides what may be deleted, now or later. Of each document no more
        // is held than what it comes to.
        self.target.look_each(&addresses, None, &mut each).await?;
        let rows = self.journal.carried_at(&self.lease.scope, &addresses).await?;
        let mut glimpses = Vec::with_capacity(batch.notes.len());
        for (there, row) in seen.into_iter().zip(rows) {
            let row_is_orphan = row.as_ref().is_some_and(|row| self.meanwhile.is_gone(&row.source));
            glimpses.push(Glimpse { there, row, row_is_orphan });
        }
        Ok(glimpses)
    }
}

/// The answer, or that there was none in time. What was asked may have happened.
async fn within<T>(clock: &dyn Clock, timeout: Duration, asked: impl Future<Output = Result<T>>) -> Result<T> {
    let end = clock.elapsed().saturating_add(timeout);
    tokio::select! {
        biased;
        answer = asked => answer,
        () = clock.until(end) => {
            let message = format!("the target did not answer within {} s", timeout.as_secs());
            Err(Error::new(ErrorKind::Timeout, message))
        }
    }
}
