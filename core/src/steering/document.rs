//! A document in the target that stops what is under way, or slows it, and does nothing else.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use futures_util::stream;

use super::channel::{Channel, Kind, Signs};
use crate::backfill::{Retries, wait};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::record::{Map, Value};
use crate::rollout::Values;
use crate::store::{Answer, Lookout, Target};

/// A second way to stop, which does not depend on Remote Config: a document whose fields are `stop` and `reason`, or
/// flags by their names. It is read by whoever carries, and written by operators alone, as `firestore.rules` has it.
///
/// Where its target has a [`Lookout`] it is listened to as long as somebody follows it: while a run is under way, or
/// waits to be allowed.
pub struct StopDocument<'a> {
    target: &'a dyn Target,
    clock: &'a dyn Clock,
    address: String,
}

impl<'a> StopDocument<'a> {
    /// Where it is unless the app says otherwise.
    pub const ADDRESS: &'static str = "rehome/stop";

    /// The document at an address of a target.
    pub fn at(target: &'a dyn Target, clock: &'a dyn Clock, address: impl Into<String>) -> Self {
        Self { target, clock, address: address.into() }
    }

    async fn look(&self) -> Result<Option<Values>> {
        let found = self.target.look(std::slice::from_ref(&self.address), None).await?;
        let found = found.into_iter().next().flatten();
        Ok(found.map(|found| Values { fetched_at: Some(self.clock.now()), ..values(&found.fields) }))
    }
}

impl Channel for StopDocument<'_> {
    fn kind(&self) -> Kind {
        Kind::Stop
    }

    fn ask(&self) -> Answer<'_, Option<Values>> {
        Box::pin(self.look())
    }

    fn signs(&self) -> Signs<'_> {
        match self.target.lookout(&self.address) {
            Some(lookout) => Box::pin(stream::unfold(Listener::new(lookout, self.clock), Listener::sign)),
            None => Box::pin(stream::pending()),
        }
    }
}

/// Listens for as long as the document matters, and takes it up again whenever it breaks off. Meanwhile the document is
/// asked, so that nobody has to know why.
struct Listener<'a> {
    lookout: Box<dyn Lookout + 'a>,
    clock: &'a dyn Clock,
    since: Duration,
    /// How often in a row it broke off before it had lasted.
    failures: u32,
    chances: RandomState,
}

/// It never gives up; what breaks off each time is taken up about as often as the document is asked.
const AGAIN: Retries =
    Retries { attempts: u32::MAX, first_wait: Duration::from_secs(1), longest_wait: Kind::Stop.asked_every() };

impl<'a> Listener<'a> {
    fn new(lookout: Box<dyn Lookout + 'a>, clock: &'a dyn Clock) -> Self {
        Self { lookout, clock, since: clock.elapsed(), failures: 0, chances: RandomState::new() }
    }

    async fn sign(mut self) -> Option<((), Self)> {
        while let Err(error) = self.lookout.changed().await {
            self.rest(&error).await;
        }
        Some(((), self))
    }

    /// Servers end what they are listened through now and then; what breaks off soon each time is not tried all the time.
    async fn rest(&mut self, error: &Error) {
        let now = self.clock.elapsed();
        let has_lasted = now.saturating_sub(self.since) >= AGAIN.longest_wait;
        self.failures = if has_lasted { 1 } else { self.failures.saturating_add(1) };
        let chance = self.chances.hash_one(self.failures) as f64 / u64::MAX as f64;
        let rest = wait(&AGAIN, self.failures, chance, error.retry_after());
        self.clock.until(now.saturating_add(rest)).await;
        self.since = self.clock.elapsed();
    }
}

/// A document's fields as texts. What cannot be one counts as something unreadable, and that as the strictest.
fn values(fields: &Map) -> Values {
    let text = |value: &Value| match value {
        Value::Bool(on) => on.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::String(text) => text.clone(),
        other => format!("{:?}", other.kind()),
    };
    Values::of(fields.iter().map(|(name, value)| (name.as_str(), text(value))))
}
