//! Whom is decided on, and what they keep whatever changes.

use serde::{Deserialize, Serialize};

use super::route::{Route, Side};

/// Whom is decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User<'a> {
    /// Who is signed in.
    pub id: &'a str,
    /// The key whose buckets are theirs; see [`Taken`].
    pub bucket_id: &'a str,
    /// This installation.
    pub device: &'a str,
}

/// What a user has taken on a device at the first decision, and keeps when they sign in or the flags change.
///
/// It is the key of the buckets that is kept, and not what was decided: percentages go on to mean something for a user
/// who signed in (raising one never drops them, 0 is nobody), and from the key anybody can reckon who is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The key of their buckets: the id that they were decided under first.
    pub bucket_id: String,
    /// The side that was read and written first by the last decision: what they see is there.
    #[serde(default)]
    pub side: Side,
}

/// How far a user has come on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The side that was read and written first so far.
    pub side: Side,
    /// Whether all that was there is carried or accounted for. A migration that was declared complete by force is not.
    pub is_finished: bool,
}

impl<'a> User<'a> {
    /// A user who has always had this id, on a device that nothing is said of.
    pub fn of(id: &'a str) -> Self {
        Self { id, bucket_id: id, device: "" }
    }
}

impl Taken {
    /// What a user has who is decided on for the first time.
    pub fn first(id: &str) -> Self {
        Self { bucket_id: id.to_owned(), side: Side::Old }
    }

    /// What a user has who signs in after having used the app anonymously: what the anonymous user had, so that nobody
    /// changes sides by signing in. Whoever was decided on here under their own name before keeps what they had then:
    /// their records are where that says.
    #[must_use]
    pub fn on_sign_in(anonymous: Self, own: Option<Self>) -> Self {
        own.unwrap_or(anonymous)
    }

    /// The same after a decision.
    #[must_use]
    pub fn after(self, route: &Route) -> Self {
        Self { side: route.writes.first(), ..self }
    }
}
