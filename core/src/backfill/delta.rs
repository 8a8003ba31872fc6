//! What changed since a position in the source's history was taken, or since the ledger was written.

use std::collections::HashSet;
use std::time::Duration;

use super::control::Order;
use super::mapping::{Mapping, Way};
use super::pages::{Again, Feed, Gone};
use super::progress::Teller;
use super::retry;
use super::run::Start;
use super::settings::QUIET;
use super::step::Stop;
use super::voyage::Voyage;
use crate::error::Result;
use crate::journal::{Saved, Status};
use crate::record::{Reason, RecordId};
use crate::store::{Changes, Cursor, Shape};

/// How a delta ended.
pub(super) enum Delta {
    /// All that changed is carried.
    Done,
    /// So is this, but the store was not quiet for long enough to call it all.
    NotQuiet,
    /// It did not come to its end.
    Stopped(Stop),
}

/// How it is found what changed.
enum Trail {
    /// The source's history tells.
    History,
    /// Everything is read again and held against the ledger; afterwards the history goes on here.
    Everything(Option<Cursor>),
}

/// How many rows of the journal are read at a time.
const ROWS: usize = 500;

impl<'a> Voyage<'a> {
    /// Carries what changed.
    pub(super) async fn delta(&mut self, teller: &mut Teller) -> Result<Delta> {
        let before = self.run.counters.read;
        match self.found_out(teller).await {
            Ok(None) => {}
            Ok(Some(stop)) => return Ok(Delta::Stopped(stop)),
            Err(error) => return retry::only_for_now(error).map(|error| Delta::Stopped(Stop::Later(error))),
        }
        if self.is_not_quiet(self.run.counters.read > before) {
            return Ok(Delta::NotQuiet);
        }
        self.run.position.history = self.world.meanwhile.history().or(self.run.position.history.take());
        self.run.position.sent = None;
        Ok(Delta::Done)
    }

    async fn found_out(&mut self, teller: &mut Teller) -> Result<Option<Stop>> {
        let again = match self.changed(teller).await? {
            Ok(again) => again,
            Err(stop) => return Ok(Some(stop)),
        };
        if !again.is_empty() {
            let mapping = self.again().await?;
            let pages = Again::new(self.source.clone(), mapping, again, self.run.position.clone());
            if let Some(stop) = self.leg(Box::new(pages), false, teller).await? {
                return Ok(Some(stop));
            }
        }
        self.delete_gone(teller).await
    }

    /// Carries what the history tells; the passes that are to be read again, or why it stopped.
    async fn changed(&mut self, teller: &mut Teller) -> Result<std::result::Result<Vec<usize>, Stop>> {
        let goes_on = match self.trail().await? {
            Trail::Everything(goes_on) => goes_on,
            Trail::History => {
                let mapping = self.again().await?;
                let (position, now) = (self.run.position.clone(), self.world.clock.now());
                let known = (self.readers, self.world.meanwhile);
                let feed = Feed::new(self.source.clone(), mapping, known, position, self.moves_on(), now);
                if let Some(stop) = self.leg(Box::new(feed), true, teller).await? {
                    return Ok(Err(stop));
                }
                match self.world.meanwhile.take_forgotten() {
                    Some(goes_on) => Some(goes_on),
                    None => return Ok(Ok(self.world.meanwhile.again().into_iter().collect())),
                }
            }
        };
        self.meet_all(goes_on).await
    }

    /// Reads all keys, after which the history goes on elsewhere; then every pass is to be read again.
    async fn meet_all(&mut self, goes_on: Option<Cursor>) -> Result<std::result::Result<Vec<usize>, Stop>> {
        let passes = self.backfill.plan.passes.len();
        for pass in 0..passes {
            if let Some(stop) = self.meet(pass).await? {
                return Ok(Err(stop));
            }
        }
        goes_on.into_iter().for_each(|history| self.world.meanwhile.walked(history));
        Ok(Ok((0..passes).collect()))
    }

    /// Follows the history once to learn what is gone, before anything is carried: a record that has another key now
    /// must find the place of the old one free.
    async fn trail(&self) -> Result<Trail> {
        let history = self.run.position.history.clone().filter(|_| self.start != Start::Again);
        let Some(mut since) = history else {
            return Ok(Trail::Everything(self.backfill.history_now().await?));
        };
        loop {
            match self.source.changes(self.readers.shapes(), &since, ROWS).await? {
                Changes::StartOver { next, .. } => return Ok(Trail::Everything(Some(next))),
                Changes::Some { changes, next, more, .. } => {
                    let now = self.world.clock.now();
                    changes.iter().for_each(|change| self.world.meanwhile.note(change, self.readers, now));
                    if !more {
                        return Ok(Trail::History);
                    }
                    since = next;
                }
            }
        }
    }

    /// Maps records that were met before.
    async fn again(&self) -> Result<Mapping<'a>> {
        let mut mapping = self.mapping();
        (mapping.way, mapping.resumed) = (Way::Again, self.is_resumed_delta);
        mapping.set_aside = self.set_aside().await?;
        Ok(mapping)
    }

    /// Every record that is set aside.
    pub(super) async fn set_aside(&self) -> Result<HashSet<RecordId>> {
        let (journal, scope) = (self.backfill.journal, &self.world.lease.scope);
        let (mut set_aside, mut after) = (HashSet::new(), 0);
        loop {
            let rows = journal.quarantine(scope, after, ROWS).await?;
            let Some((last, _)) = rows.last() else { return Ok(set_aside) };
            after = *last;
            set_aside.extend(rows.into_iter().map(|(_, row)| row.record));
        }
    }

    /// Reads the keys of a pass alone, to know what of the ledger is gone before the rest is read. Where some of the
    /// rows cannot be read nobody knows which they are, and nothing counts as gone.
    async fn meet(&mut self, pass: usize) -> Result<Option<Stop>> {
        let Some(pass) = self.backfill.plan.passes.get(pass) else { return Ok(None) };
        let (journal, lease) = (self.backfill.journal, self.world.lease);
        let entity = &pass.shape.entity;
        let keys = Shape::of(entity.clone(), &[]);
        journal.unsee(lease, entity).await?;
        let mut after = None;
        let mut is_sure = true;
        loop {
            let wish = self.world.control.current();
            if wish.order != Order::Go {
                return Ok(Some(Stop::Order(wish.order)));
            }
            let page = self.source.page(&keys, after.as_ref(), wish.settings.page_records.max(1)).await?;
            is_sure &= page.rejected.iter().all(|one| one.reason != Reason::Unreadable);
            let rejected = page.rejected.into_iter().map(|one| RecordId { entity: one.entity, key: one.key });
            let seen = page.records.into_iter().map(|record| record.id).chain(rejected).collect();
            let (position, counters) = (self.run.position.clone(), self.run.counters);
            let saved = Saved { position, counters, seen, ..Saved::default() };
            journal.save(lease, &saved, self.world.clock.now()).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if is_sure {
            self.miss(entity).await?;
        }
        Ok(None)
    }

    /// What of the ledger was not met is gone.
    async fn miss(&self, entity: &str) -> Result<()> {
        let (journal, scope) = (self.backfill.journal, &self.world.lease.scope);
        let mut after = 0;
        loop {
            let rows = journal.unseen(scope, entity, after, ROWS).await?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = *last;
            rows.into_iter().for_each(|(_, row)| self.world.meanwhile.is_missing(row.source));
        }
    }

    async fn delete_gone(&mut self, teller: &mut Teller) -> Result<Option<Stop>> {
        let gone = self.world.meanwhile.gone();
        if gone.is_empty() {
            return Ok(None);
        }
        if let Some(why) = self.too_many(&gone).await? {
            return Ok(Some(Stop::Pause(why)));
        }
        let pages = Gone::new(self.again().await?, gone, self.run.position.clone());
        self.leg(Box::new(pages), false, teller).await
    }

    /// Why somebody has to agree before all of these are deleted.
    async fn too_many(&self, gone: &[RecordId]) -> Result<Option<String>> {
        let mut mapping = self.again().await?;
        let mut items = Vec::new();
        for some in gone.chunks(ROWS) {
            items.append(&mut mapping.gone(some).await?.items);
        }
        let limits = self.world.control.current().settings.deletes;
        self.world.guard.asks(limits, &items).await
    }

    /// Whether history counts as carried page by page: not while the store has to be quiet first, since what was too
    /// recent must be met again.
    fn moves_on(&self) -> bool {
        self.run.status >= Status::Complete || self.quiet().is_zero()
    }

    fn quiet(&self) -> Duration {
        let by_itself = if self.source.schema().is_mirrored() { QUIET } else { Duration::ZERO };
        self.world.control.current().settings.quiet.unwrap_or(by_itself)
    }

    fn is_not_quiet(&self, has_changed: bool) -> bool {
        let quiet = self.quiet();
        if self.run.status >= Status::Complete || quiet.is_zero() {
            return false;
        }
        let now = self.world.clock.now();
        let unknown = has_changed.then_some(now);
        let last = self.world.meanwhile.last().or(unknown).max(Some(self.run.started));
        last.is_some_and(|last| now.since(last) < quiet)
    }
}
