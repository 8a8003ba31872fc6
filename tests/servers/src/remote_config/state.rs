//! Everything that the server knows, behind one lock, and what it has counted.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use super::asked::{Asked, Seen};
use super::installations::Installations;
use super::reply::{Reply, Trouble};
use super::streams::Streams;
use super::template::{Templates, Update};
use super::{admin, client};

/// What the server has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    asked: BTreeMap<Asked, u64>,
    /// How many streams are open.
    pub streams: u64,
}

impl Tally {
    /// How many requests of this kind came.
    pub fn of(&self, asked: Asked) -> u64 {
        self.asked.get(&asked).copied().unwrap_or_default()
    }

    /// How many requests came.
    pub fn all(&self) -> u64 {
        self.asked.values().sum()
    }
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) tally: watch::Sender<Tally>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) templates: Templates,
    pub(super) server_template: Option<Value>,
    /// The conditions that hold for clients.
    pub(super) holding: Vec<String>,
    pub(super) disabled: bool,
    /// Headers that a client has to send for its key to be good.
    pub(super) restrictions: Vec<(String, String)>,
    pub(super) installations: Installations,
    pub(super) streams: Streams,
    pub(super) troubles: HashMap<Asked, VecDeque<Trouble>>,
    /// Told whenever everything is to be well again.
    recovered: watch::Sender<()>,
    pub(super) seen: Vec<(Asked, Seen)>,
}

/// Hears that everything is well again, also if that was said before anybody waits.
pub(super) struct Recovery(watch::Receiver<()>);

impl Recovery {
    pub(super) async fn heard(mut self) {
        // The sender lives as long as the server.
        let _ = self.0.changed().await;
    }
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked has failed, and the others know nothing of it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, template: Value, update: Update) -> Result<u64, String> {
        self.state().publish(template, &update)
    }

    pub(super) fn close_streams(&self, broken: bool) {
        self.state().streams.close(broken);
        self.count_streams();
    }

    pub(super) fn recover(&self) {
        let mut state = self.state();
        state.troubles.clear();
        // Under the lock: whatever was taken before waits for this, and nothing is taken in between.
        state.recovered.send_replace(());
    }

    /// Notes a request, and says what is to go wrong with it, and what tells that nothing is to any more.
    pub(super) fn note(&self, asked: Asked, seen: &Seen) -> Option<(Trouble, Recovery)> {
        let mut state = self.state();
        state.seen.push((asked, seen.clone()));
        let trouble = state.troubles.get_mut(&asked).and_then(VecDeque::pop_front);
        let trouble = trouble.map(|trouble| (trouble, Recovery(state.recovered.subscribe())));
        drop(state);
        // Last: who waits for the request to be counted may let everything be well at once, and that must be heard.
        self.tally.send_modify(|tally| *tally.asked.entry(asked).or_default() += 1);
        trouble
    }

    pub(super) fn answer(&self, asked: Asked, seen: &Seen) -> Reply {
        let reply = self.state().answer(asked, seen);
        self.count_streams();
        reply
    }

    /// Tells those who wait how many streams are open.
    pub(super) fn count_streams(&self) {
        // Told under the lock: an older count never comes last.
        let mut state = self.state();
        let streams = state.streams.count();
        self.tally.send_if_modified(|tally| std::mem::replace(&mut tally.streams, streams) != streams);
    }
}

impl State {
    fn answer(&mut self, asked: Asked, seen: &Seen) -> Reply {
        match asked {
            Asked::CreateInstallation | Asked::GenerateToken | Asked::Fetch | Asked::Stream => {
                client::turned_away(self, seen).unwrap_or_else(|| match asked {
                    Asked::CreateInstallation => self.installations.create(seen),
                    Asked::GenerateToken => self.installations.renew(seen),
                    Asked::Fetch => client::fetch(self, seen),
                    _ => client::stream(self, seen),
                })
            }
            _ => admin::answer(self, asked, seen),
        }
    }
}
