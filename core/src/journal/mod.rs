//! Rehome's own memory, which outlives the process: how far each run came, what was carried, what could not be.
//!
//! Everything is kept by [`Scope`]. This room knows records, errors and the small types of a plan and of a store
//! that it keeps (hashes, cursors, versions), and rusqlite; no store, no engine, no network. The app's own store is
//! never in here.

mod ends;
mod sqlite;
mod status;
mod taking;

use std::sync::Arc;
use std::time::Duration;

pub use sqlite::{JournalOptions, Opened, SqliteJournal};
pub use taking::{STUCK_AFTER, take_lease};

use crate::plan::{ContentHash, Fingerprint, Outline};
use crate::record::{Map, Name, RecordId, Rejection, Timestamp};
use crate::store::{Answer, Cursor, Version};

/// What rows of the journal belong to: nothing of one scope is seen by another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The plan's name. A plan that was changed keeps its scope; its runs say which fingerprint they had.
    pub plan: String,
    /// Whose data moves; none where it is everybody's.
    pub owner: Option<String>,
    /// The part of the source, where several work on it.
    pub shard: u32,
}

/// This copy of the app on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Random text.
    pub id: String,
    /// Set where the journal was made by another installation, whose id this is: a backup that was restored, a phone
    /// that was cloned.
    pub copied_from: Option<String>,
}

/// Who may move a store's records on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreOwner {
    /// The one who asked.
    Yours,
    /// Somebody else, who was first.
    Another(String),
}

/// The right to write a scope's rows, until somebody takes it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What may be written.
    pub scope: Scope,
    /// Who holds it: a kind of process of which there is one at a time, as `app` or `share extension`.
    pub holder: String,
    /// Grows with every holder; a write with an older one fails with [`Fenced`](crate::error::ErrorKind::Fenced).
    pub epoch: u64,
}

/// The answer to asking for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leased {
    /// It is yours.
    Yours(Lease),
    /// Somebody has it.
    Held {
        /// Who.
        by: String,
        /// When the holder was last heard of.
        heartbeat: Timestamp,
    },
}

/// How a lease is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Only if nobody has it, or its holder was not heard of for this long.
    Unheard(Duration),
    /// In any case.
    Force,
}

/// A run as the journal has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Of which plan.
    pub fingerprint: Fingerprint,
    /// What that plan does, to tell another one from it.
    pub outline: Outline,
    /// What identifies the store that it reads.
    pub store: String,
    /// What identifies the target that it writes to.
    pub target: String,
    /// Counts from one; with [`Status`] it only grows.
    pub generation: u32,
    /// How it stands.
    pub status: Status,
    /// Why it stands still until somebody acts, where it does: too many errors, a cap that was reached.
    pub paused: Option<String>,
    /// When the generation began; stamps carry it, however often it is resumed.
    pub started: Timestamp,
    /// When its holder was last heard of.
    pub heartbeat: Timestamp,
    /// When it was finished first.
    pub finished: Option<Timestamp>,
    /// How far it came.
    pub position: Position,
    /// What became of the records so far.
    pub counters: Counters,
}

/// How a generation of a migration stands; within a generation it only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nothing was read yet.
    Pending,
    /// Records are being carried, or will be when it is resumed.
    Running,
    /// Everything that there was is carried or accounted for; deltas go on.
    Complete,
    /// Complete, and compared with what is there.
    Verified,
    /// Complete, and no delta is carried any more.
    Sealed,
    /// Declared complete by an operator, whatever is carried: never verified.
    Forced,
    /// Given up, or taken back: what this migration wrote was deleted where that was safe.
    RolledBack,
}

/// How far a run came: everything before it is accounted for, durably.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The pass of the plan that is being read; one past the last where all are.
    pub pass: u32,
    /// Where to go on in it.
    pub cursor: Option<Cursor>,
    /// How far writes may have been sent beyond the cursor by a process that is no more: up to here, look first.
    pub sent: Option<Sent>,
    /// The source's history up to here is carried, or will be by what is read still.
    pub history: Option<Cursor>,
}

/// How far writes may have been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// In this pass.
    pub pass: u32,
    /// Up to the page that ends here; to the pass's end without one.
    pub cursor: Option<Cursor>,
}

/// What became of the records of a generation. The first line's sum is that of the second:
/// `read` is `carried` + `already_there` + `newer_there` + `deleted_there` + `left_out` + `quarantined`,
/// each counted by record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Records read, those that could not be read among them.
    pub read: u64,
    /// Records of which something was written.
    pub carried: u64,
    /// Records whose documents were all there already, with the same content.
    pub already_there: u64,
    /// Records that somebody has changed in the target since: theirs stays.
    pub newer_there: u64,
    /// Records that somebody has deleted in the target: they stay deleted.
    pub deleted_there: u64,
    /// Records that the plan leaves out.
    pub left_out: u64,
    /// Records set aside with a reason.
    pub quarantined: u64,
    /// Documents created.
    pub created: u64,
    /// Documents that replaced older ones.
    pub replaced: u64,
    /// Documents deleted because their records are gone, or have another address now.
    pub deleted: u64,
    /// Bytes of the documents created and replaced.
    pub bytes: u64,
    /// Writes, as the target bills them.
    pub billed_writes: u64,
    /// Reads, as the target bills them.
    pub billed_reads: u64,
    /// Deletes, as the target bills them.
    pub billed_deletes: u64,
    /// Calls that had to be made again.
    pub retries: u64,
}

/// What is forgotten of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forget {
    /// Everything, for good: whoever comes next may have the store.
    Everything,
    /// Everything but that the store is theirs: they have signed out, and nobody else may move what is in it.
    AllButTheStore,
}

/// A row of the ledger: a document that one record became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The record.
    pub source: RecordId,
    /// By which of the moves of its pass.
    pub slot: u16,
    /// Where the document is.
    pub address: String,
    /// Its content, as it was carried.
    pub hash: ContentHash,
    /// The version that the target gave it. What is ours has none while others have fields of their own in it: it is
    /// looked at before anything is done to it.
    pub version: Option<Version>,
    /// Whether this migration wrote it, or found it there.
    pub ours: bool,
}

/// What a record wants for itself alone, as a number: its address's id, a unique value.
pub type Mark = i64;

/// A record or a write that cannot be moved, kept until somebody decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Quarantined {
    /// Which, and why.
    pub rejection: Rejection,
    /// Its documents, where there were some that the target refused.
    pub documents: Vec<Kept>,
    /// When.
    pub at: Timestamp,
}

/// A record that is set aside, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// The record.
    pub record: RecordId,
    /// The column in the store, or the field in the target, that is at fault, where one is.
    pub column: Option<Name>,
    /// The word for why. A later version may have words that no [`Reason`](crate::record::Reason) of this one has.
    pub reason: String,
    /// What was found and what was expected, in words and numbers.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

/// A document that was refused, whole.
#[derive(Clone, PartialEq)]
pub struct Kept {
    /// Where it was to go.
    pub address: String,
    /// What was to be there.
    pub fields: Map,
}

/// All that becomes durable together, or not at all. What is taken away is taken away first: a row that is forgotten
/// and carried in one step is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    /// How the run stands now, where that is another than before.
    pub status: Option<Status>,
    /// Why it stands still now, where it does.
    pub paused: Option<String>,
    /// How far it came.
    pub position: Position,
    /// What became of the records of this generation so far.
    pub counters: Counters,
    /// Rows of the ledger that are new, or replace those of the same record and slot. Their records count as met.
    pub carried: Vec<Carried>,
    /// What these records have for themselves alone, from now on.
    pub marks: Vec<(Mark, RecordId)>,
    /// Records set aside; one that was before is replaced.
    pub quarantined: Vec<Quarantined>,
    /// Records that are no longer set aside.
    pub released: Vec<RecordId>,
    /// Rows of the ledger whose documents are deleted.
    pub forgotten: Vec<(RecordId, u16)>,
    /// Records that were met in a second reading, with all their rows of the ledger; see [`Journal::unseen`].
    pub seen: Vec<RecordId>,
}

/// Where runs, the ledger and the quarantine are kept. Every write is durable when it is answered, and fails with
/// [`Fenced`](crate::error::ErrorKind::Fenced) when the lease was taken over.
pub trait Journal: Send + Sync {
    /// This copy of the app on this device.
    fn installation(&self) -> &Installation;

    /// Whose store this is; nobody's becomes the asker's.
    fn own_store<'a>(&'a self, store: &'a str, owner: &'a str) -> Answer<'a, StoreOwner>;

    /// Makes a store nobody's, when the app says that another one may have it.
    fn disown_store<'a>(&'a self, store: &'a str) -> Answer<'a, ()>;

    /// Asks for the right to write. How long a holder was not heard of is counted from its last heartbeat, and where
    /// the clock was set back behind that, from the first time that somebody asked since.
    ///
    /// `holder` names a kind of process of which there is one at a time: whoever asks under the name of the one that
    /// has it is its successor, and need not wait until that counts as gone.
    fn lease<'a>(&'a self, scope: &'a Scope, holder: &'a str, ask: Ask, now: Timestamp) -> Answer<'a, Leased>;

    /// Says that the holder is still there.
    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp) -> Answer<'a, ()>;

    /// Gives the right back.
    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()>;

    /// The scope's run, where there was one.
    fn run<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Option<Run>>;

    /// Every scope that has a run.
    fn scopes(&self) -> Answer<'_, Vec<Scope>>;

    /// Begins a generation, which is after the one that there is: the run is this one from now on. The ledger and the
    /// marks stay, unless its store or its target is another one: keys of one store mean other records in another, and
    /// what was carried to one target says nothing of another.
    fn begin<'a>(&'a self, lease: &'a Lease, run: &'a Run) -> Answer<'a, ()>;

    /// Makes a step of the run durable; its holder was heard of. A status that goes back is a
    /// [`Bug`](crate::error::ErrorKind::Bug), and nothing is saved.
    fn save<'a>(&'a self, lease: &'a Lease, saved: &'a Saved, now: Timestamp) -> Answer<'a, ()>;

    /// The same of a step that is large, for a journal that would copy it.
    fn save_shared<'a>(&'a self, lease: &'a Lease, saved: Arc<Saved>, now: Timestamp) -> Answer<'a, ()> {
        Box::pin(async move { self.save(lease, &saved, now).await })
    }

    /// The ledger's rows of these records and slots, in their order.
    fn carried<'a>(&'a self, scope: &'a Scope, of: &'a [(RecordId, u16)]) -> Answer<'a, Vec<Option<Carried>>>;

    /// All rows of the ledger of these records, in their order, those of one record by slot: also such of moves that the
    /// plan had once.
    fn carried_by<'a>(&'a self, scope: &'a Scope, records: &'a [RecordId]) -> Answer<'a, Vec<Vec<Carried>>>;

    /// The ledger's rows of these addresses, in their order; where several records were carried to one, the last.
    fn carried_at<'a>(&'a self, scope: &'a Scope, addresses: &'a [String]) -> Answer<'a, Vec<Option<Carried>>>;

    /// All rows of the ledger, a page at a time: at most `limit` after the row of that number, each with its own.
    fn ledger<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<(u64, Carried)>>;

    /// The same of those records of an entity that were not met since the last [`Journal::unsee`].
    fn unseen<'a>(
        &'a self,
        scope: &'a Scope,
        entity: &'a str,
        after: u64,
        limit: usize,
    ) -> Answer<'a, Vec<(u64, Carried)>>;

    /// How many rows of the ledger there are of each entity that has some.
    fn ledger_sizes<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Vec<(Name, u64)>>;

    /// Forgets which records of an entity were met: a second reading begins.
    fn unsee<'a>(&'a self, lease: &'a Lease, entity: &'a str) -> Answer<'a, ()>;

    /// Who has these for itself alone, in their order.
    fn owners<'a>(&'a self, scope: &'a Scope, marks: &'a [Mark]) -> Answer<'a, Vec<Option<RecordId>>>;

    /// What is set aside, a page at a time, each with its number, without the documents.
    fn quarantine<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<(u64, SetAside)>>;

    /// The documents of a record that is set aside, by its number, which the target refused.
    fn refused<'a>(&'a self, scope: &'a Scope, number: u64) -> Answer<'a, Vec<Kept>>;

    /// Forgets some of what is set aside, by number.
    fn drop_quarantined<'a>(&'a self, scope: &'a Scope, numbers: &'a [u64]) -> Answer<'a, ()>;

    /// A small text that was kept under this name, of an owner or of everybody.
    fn memo<'a>(&'a self, owner: Option<&'a str>, name: &'a str) -> Answer<'a, Option<String>>;

    /// Keeps a small text under this name in place of the one before; none forgets that.
    fn keep_memo<'a>(&'a self, owner: Option<&'a str>, name: &'a str, text: Option<&'a str>) -> Answer<'a, ()>;

    /// Forgets everything of an owner: runs, ledger, quarantine, memos, and as `forget` has it that a store is theirs.
    /// Nothing of it is left in any file: those that were put aside because they were damaged are deleted as well,
    /// whoever's records are in them, since nobody can tell.
    ///
    /// Refused with [`Busy`](crate::error::ErrorKind::Busy) while somebody holds a lease of theirs whom `holder` may not
    /// follow: one of its own name, or that was not heard of for [`STUCK_AFTER`], is no more.
    fn wipe<'a>(&'a self, owner: &'a str, forget: Forget, holder: &'a str, now: Timestamp) -> Answer<'a, ()>;
}

impl std::fmt::Debug for Kept {
    /// The fields are a user's: the address alone is shown.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Kept({})", self.address)
    }
}

impl From<&Quarantined> for SetAside {
    fn from(Quarantined { rejection, at, .. }: &Quarantined) -> Self {
        Self {
            record: RecordId { entity: rejection.entity.clone(), key: rejection.key.clone() },
            column: rejection.column.clone(),
            reason: rejection.reason.word().to_owned(),
            detail: rejection.detail.clone(),
            at: *at,
        }
    }
}

impl Scope {
    /// The whole of a plan for one owner.
    pub fn of(plan: impl Into<String>, owner: impl Into<String>) -> Self {
        Self { plan: plan.into(), owner: Some(owner.into()), shard: 0 }
    }
}

impl Counters {
    /// Whether every record that was read is accounted for.
    pub fn add_up(&self) -> bool {
        let accounted = self.carried
            + self.already_there
            + self.newer_there
            + self.deleted_there
            + self.left_out
            + self.quarantined;
        self.read == accounted
    }
}
