//! The end of a process, at any moment that a test chooses.

use std::future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::error::Result;
use crate::record::Name;
use crate::rules::Rules;
use crate::store::{Answer, Capabilities, Cursor, Found, Listing, Outcome, Target, Write};

/// How many more moments a process lives: each thing that has an effect outside has one before it and one after.
#[derive(Debug)]
pub struct Life {
    left: AtomicUsize,
    ended: Semaphore,
}

impl Life {
    /// A life of so many moments.
    pub fn of(moments: usize) -> Self {
        Self { left: AtomicUsize::new(moments), ended: Semaphore::new(0) }
    }

    /// Runs a process until it comes to its end, or its life does; none then, and nothing of it is left.
    pub async fn run<T>(&self, process: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            _ = self.ended.acquire() => None,
            done = process => Some(done),
        }
    }

    /// A moment passes; the last one never does.
    pub async fn moment(&self) {
        let lives = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if lives.is_err() {
            self.ended.add_permits(1);
            future::pending::<()>().await;
        }
    }
}

/// A target that a process with such a life talks to.
pub struct Mortal<'a, T> {
    target: &'a T,
    life: &'a Life,
    /// Each call takes another time than the one before it.
    delays: AtomicUsize,
    /// The address of each write that happened, one that happened twice twice.
    happened: &'a Mutex<Vec<String>>,
}

impl<'a, T: Target> Mortal<'a, T> {
    /// What the target does, as long as the process lives; `seed` varies which of several calls is answered first.
    pub fn new(target: &'a T, life: &'a Life, seed: usize, happened: &'a Mutex<Vec<String>>) -> Self {
        Self { target, life, delays: AtomicUsize::new(seed), happened }
    }

    fn note(&self, writes: &[Write], answer: &Result<Vec<Outcome>>) {
        let outcomes = answer.iter().flatten();
        let durable = writes.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Durable(_)));
        let mut happened = self.happened.lock().unwrap_or_else(PoisonError::into_inner);
        happened.extend(durable.map(|(write, _)| write.address.clone()));
    }

    async fn wait(&self) {
        let delay = self.delays.fetch_add(7, Ordering::SeqCst) % 5;
        for _ in 0..delay {
            tokio::task::yield_now().await;
        }
    }
}

impl<T: Target> Target for Mortal<'_, T> {
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
        Box::pin(async move {
            self.life.moment().await;
            self.wait().await;
            let answer = self.target.write(writes).await;
            self.note(writes, &answer);
            self.life.moment().await;
            answer
        })
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        Box::pin(async move {
            self.life.moment().await;
            self.wait().await;
            self.target.look(addresses, fields).await
        })
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
