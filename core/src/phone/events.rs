//! What happened, told to the app in batches. No value of a user's record is in it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::engine::Engine;
use super::outcome::Outcome;
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::record::Timestamp;
use crate::steering::Kind;
use crate::store::Answer;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened: a closed set.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A run begins to read the store.
    RunBegan,
    /// A run ended, for now or for good.
    RunEnded {
        /// What it came to.
        outcome: Box<Outcome>,
    },
    /// A run cannot go on until somebody has done something about it.
    RunFailed {
        /// The kind of failure.
        kind: ErrorKind,
        /// What happened, and what to do now.
        why: String,
    },
    /// A channel did not say what flags are: what was heard last counts.
    NotHeard {
        /// Which one.
        channel: Kind,
        /// Why.
        why: String,
    },
    /// The journal was damaged, and lies here now. What is in Firestore already will be found by looking.
    JournalPutAside {
        /// Where it lies.
        path: PathBuf,
    },
    /// This is a copy of another installation: a backup that was restored, a phone that was cloned.
    Copied {
        /// The other one's id.
        from: String,
    },
    /// So many events were not told, since nobody took them.
    Lost {
        /// How many.
        count: u64,
    },
}

/// Is told what happened.
pub trait Events: Send + Sync {
    /// Takes what happened since it was told last, in order. The next ones wait until this is done, for a while.
    fn happened(&self, events: Vec<Event>) -> Answer<'_, ()>;
}

/// How many wait at most; then the oldest are forgotten, and counted.
const MOST: usize = 256;
/// How long events are gathered.
const GATHERED_FOR: Duration = Duration::from_millis(250);
/// How long the app may take; after that the next ones are told.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);

/// Where what happens is gathered.
pub(super) struct Happenings {
    shared: Option<Arc<Shared>>,
    clock: Arc<dyn Clock>,
}

struct Shared {
    sink: Arc<dyn Events>,
    waiting: Mutex<Waiting>,
    some: Notify,
    /// How many were told.
    told: watch::Sender<u64>,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    lost: u64,
    /// How many there were in all.
    count: u64,
}

impl Happenings {
    pub(super) fn of(sink: Option<Arc<dyn Events>>, clock: Arc<dyn Clock>, engine: &Engine) -> Self {
        let shared = sink.map(|sink| {
            let (waiting, some, told) = (Mutex::default(), Notify::new(), watch::Sender::new(0));
            Arc::new(Shared { sink, waiting, some, told })
        });
        if let Some(shared) = shared.clone() {
            let clock = clock.clone();
            engine.spawn(async move { shared.keep_telling(&*clock).await });
        }
        Self { shared, clock }
    }

    pub(super) fn tell(&self, what: What) {
        let Some(shared) = &self.shared else { return };
        let event = Event { at: self.clock.now(), what };
        let mut waiting = shared.waiting();
        if waiting.events.len() == MOST {
            waiting.events.pop_front();
            waiting.lost += 1;
        }
        waiting.count += 1;
        waiting.events.push_back(event);
        drop(waiting);
        shared.some.notify_one();
    }

    /// Waits until what happened until now was told, or nobody takes it.
    pub(super) async fn flush(&self) {
        let Some(shared) = &self.shared else { return };
        let count = shared.waiting().count;
        let mut told = shared.told.subscribe();
        // The channel is part of what is held here.
        let _ = told.wait_for(|told| *told >= count).await;
    }
}

impl Shared {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn keep_telling(&self, clock: &dyn Clock) {
        loop {
            self.some.notified().await;
            clock.until(clock.elapsed().saturating_add(GATHERED_FOR)).await;
            let (events, count) = self.take(clock.now());
            if !events.is_empty() {
                let end = clock.elapsed().saturating_add(TAKEN_WITHIN);
                tokio::select! {
                    biased;
                    // An app that fails at it has had its chance.
                    _ = self.sink.happened(events) => {}
                    () = clock.until(end) => {}
                }
            }
            self.told.send_replace(count);
        }
    }

    fn take(&self, now: Timestamp) -> (Vec<Event>, u64) {
        let mut waiting = self.waiting();
        let lost = std::mem::take(&mut waiting.lost);
        let lost = (lost > 0).then_some(Event { at: now, what: What::Lost { count: lost } });
        (lost.into_iter().chain(waiting.events.drain(..)).collect(), waiting.count)
    }
}
