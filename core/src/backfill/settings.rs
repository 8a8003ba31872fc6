//! What can be tuned, also while a run is under way: what is new counts from the next page or batch on.

use std::time::Duration;

use crate::journal::STUCK_AFTER;

/// How long a store that CloudKit mirrors must have been quiet: imports come in pieces, seconds from one another, and
/// nothing tells the last one.
pub const QUIET: Duration = Duration::from_secs(60);

/// How a run goes about its work.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How many records are read at a time: few are gentle, many are quick.
    pub page_records: usize,
    /// How many bytes of documents may be read ahead of what is written. In memory a document takes several times what
    /// it counts in the target.
    pub ahead_bytes: u64,
    /// How many writes go into one request at most; a target's own limit holds too.
    pub batch_records: usize,
    /// How many bytes go into one request at most.
    pub batch_bytes: u64,
    /// How many requests may be on their way at once.
    pub in_flight: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// How fast it goes.
    pub pace: Pace,
    /// How often and how patiently a failed request is made again.
    pub retries: Retries,
    /// How much may go wrong before somebody has to look.
    pub errors: ErrorBudget,
    /// How many billed reads, writes and deletes together a generation may come to; none where it does not matter.
    pub cost_cap: Option<u64>,
    /// How much may be deleted at once before somebody has to agree.
    pub deletes: DeleteGuard,
    /// Under which conditions it goes on.
    pub policy: Policy,
    /// How long the store must have been quiet before the migration counts as complete, since another device's data may
    /// still be arriving in it. Without it [`QUIET`] for a store that CloudKit mirrors, and no time for any other.
    pub quiet: Option<Duration>,
    /// A run whose holder was not heard of for this long counts as stuck, and another one may take it over.
    pub stuck_after: Duration,
}

/// How many documents a second are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// To begin with; none where nothing holds it back.
    pub start: Option<f64>,
    /// At most, however long it goes well.
    pub ceiling: Option<f64>,
    /// After each of these it may be half as much more, as targets that split their ranges ask for.
    pub raised_every: Duration,
}

/// How a failed request is made again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retries {
    /// How many may fail one after the other, none succeeding, before the run gives up for now.
    pub attempts: u32,
    /// How long to wait after the first.
    pub first_wait: Duration,
    /// How long to wait at most.
    pub longest_wait: Duration,
}

/// How many records may be set aside, of those met since the run was last allowed to go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBudget {
    /// So many; none where it does not matter.
    pub records: Option<u64>,
    /// Such a share of what was read, once there are some.
    pub share: Option<f64>,
}

/// How many documents a run may delete because their records are gone, left out or elsewhere now: more look like a
/// mistake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeleteGuard {
    /// So many are not asked about.
    pub documents: u64,
    /// Beyond them, such a share of what was carried, of one entity or of all.
    pub share: f64,
    /// More than these few are asked about in any case where they are all that was carried of an entity.
    pub all_of: u64,
}

impl DeleteGuard {
    /// Whether somebody has to agree before so many of those that were carried are deleted.
    pub fn asks(&self, deleted: u64, carried: u64) -> bool {
        let is_much = deleted > self.documents && deleted as f64 > carried as f64 * self.share;
        is_much || deleted > self.all_of && deleted >= carried
    }
}

/// Under which conditions it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether it goes on over a network that is paid for by what goes over it.
    pub on_metered: bool,
    /// Whether it goes on with a battery that is low.
    pub on_low_battery: bool,
    /// Whether it goes on in an app that nobody looks at.
    pub in_background: bool,
}

impl Default for Settings {
    /// As an app wants them that people are using meanwhile.
    fn default() -> Self {
        Self {
            page_records: 512,
            ahead_bytes: 2 << 20,
            batch_records: 200,
            batch_bytes: 900 << 10,
            in_flight: 3,
            timeout: Duration::from_secs(30),
            pace: Pace { start: Some(500.0), ceiling: None, raised_every: Duration::from_secs(300) },
            retries: Retries {
                attempts: 10,
                first_wait: Duration::from_millis(500),
                longest_wait: Duration::from_secs(60),
            },
            errors: ErrorBudget { records: Some(10_000), share: Some(0.5) },
            cost_cap: None,
            deletes: DeleteGuard { documents: 20, share: 0.25, all_of: 5 },
            policy: Policy { on_metered: true, on_low_battery: false, in_background: true },
            quiet: None,
            stuck_after: STUCK_AFTER,
        }
    }
}

impl Settings {
    /// As fast as the target takes it: for servers and measurements.
    pub fn unthrottled() -> Self {
        Self {
            in_flight: 8,
            batch_records: 500,
            // As many full requests of small documents as may be on their way, and what is read meanwhile. More is no
            // quicker, and costs its memory.
            ahead_bytes: 5 << 19,
            pace: Pace { start: None, ceiling: None, raised_every: Duration::from_secs(300) },
            ..Self::default()
        }
    }
}
