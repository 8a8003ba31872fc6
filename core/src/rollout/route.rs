//! A decision as data: who is read, who is written, and what a failure means.

use serde::{Serialize, Serializer};

use super::bucket::Bucket;
use super::flags::Flag;
use super::percentage::Percentage;

/// One of the two ends of a migration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Where the records were.
    #[default]
    Old,
    /// Where they shall be.
    New,
}

/// What is read and written, as data that whoever reads and writes follows.
///
/// ```
/// use rehome_core::rollout::{Route, Side, Stage, Writes};
/// let route = Stage::Live.route();
/// assert_eq!((route.reads.first, route.writes.first()), (Side::New, Side::New));
/// assert_eq!(route.writes.second(), Some(Side::Old));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// How records are read.
    pub reads: Reads,
    /// Where they are written.
    pub writes: Writes,
}

/// How records are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reads {
    /// Who is asked first.
    pub first: Side,
    /// For so many keys the other side is asked first.
    pub share: Percentage,
    /// When the one that was not asked first is asked too.
    pub fallback: Fallback,
    /// For so many keys both are asked, and what they say is compared; the first one's answer counts.
    pub shadow: Percentage,
    /// What a list is made of.
    pub lists: Lists,
}

/// When a read goes on to the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fallback {
    /// Where the new side has nothing, and no tombstone says that it was deleted there. The old side has all there is as
    /// long as it is asked first: what it lacks is looked for nowhere.
    pub where_missing: bool,
    /// Where the one that was asked does not answer.
    pub where_failing: bool,
}

/// What a list is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lists {
    /// Of what the one has that is asked first.
    OneSide,
    /// Of both sides' records, without those that a tombstone says are deleted; of one that both have, the first side's:
    /// as long as not everything is carried.
    BothSides,
}

/// Where records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// To one side alone.
    One(Side),
    /// To both, to this one first.
    Both {
        /// The first one.
        first: Side,
        /// What it means where one of them fails.
        policy: Policy,
    },
}

/// What it means where one of two writes fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// The first has to take it; where it does not, the second is not tried. The second never fails a write.
    FirstRequired(Second),
    /// Both are tried, whatever becomes of the first. One has to take it.
    AnyOf,
    /// Both have to take it; where the first does not, the second is not tried.
    AllOf,
}

/// Whether a second write is waited for that cannot fail the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Second {
    /// It is waited for.
    Awaited,
    /// It goes on behind the caller's back, from a queue that outlives the process.
    Behind,
}

/// How one key is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Who is asked first, and whose answer counts.
    pub first: Side,
    /// When the other one is asked too.
    pub fallback: Fallback,
    /// Whether the other one is asked in any case, and what it says compared.
    pub is_compared: bool,
}

impl Route {
    /// The habit app's own route: the new side is first and awaited, the old one follows behind. With a fallback what
    /// the new side lacks is read from the old one, and lists come from both as long as not everything is carried.
    pub fn new_first(fallback: bool, is_finished: bool) -> Self {
        let writes = Writes::Both { first: Side::New, policy: Policy::FirstRequired(Second::Behind) };
        Self { writes, ..Self::new_alone(fallback, is_finished) }
    }

    /// The same with the new side alone written.
    pub fn new_alone(fallback: bool, is_finished: bool) -> Self {
        let reads = Reads {
            first: Side::New,
            share: Percentage::NONE,
            fallback: Fallback { where_missing: fallback, where_failing: false },
            shadow: Percentage::NONE,
            lists: if fallback && !is_finished { Lists::BothSides } else { Lists::OneSide },
        };
        Self { reads, writes: Writes::One(Side::New) }
    }

    /// How this key is read: a user's, a record's, whatever is to stay on its side.
    pub fn reading(&self, key: &str) -> Reading {
        let Reads { first, share, fallback, shadow, .. } = self.reads;
        let first = if admits(share, Flag::ReadPercentage, key) { first.other() } else { first };
        let where_missing = fallback.where_missing && first == Side::New;
        let is_compared = admits(shadow, Flag::ShadowPercentage, key);
        Reading { first, fallback: Fallback { where_missing, ..fallback }, is_compared }
    }
}

/// Whether a key is in, without reckoning where all are or nobody is.
fn admits(share: Percentage, flag: Flag, key: &str) -> bool {
    match share {
        Percentage::NONE => false,
        Percentage::ALL => true,
        share => Bucket::of(flag.name(), key).is_some_and(|bucket| share.admits(bucket)),
    }
}

impl Side {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Side::Old => Side::New,
            Side::New => Side::Old,
        }
    }
}

impl Fallback {
    /// The other side is never asked.
    pub const NEVER: Self = Self { where_missing: false, where_failing: false };
}

impl Writes {
    /// Who is written first.
    pub fn first(self) -> Side {
        match self {
            Writes::One(first) | Writes::Both { first, .. } => first,
        }
    }

    /// Who is written second, where anybody is.
    pub fn second(self) -> Option<Side> {
        match self {
            Writes::One(_) => None,
            Writes::Both { first, .. } => Some(first.other()),
        }
    }
}

impl Policy {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Policy::FirstRequired(_) => "primary_required",
            Policy::AnyOf => "any_of",
            Policy::AllOf => "all_of",
        }
    }
}

impl Serialize for Writes {
    /// As `{"order": ["new", "old"], "policy": "primary_required", "second_awaited": false}`.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form {
            order: Vec<Side>,
            #[serde(skip_serializing_if = "Option::is_none")]
            policy: Option<&'static str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            second_awaited: Option<bool>,
        }
        let policy = match self {
            Writes::One(_) => None,
            Writes::Both { policy, .. } => Some(*policy),
        };
        let order = [Some(self.first()), self.second()].into_iter().flatten().collect();
        let second_awaited = policy.map(|policy| policy != Policy::FirstRequired(Second::Behind));
        Form { order, policy: policy.map(Policy::word), second_awaited }.serialize(to)
    }
}
