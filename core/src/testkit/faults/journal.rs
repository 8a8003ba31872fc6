//! A journal that fails by script.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::error::{Error, ErrorKind, Result};
use crate::journal::{
    Ask, Carried, Forget, Installation, Journal, Kept, Lease, Leased, Mark, Run, Saved, Scope, SetAside, StoreOwner,
};
use crate::record::{Name, RecordId, Timestamp};
use crate::store::Answer;

/// What goes wrong with one step of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalFault {
    /// Nothing: it goes well.
    None,
    /// There is no space left: nothing is written.
    DiskFull,
    /// The process ends before anything is written.
    CrashBefore,
    /// The process ends when everything is written, and nobody has heard of it yet.
    CrashAfter,
}

/// A journal with a script of faults: one for each call of [`Journal::begin`], [`Journal::save`],
/// [`Journal::unsee`] and [`Journal::keep_memo`], then none.
///
/// A crash is a call that is never answered, nor is any after it, as in a process that is no more. The test waits for
/// [`crashed`](Self::crashed), drops what was running, and goes on with the journal underneath.
pub struct FaultyJournal {
    journal: Arc<dyn Journal>,
    script: Mutex<VecDeque<JournalFault>>,
    is_dead: AtomicBool,
    death: Semaphore,
}

impl FaultyJournal {
    /// What the journal does, with these faults in the order of the calls.
    pub fn new(journal: Arc<dyn Journal>, script: impl IntoIterator<Item = JournalFault>) -> Self {
        let script = Mutex::new(script.into_iter().collect());
        Self { journal, script, is_dead: AtomicBool::new(false), death: Semaphore::new(0) }
    }

    /// Waits for the crash.
    pub async fn crashed(&self) {
        // It is never closed: then there is no error.
        drop(self.death.acquire().await);
    }

    fn next(&self) -> JournalFault {
        // Taking the next fault leaves nothing half done.
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.pop_front().unwrap_or(JournalFault::None)
    }

    async fn crash<T>(&self) -> Result<T> {
        self.is_dead.store(true, Ordering::SeqCst);
        self.death.add_permits(1);
        pending().await
    }

    /// A call that the script says nothing about.
    fn alive<'a, T: 'a>(&'a self, call: Answer<'a, T>) -> Answer<'a, T> {
        Box::pin(async move { if self.is_dead.load(Ordering::SeqCst) { pending().await } else { call.await } })
    }

    /// A call that is the next in the script.
    fn scripted<'a, T: Send + 'a>(&'a self, call: Answer<'a, T>) -> Answer<'a, T> {
        self.alive(Box::pin(async move {
            match self.next() {
                JournalFault::None => call.await,
                JournalFault::DiskFull => {
                    Err(Error::new(ErrorKind::Io, "there is no space left for the journal, as the script says"))
                }
                JournalFault::CrashBefore => self.crash().await,
                JournalFault::CrashAfter => {
                    call.await?;
                    self.crash().await
                }
            }
        }))
    }
}

impl Journal for FaultyJournal {
    fn installation(&self) -> &Installation {
        self.journal.installation()
    }

    fn own_store<'a>(&'a self, store: &'a str, owner: &'a str) -> Answer<'a, StoreOwner> {
        self.alive(self.journal.own_store(store, owner))
    }

    fn disown_store<'a>(&'a self, store: &'a str) -> Answer<'a, ()> {
        self.alive(self.journal.disown_store(store))
    }

    fn lease<'a>(&'a self, scope: &'a Scope, holder: &'a str, ask: Ask, now: Timestamp) -> Answer<'a, Leased> {
        self.alive(self.journal.lease(scope, holder, ask, now))
    }

    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp) -> Answer<'a, ()> {
        self.alive(self.journal.renew(lease, now))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        self.alive(self.journal.release(lease))
    }

    fn run<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Option<Run>> {
        self.alive(self.journal.run(scope))
    }

    fn scopes(&self) -> Answer<'_, Vec<Scope>> {
        self.alive(self.journal.scopes())
    }

    fn begin<'a>(&'a self, lease: &'a Lease, run: &'a Run) -> Answer<'a, ()> {
        self.scripted(self.journal.begin(lease, run))
    }

    fn save<'a>(&'a self, lease: &'a Lease, saved: &'a Saved, now: Timestamp) -> Answer<'a, ()> {
        self.scripted(self.journal.save(lease, saved, now))
    }

    fn carried<'a>(&'a self, scope: &'a Scope, of: &'a [(RecordId, u16)]) -> Answer<'a, Vec<Option<Carried>>> {
        self.alive(self.journal.carried(scope, of))
    }

    fn carried_by<'a>(&'a self, scope: &'a Scope, records: &'a [RecordId]) -> Answer<'a, Vec<Vec<Carried>>> {
        self.alive(self.journal.carried_by(scope, records))
    }

    fn carried_at<'a>(&'a self, scope: &'a Scope, addresses: &'a [String]) -> Answer<'a, Vec<Option<Carried>>> {
        self.alive(self.journal.carried_at(scope, addresses))
    }

    fn ledger<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<(u64, Carried)>> {
        self.alive(self.journal.ledger(scope, after, limit))
    }

    fn unseen<'a>(
        &'a self,
        scope: &'a Scope,
        entity: &'a str,
        after: u64,
        limit: usize,
    ) -> Answer<'a, Vec<(u64, Carried)>> {
        self.alive(self.journal.unseen(scope, entity, after, limit))
    }

    fn ledger_sizes<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Vec<(Name, u64)>> {
        self.alive(self.journal.ledger_sizes(scope))
    }

    fn unsee<'a>(&'a self, lease: &'a Lease, entity: &'a str) -> Answer<'a, ()> {
        self.scripted(self.journal.unsee(lease, entity))
    }

    fn owners<'a>(&'a self, scope: &'a Scope, marks: &'a [Mark]) -> Answer<'a, Vec<Option<RecordId>>> {
        self.alive(self.journal.owners(scope, marks))
    }

    fn quarantine<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<(u64, SetAside)>> {
        self.alive(self.journal.quarantine(scope, after, limit))
    }

    fn refused<'a>(&'a self, scope: &'a Scope, number: u64) -> Answer<'a, Vec<Kept>> {
        self.alive(self.journal.refused(scope, number))
    }

    fn drop_quarantined<'a>(&'a self, scope: &'a Scope, numbers: &'a [u64]) -> Answer<'a, ()> {
        self.alive(self.journal.drop_quarantined(scope, numbers))
    }

    fn memo<'a>(&'a self, owner: Option<&'a str>, name: &'a str) -> Answer<'a, Option<String>> {
        self.alive(self.journal.memo(owner, name))
    }

    fn keep_memo<'a>(&'a self, owner: Option<&'a str>, name: &'a str, text: Option<&'a str>) -> Answer<'a, ()> {
        self.scripted(self.journal.keep_memo(owner, name, text))
    }

    fn wipe<'a>(&'a self, owner: &'a str, forget: Forget, holder: &'a str, now: Timestamp) -> Answer<'a, ()> {
        self.alive(self.journal.wipe(owner, forget, holder, now))
    }
}
