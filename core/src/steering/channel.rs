//! Who says what flags are, and how soon it is obeyed.

use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{self, Stream};

use crate::error::Result;
use crate::rollout::Values;
use crate::store::Answer;

/// A channel that says what flags are.
pub trait Channel: Send + Sync {
    /// Which kind it is of.
    fn kind(&self) -> Kind;

    /// What it says by what is known here already, asking nobody; none where nothing is known.
    ///
    /// # Errors
    /// Where what is here cannot be read.
    fn known(&self) -> Result<Option<Values>> {
        Ok(None)
    }

    /// Asks what it says now; none where it says nothing.
    fn ask(&self) -> Answer<'_, Option<Values>>;

    /// Signs that it may say something new: each is followed by asking. Where there is none, it is asked now and then.
    fn signs(&self) -> Signs<'_> {
        Box::pin(stream::pending())
    }
}

/// Signs that a channel may say something new.
pub type Signs<'a> = Pin<Box<dyn Stream<Item = ()> + Send + 'a>>;

/// The kinds of channels.
///
/// Each stops a run within a stated time, as long as it answers: from the moment when the stop can be read to the last
/// request that begins. What is under way then is still answered, within the settings' timeout.
///
/// | kind | asked every | answers within | a stop is obeyed within |
/// |---|---|---|---|
/// | Remote Config | 300 s, and at every sign | 60 s | 360 s; with a stream that is open, as soon as that tells |
/// | stop document | 30 s, and at every sign | 15 s | 45 s; where its target has a lookout, as soon as that tells |
/// | file | 1 s | 1 s | 2 s |
///
/// A phone that cannot reach a channel goes on by what it heard last. One that can reach none writes nothing either,
/// where the stop document is in the very target that it writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Remote Config.
    Remote,
    /// A document that only ever tightens.
    Stop,
    /// A file beside the app, for development.
    File,
}

impl Kind {
    /// How often it is asked while a run is under way.
    pub const fn asked_every(self) -> Duration {
        match self {
            Kind::Remote => Duration::from_secs(300),
            Kind::Stop => Duration::from_secs(30),
            Kind::File => Duration::from_secs(1),
        }
    }

    /// Within which time it answers, or is asked again later.
    pub const fn answers_within(self) -> Duration {
        match self {
            Kind::Remote => Duration::from_secs(60),
            Kind::Stop => Duration::from_secs(15),
            Kind::File => Duration::from_secs(1),
        }
    }

    /// Within which time a stop is obeyed.
    pub const fn obeyed_within(self) -> Duration {
        self.asked_every().saturating_add(self.answers_within())
    }
}
