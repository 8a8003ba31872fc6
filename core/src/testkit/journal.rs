//! A journal in memory, which can be told to fail.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::journal::{
    Ask, Carried, Forget, Installation, Journal, Kept, Lease, Leased, Mark, Quarantined, Run, STUCK_AFTER, Saved,
    Scope, SetAside, StoreOwner,
};
use crate::record::{Name, RecordId, Timestamp};
use crate::store::Answer;
use crate::testkit::mortal::Life;

/// A journal in memory, for tests that try many runs.
pub struct MemoryJournal {
    installation: Installation,
    life: Mutex<Option<Arc<Life>>>,
    state: Mutex<State>,
}

#[derive(Clone, Default)]
struct State {
    owners: HashMap<String, String>,
    /// By owner and name.
    memos: HashMap<(Option<String>, String), String>,
    scopes: Vec<(Scope, Book)>,
    epochs: u64,
    failing: Option<ErrorKind>,
    saves: u64,
}

#[derive(Clone, Default)]
struct Book {
    holder: Option<(String, u64)>,
    heartbeat: Option<Timestamp>,
    run: Option<Run>,
    numbers: u64,
    /// By number; with the reading in which the record was met.
    ledger: BTreeMap<u64, (Carried, u64)>,
    readings: HashMap<String, u64>,
    marks: HashMap<Mark, RecordId>,
    quarantine: BTreeMap<u64, Quarantined>,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        let installation = Installation { id: "test".to_owned(), copied_from: None };
        Self { installation, life: Mutex::default(), state: Mutex::default() }
    }
}

impl MemoryJournal {
    /// One of another installation.
    pub fn of(installation: &str) -> Self {
        let installation = Installation { id: installation.to_owned(), copied_from: None };
        Self { installation, life: Mutex::default(), state: Mutex::default() }
    }

    /// Fails every step and memo that is to be kept from now on in this way, or none.
    pub fn fail(&self, with: Option<ErrorKind>) {
        self.state().failing = with;
    }

    /// Is written by a process with such a life from now on.
    pub fn written_by(&self, life: Arc<Life>) {
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = Some(life);
    }

    async fn moment(&self) {
        let life = self.life.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(life) = life {
            life.moment().await;
        }
    }

    /// How many steps were saved.
    pub fn saves(&self) -> u64 {
        self.state().saves
    }

    fn save_now(&self, lease: &Lease, saved: &Saved, now: Timestamp) -> Result<()> {
        let mut state = self.state();
        state.can_write()?;
        state.saves += 1;
        state.leased(lease)?.save(saved, now);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<'a, T: Default + Send + 'a>(
        &'a self,
        scope: &'a Scope,
        read: impl FnOnce(&Book) -> T + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move { Ok(self.state().book(scope).map(|book| read(book)).unwrap_or_default()) })
    }
}

impl State {
    fn can_write(&self) -> Result<()> {
        let cannot = |kind| Err(Error::new(kind, "the journal cannot be written, as the test says"));
        self.failing.map_or(Ok(()), cannot)
    }

    fn book(&mut self, scope: &Scope) -> Option<&mut Book> {
        self.scopes.iter_mut().find(|(of, _)| of == scope).map(|(_, book)| book)
    }

    fn leased(&mut self, lease: &Lease) -> Result<&mut Book> {
        let fenced = || Error::new(ErrorKind::Fenced, "another process has taken over");
        let book = self.book(&lease.scope).ok_or_else(fenced)?;
        let holds = book.holder.as_ref().is_some_and(|(by, epoch)| *by == lease.holder && *epoch == lease.epoch);
        if holds { Ok(book) } else { Err(fenced()) }
    }
}

impl Book {
    /// Who has the lease so that this holder may not follow yet.
    fn held_against(&self, holder: &str, patience: Duration, now: Timestamp) -> Option<(String, Timestamp)> {
        let ((by, _), heartbeat) = self.holder.as_ref().zip(self.heartbeat)?;
        (by != holder && now.since(heartbeat) < patience).then(|| (by.clone(), heartbeat))
    }

    fn begin(&mut self, run: &Run) {
        if self.run.as_ref().is_some_and(|before| before.target != run.target || before.store != run.store) {
            self.ledger.clear();
            self.readings.clear();
            self.marks.clear();
        }
        self.run = Some(run.clone());
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn row(&self, id: &RecordId, slot: u16) -> Option<u64> {
        let is_it = |(_, (row, _)): &(&u64, &(Carried, u64))| row.slot == slot && row.source == *id;
        self.ledger.iter().find(is_it).map(|(number, _)| *number)
    }

    fn reading(&self, entity: &str) -> u64 {
        self.readings.get(entity).copied().unwrap_or_default()
    }

    fn save(&mut self, saved: &Saved, now: Timestamp) {
        if let Some(run) = &mut self.run {
            run.status = saved.status.unwrap_or(run.status);
            run.paused.clone_from(&saved.paused);
            run.position = saved.position.clone();
            run.counters = saved.counters;
            if run.status.is_settled() && run.finished.is_none() {
                run.finished = Some(now);
            }
        }
        self.heartbeat = Some(now);
        for row in &saved.carried {
            let number = self.row(&row.source, row.slot).unwrap_or_else(|| self.number());
            self.ledger.insert(number, (row.clone(), self.reading(&row.source.entity)));
        }
        for id in &saved.seen {
            let reading = self.reading(&id.entity);
            let rows = self.ledger.values_mut().filter(|(row, _)| row.source == *id);
            rows.for_each(|row| row.1 = reading);
        }
        for (id, slot) in &saved.forgotten {
            let number = self.row(id, *slot);
            number.map(|number| self.ledger.remove(&number));
        }
        self.marks.extend(saved.marks.iter().cloned());
        let is = |one: &Quarantined, id: &RecordId| one.rejection.entity == id.entity && one.rejection.key == id.key;
        self.quarantine.retain(|_, one| !saved.released.iter().any(|id| is(one, id)));
        for one in &saved.quarantined {
            let id = RecordId { entity: one.rejection.entity.clone(), key: one.rejection.key.clone() };
            let before = self.quarantine.iter().find(|(_, before)| is(before, &id)).map(|(number, _)| *number);
            let number = before.unwrap_or_else(|| self.number());
            self.quarantine.insert(number, one.clone());
        }
    }
}

fn page<'b, T: Clone + 'b>(rows: impl Iterator<Item = (&'b u64, &'b T)>, limit: usize) -> Vec<(u64, T)> {
    rows.take(limit).map(|(number, row)| (*number, row.clone())).collect()
}

impl Journal for MemoryJournal {
    fn installation(&self) -> &Installation {
        &self.installation
    }

    fn own_store<'a>(&'a self, store: &'a str, owner: &'a str) -> Answer<'a, StoreOwner> {
        Box::pin(async move {
            let mut state = self.state();
            let has = state.owners.entry(store.to_owned()).or_insert_with(|| owner.to_owned());
            Ok(if has == owner { StoreOwner::Yours } else { StoreOwner::Another(has.clone()) })
        })
    }

    fn disown_store<'a>(&'a self, store: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.state().owners.remove(store);
            Ok(())
        })
    }

    fn lease<'a>(&'a self, scope: &'a Scope, holder: &'a str, ask: Ask, now: Timestamp) -> Answer<'a, Leased> {
        Box::pin(async move {
            let mut state = self.state();
            state.epochs += 1;
            let epoch = state.epochs;
            if state.book(scope).is_none() {
                state.scopes.push((scope.clone(), Book::default()));
            }
            let Some(book) = state.book(scope) else { return Err(Error::new(ErrorKind::Bug, "no scope")) };
            if let Ask::Unheard(patience) = ask
                && let Some((by, heartbeat)) = book.held_against(holder, patience, now)
            {
                return Ok(Leased::Held { by, heartbeat });
            }
            book.holder = Some((holder.to_owned(), epoch));
            book.heartbeat = Some(now);
            Ok(Leased::Yours(Lease { scope: scope.clone(), holder: holder.to_owned(), epoch }))
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp) -> Answer<'a, ()> {
        Box::pin(async move {
            self.state().leased(lease)?.heartbeat = Some(now);
            Ok(())
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        Box::pin(async move {
            self.state().leased(lease)?.holder = None;
            Ok(())
        })
    }

    fn run<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Option<Run>> {
        self.read(scope, |book| book.run.clone())
    }

    fn scopes(&self) -> Answer<'_, Vec<Scope>> {
        Box::pin(async {
            let state = self.state();
            let has_run = state.scopes.iter().filter(|(_, book)| book.run.is_some());
            Ok(has_run.map(|(scope, _)| scope.clone()).collect())
        })
    }

    fn begin<'a>(&'a self, lease: &'a Lease, run: &'a Run) -> Answer<'a, ()> {
        Box::pin(async move {
            self.moment().await;
            self.state().leased(lease)?.begin(run);
            self.moment().await;
            Ok(())
        })
    }

    fn save<'a>(&'a self, lease: &'a Lease, saved: &'a Saved, now: Timestamp) -> Answer<'a, ()> {
        Box::pin(async move {
            self.moment().await;
            self.save_now(lease, saved, now)?;
            self.moment().await;
            Ok(())
        })
    }

    fn carried<'a>(&'a self, scope: &'a Scope, of: &'a [(RecordId, u16)]) -> Answer<'a, Vec<Option<Carried>>> {
        Box::pin(async move {
            let mut state = self.state();
            let Some(book) = state.book(scope) else { return Ok(vec![None; of.len()]) };
            let row = |(id, slot): &(RecordId, u16)| Some(book.ledger.get(&book.row(id, *slot)?)?.0.clone());
            Ok(of.iter().map(row).collect())
        })
    }

    fn carried_by<'a>(&'a self, scope: &'a Scope, records: &'a [RecordId]) -> Answer<'a, Vec<Vec<Carried>>> {
        Box::pin(async move {
            let mut state = self.state();
            let Some(book) = state.book(scope) else { return Ok(vec![Vec::new(); records.len()]) };
            let rows = |id: &RecordId| {
                let rows = book.ledger.values().map(|(row, _)| row).filter(|row| row.source == *id);
                let mut rows: Vec<Carried> = rows.cloned().collect();
                rows.sort_by_key(|row| row.slot);
                rows
            };
            Ok(records.iter().map(rows).collect())
        })
    }

    fn carried_at<'a>(&'a self, scope: &'a Scope, addresses: &'a [String]) -> Answer<'a, Vec<Option<Carried>>> {
        Box::pin(async move {
            let mut state = self.state();
            let Some(book) = state.book(scope) else { return Ok(vec![None; addresses.len()]) };
            let row = |address: &String| {
                let rows = book.ledger.values().rev().map(|(row, _)| row);
                rows.into_iter().find(|row| row.address == *address).cloned()
            };
            Ok(addresses.iter().map(row).collect())
        })
    }

    fn ledger<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<(u64, Carried)>> {
        self.read(scope, move |book| {
            let rows = page(book.ledger.range(after + 1..), limit);
            rows.into_iter().map(|(number, (row, _))| (number, row)).collect()
        })
    }

    fn unseen<'a>(
        &'a self,
        scope: &'a Scope,
        entity: &'a str,
        after: u64,
        limit: usize,
    ) -> Answer<'a, Vec<(u64, Carried)>> {
        self.read(scope, move |book| {
            let reading = book.reading(entity);
            let rows = book.ledger.range(after + 1..);
            let rows = rows.filter(|(_, (row, seen))| *row.source.entity == *entity && *seen != reading);
            page(rows, limit).into_iter().map(|(number, (row, _))| (number, row)).collect()
        })
    }

    fn ledger_sizes<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Vec<(Name, u64)>> {
        self.read(scope, move |book| {
            let mut sizes = BTreeMap::new();
            book.ledger.values().for_each(|(row, _)| *sizes.entry(row.source.entity.clone()).or_default() += 1);
            sizes.into_iter().collect()
        })
    }

    fn unsee<'a>(&'a self, lease: &'a Lease, entity: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            *self.state().leased(lease)?.readings.entry(entity.to_owned()).or_default() += 1;
            Ok(())
        })
    }

    fn owners<'a>(&'a self, scope: &'a Scope, marks: &'a [Mark]) -> Answer<'a, Vec<Option<RecordId>>> {
        Box::pin(async move {
            let mut state = self.state();
            let Some(book) = state.book(scope) else { return Ok(vec![None; marks.len()]) };
            Ok(marks.iter().map(|mark| book.marks.get(mark).cloned()).collect())
        })
    }

    fn quarantine<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<(u64, SetAside)>> {
        self.read(scope, move |book| {
            let rows = book.quarantine.range(after + 1..).take(limit);
            rows.map(|(number, one)| (*number, SetAside::from(one))).collect()
        })
    }

    fn refused<'a>(&'a self, scope: &'a Scope, number: u64) -> Answer<'a, Vec<Kept>> {
        self.read(scope, move |book| book.quarantine.get(&number).map_or_else(Vec::new, |one| one.documents.clone()))
    }

    fn drop_quarantined<'a>(&'a self, scope: &'a Scope, numbers: &'a [u64]) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut state = self.state();
            let book = state.book(scope);
            book.into_iter().for_each(|book| book.quarantine.retain(|number, _| !numbers.contains(number)));
            Ok(())
        })
    }

    fn memo<'a>(&'a self, owner: Option<&'a str>, name: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            let named = (owner.map(str::to_owned), name.to_owned());
            Ok(self.state().memos.get(&named).cloned())
        })
    }

    fn keep_memo<'a>(&'a self, owner: Option<&'a str>, name: &'a str, text: Option<&'a str>) -> Answer<'a, ()> {
        Box::pin(async move {
            let named = (owner.map(str::to_owned), name.to_owned());
            let mut state = self.state();
            state.can_write()?;
            match text {
                Some(text) => state.memos.insert(named, text.to_owned()),
                None => state.memos.remove(&named),
            };
            Ok(())
        })
    }

    fn wipe<'a>(&'a self, owner: &'a str, forget: Forget, holder: &'a str, now: Timestamp) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut state = self.state();
            let is_held = |(scope, book): &(Scope, Book)| {
                scope.owner.as_deref() == Some(owner) && book.held_against(holder, STUCK_AFTER, now).is_some()
            };
            if state.scopes.iter().any(is_held) {
                return Err(Error::new(ErrorKind::Busy, "somebody is at work for this owner"));
            }
            state.scopes.retain(|(scope, _)| scope.owner.as_deref() != Some(owner));
            state.memos.retain(|(of, _), _| of.as_deref() != Some(owner));
            if forget == Forget::Everything {
                state.owners.retain(|_, has| has != owner);
            }
            Ok(())
        })
    }
}
