//! Faults by script: a target, or a journal, that does what another one does, except where the script says otherwise.

mod journal;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

pub use journal::{FaultyJournal, JournalFault};

use crate::error::{Error, ErrorKind, Result};
use crate::record::Name;
use crate::rules::Rules;
use crate::store::{Answer, Batches, Capabilities, Cursor, Found, Listing, Outcome, Refusal, Target, Write};

/// What goes wrong with one call of [`Target::write`].
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing: this call goes well.
    None,
    /// The target is overloaded: nothing happens, and every write may be tried again.
    Retry,
    /// The connection breaks before anything happens: the call fails.
    Drop,
    /// The writes happen, and the answer about each of them is lost.
    LoseAnswer,
    /// The writes happen, and the call fails.
    FailAfterwards,
    /// The call waits at the gate, then goes well.
    Hold(Gate),
}

/// Where a call waits until a test lets it go on.
#[derive(Clone, Debug)]
pub struct Gate(Arc<[Semaphore; 2]>);

/// A target with a script of faults: one for each call of [`Target::write`], then none.
pub struct Faulty<T> {
    target: T,
    script: Mutex<VecDeque<Fault>>,
    refused: BTreeMap<String, Refusal>,
}

impl Gate {
    /// A gate that is closed.
    pub fn closed() -> Self {
        Self(Arc::new([Semaphore::new(0), Semaphore::new(0)]))
    }

    /// Waits until a call has come to the gate.
    pub async fn reached(&self) {
        pass(&self.0[0]).await;
    }

    /// Lets one call go on.
    pub fn open(&self) {
        self.0[1].add_permits(1);
    }

    async fn wait(&self) {
        self.0[0].add_permits(1);
        pass(&self.0[1]).await;
    }
}

async fn pass(semaphore: &Semaphore) {
    // It is never closed: then there is no error.
    if let Ok(permit) = semaphore.acquire().await {
        permit.forget();
    }
}

impl<T: Target> Faulty<T> {
    /// What the target does, with these faults in the order of the calls.
    pub fn new(target: T, script: impl IntoIterator<Item = Fault>) -> Self {
        Self { target, script: Mutex::new(script.into_iter().collect()), refused: BTreeMap::new() }
    }

    /// Never takes a write to this address.
    #[must_use]
    pub fn refusing(mut self, address: &str, why: Refusal) -> Self {
        self.refused.insert(address.to_owned(), why);
        self
    }

    /// The target underneath, which has no faults.
    pub fn inner(&self) -> &T {
        &self.target
    }

    fn script(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        // Taking the next fault leaves nothing half done.
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write_with(&self, fault: Fault, writes: &[Write]) -> Result<Vec<Outcome>> {
        match fault {
            Fault::None => self.write_unless_refused(writes).await,
            Fault::Retry => Ok(vec![Outcome::Retry; writes.len()]),
            Fault::Drop => Err(lost()),
            Fault::LoseAnswer => {
                self.write_unless_refused(writes).await?;
                Ok(vec![Outcome::Unknown; writes.len()])
            }
            Fault::FailAfterwards => {
                self.write_unless_refused(writes).await?;
                Err(lost())
            }
            Fault::Hold(gate) => {
                gate.wait().await;
                self.write_unless_refused(writes).await
            }
        }
    }

    async fn write_unless_refused(&self, writes: &[Write]) -> Result<Vec<Outcome>> {
        let (bad, good): (Vec<_>, Vec<_>) = writes.iter().partition(|write| self.refused.contains_key(&write.address));
        let good: Vec<Write> = good.into_iter().cloned().collect();
        let stops_all = !bad.is_empty() && self.target.capabilities().batches == Batches::Atomic;
        let answers = if stops_all { vec![Outcome::Retry; good.len()] } else { self.target.write(&good).await? };
        let mut answers = answers.into_iter();
        let answer = |write: &Write| match self.refused.get(&write.address) {
            Some(why) => Outcome::Refused(why.clone()),
            None => answers.next().unwrap_or(Outcome::Unknown),
        };
        Ok(writes.iter().map(answer).collect())
    }
}

impl<T: Target> Target for Faulty<T> {
    fn rules(&self) -> &Rules {
        self.target.rules()
    }

    fn capabilities(&self) -> Capabilities {
        self.target.capabilities()
    }

    fn identity(&self) -> Answer<'_, Option<String>> {
        self.target.identity()
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        let fault = self.script().pop_front().unwrap_or(Fault::None);
        Box::pin(self.write_with(fault, writes))
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        self.target.look(addresses, fields)
    }

    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64> {
        self.target.count(collection)
    }

    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing> {
        self.target.list(collection, after, limit, fields)
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Io, "the connection to the target broke, as the script says; try again later")
}
