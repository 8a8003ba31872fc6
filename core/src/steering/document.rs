//! A document in the target that stops what is under way, or slows it, and does nothing else.

use futures_util::stream;
use tokio::sync::watch;

use super::channel::{Channel, Kind, Signs};
use crate::clock::Clock;
use crate::error::Result;
use crate::record::{Map, Value};
use crate::rollout::Values;
use crate::store::{Answer, Target};

/// A second way to stop, which does not depend on Remote Config: a document whose fields are `stop` and `reason`, or
/// flags by their names. It is read by whoever carries, and written by operators alone, as `firestore.rules` has it.
pub struct StopDocument<'a> {
    target: &'a dyn Target,
    clock: &'a dyn Clock,
    address: String,
    signs: Option<watch::Receiver<()>>,
}

impl<'a> StopDocument<'a> {
    /// Where it is unless the app says otherwise.
    pub const ADDRESS: &'static str = "rehome/stop";

    /// The document at an address of a target.
    pub fn at(target: &'a dyn Target, clock: &'a dyn Clock, address: impl Into<String>) -> Self {
        Self { target, clock, address: address.into(), signs: None }
    }

    /// The same with somebody who watches it, and says so whenever it may have changed.
    #[must_use]
    pub fn watched(self, signs: watch::Receiver<()>) -> Self {
        Self { signs: Some(signs), ..self }
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
        let Some(signs) = self.signs.clone() else { return Box::pin(stream::pending()) };
        Box::pin(stream::unfold(signs, |mut signs| async move { signs.changed().await.ok().map(|()| ((), signs)) }))
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
