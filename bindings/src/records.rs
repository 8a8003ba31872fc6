//! What comes back of a run, by value. Types of core are repeated here as they are; one that changes there does not
//! compile here.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use rehome_core::journal::{Counters, SetAside, Status};
use rehome_core::phone::{self, Conditions, Ending, MigrationState, Outcome, Phase, Progress, SignOut, Start};
use rehome_core::record::Timestamp;

uniffi::custom_type!(Timestamp, SystemTime, {
    remote,
    lower: |moment| crate::records::system_time(moment),
    try_lift: |time| Ok(crate::records::timestamp(time)),
});

/// How the device is, as far as the app can tell.
#[derive(Clone, Copy, uniffi::Record)]
pub struct DeviceConditions {
    /// The network is paid for by what goes over it.
    pub metered: bool,
    /// The battery is low.
    pub low_battery: bool,
    /// Nobody looks at the app.
    pub background: bool,
}

#[uniffi::remote(Enum)]
pub enum Phase {
    Starting,
    Carrying,
    CatchingUp,
    Ended,
}

#[uniffi::remote(Enum)]
pub enum Status {
    Pending,
    Running,
    Complete,
    Verified,
    Sealed,
    Forced,
    RolledBack,
}

#[uniffi::remote(Enum)]
pub enum Start {
    Resume,
    Allow,
    Again,
    Anew,
}

#[uniffi::remote(Enum)]
pub enum SignOut {
    KeepWhatIsSetAside,
    DropWhatIsSetAside,
}

#[uniffi::remote(Enum)]
pub enum Ending {
    Complete,
    Closed,
    Outside,
    Stopped,
    Forced,
    Paused,
    Cancelled,
    Suspended,
    Waiting,
    NotQuiet,
    Later,
    AlreadyRunning,
}

#[uniffi::remote(Record)]
pub struct Counters {
    pub read: u64,
    pub carried: u64,
    pub already_there: u64,
    pub newer_there: u64,
    pub deleted_there: u64,
    pub left_out: u64,
    pub quarantined: u64,
    pub created: u64,
    pub replaced: u64,
    pub deleted: u64,
    pub bytes: u64,
    pub billed_writes: u64,
    pub billed_reads: u64,
    pub billed_deletes: u64,
    pub retries: u64,
}

#[uniffi::remote(Record)]
pub struct Progress {
    pub phase: Phase,
    pub counters: Counters,
    pub expected: Option<u64>,
    pub operations: Option<u64>,
    pub rate: f64,
    pub left: Option<Duration>,
}

#[uniffi::remote(Record)]
pub struct Outcome {
    pub ending: Ending,
    pub why: Option<String>,
    pub status: Option<Status>,
    pub generation: u32,
    pub counters: Counters,
}

#[uniffi::remote(Record)]
pub struct MigrationState {
    pub status: Status,
    pub generation: u32,
    pub started_at: Option<Timestamp>,
    pub heartbeat_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub paused: Option<String>,
    pub counters: Counters,
    pub is_under_way: bool,
    pub is_stuck: bool,
}

/// What a migration has come to.
#[derive(uniffi::Record)]
pub struct MigrationStatistics {
    /// How it stands.
    pub state: MigrationState,
    /// From its beginning to its end, or to when it was heard of last.
    pub duration: Option<Duration>,
    /// What is set aside, by the word for the reason.
    pub set_aside: HashMap<String, u64>,
    /// Documents carried, by the entity of their records.
    pub carried: HashMap<String, u64>,
}

/// A record that could not be moved: which, and why; never its values.
#[derive(uniffi::Record)]
pub struct SetAsideRecord {
    /// Its number.
    pub number: u64,
    /// The record's entity.
    pub entity: String,
    /// The record's key in the store.
    pub key: String,
    /// The column in the store, or the field in the target, that is at fault, where one is.
    pub column: Option<String>,
    /// The word for why.
    pub reason: String,
    /// What was found and what was expected, in words and numbers.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

/// A document that Firestore refused, with the user's values.
#[derive(uniffi::Record)]
pub struct RefusedDocument {
    /// Where it was to go.
    pub path: String,
    /// The document: `{"path": …, "id": …, "data": {…}}`.
    pub json: String,
}

impl From<DeviceConditions> for Conditions {
    fn from(DeviceConditions { metered, low_battery, background }: DeviceConditions) -> Self {
        Self { metered, low_battery, background }
    }
}

impl From<phone::Statistics> for MigrationStatistics {
    fn from(phone::Statistics { state, duration, set_aside, carried }: phone::Statistics) -> Self {
        Self { state, duration, set_aside: set_aside.into_iter().collect(), carried: carried.into_iter().collect() }
    }
}

impl From<(u64, SetAside)> for SetAsideRecord {
    fn from((number, SetAside { record, column, reason, detail, at }): (u64, SetAside)) -> Self {
        let column = column.map(|column| column.to_string());
        Self { number, entity: record.entity.to_string(), key: record.key.to_string(), column, reason, detail, at }
    }
}

impl From<phone::Refused> for RefusedDocument {
    fn from(phone::Refused { address, json }: phone::Refused) -> Self {
        Self { path: address, json }
    }
}

/// A moment that the system's own type cannot hold is the nearest that it can.
pub(crate) fn system_time(moment: Timestamp) -> SystemTime {
    let (seconds, nanos) = (moment.seconds(), Duration::from_nanos(moment.nanos().into()));
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let at = match seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(whole),
        _ => SystemTime::UNIX_EPOCH.checked_sub(whole),
    };
    at.and_then(|at| at.checked_add(nanos)).unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => Timestamp::from_millis(millis(since)),
        Err(before) => Timestamp::from_millis(-millis(before.duration())),
    }
}
