//! What happened, as an app is told.

use rehome_core::phone::{Event, Outcome, What};
use rehome_core::record::Timestamp;
use rehome_core::steering::Kind;

/// Something that happened. No value of a user's record is in it.
#[derive(uniffi::Record)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: WhatHappened,
}

/// What happened: a closed set.
#[derive(uniffi::Enum)]
pub enum WhatHappened {
    /// A run begins to read the store.
    RunBegan,
    /// A run ended, for now or for good.
    RunEnded {
        /// What it came to.
        outcome: Outcome,
    },
    /// A run cannot go on until somebody has done something about it.
    RunFailed {
        /// The word for the kind of failure.
        kind: String,
        /// What happened, and what to do now.
        why: String,
    },
    /// A channel did not say what flags are: what was heard last counts.
    NotHeard {
        /// Which one.
        channel: FlagChannel,
        /// Why.
        why: String,
    },
    /// The journal was damaged, and lies here now. What is in Firestore already will be found by looking.
    JournalPutAside {
        /// Where it lies.
        path: String,
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

type FlagChannel = Kind;

#[uniffi::remote(Enum)]
pub enum FlagChannel {
    Remote,
    Stop,
    File,
}

impl From<Event> for Happened {
    fn from(Event { at, what }: Event) -> Self {
        let what = match what {
            What::RunBegan => WhatHappened::RunBegan,
            What::RunEnded { outcome } => WhatHappened::RunEnded { outcome: *outcome },
            What::RunFailed { kind, why } => WhatHappened::RunFailed { kind: kind.word().to_owned(), why },
            What::NotHeard { channel, why } => WhatHappened::NotHeard { channel, why },
            What::JournalPutAside { path } => {
                WhatHappened::JournalPutAside { path: path.to_string_lossy().into_owned() }
            }
            What::Copied { from } => WhatHappened::Copied { from },
            What::Lost { count } => WhatHappened::Lost { count },
        };
        Self { at, what }
    }
}
