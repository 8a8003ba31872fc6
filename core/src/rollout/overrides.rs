//! Somebody's word for one user or one device, whatever the percentages say.

use serde::{Deserialize, Serialize};

use super::moment;
use super::stage::Stage;
use super::user::User;
use crate::record::Timestamp;

/// Somebody's word for one user or one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// For whom.
    pub whom: Whom,
    /// What is forced.
    pub force: Force,
    /// Why, for whoever asks later.
    pub reason: String,
    /// Until when; for good where it does not say.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Whom an override is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// A user, wherever they are signed in.
    User(String),
    /// A device, whoever is signed in on it.
    Device(String),
}

/// What an override forces. A stop is obeyed all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// To be within every percentage.
    In,
    /// To be outside of every percentage.
    Out,
    /// To be at this stage.
    Stage(Stage),
}

/// All overrides that this device knows, to be kept across launches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Overrides(Vec<Override>);

impl Overrides {
    /// Adds one, in place of what was said for the same user or device before.
    pub fn put(&mut self, new: Override) {
        self.lift(&new.whom);
        self.0.push(new);
    }

    /// Takes back what was said for a user or a device.
    pub fn lift(&mut self, whom: &Whom) {
        self.0.retain(|one| one.whom != *whom);
    }

    /// Forgets what has expired.
    pub fn expire(&mut self, now: Timestamp) {
        self.0.retain(|one| one.counts(now));
    }

    /// All of them, the expired among them.
    pub fn iter(&self) -> impl Iterator<Item = &Override> {
        self.0.iter()
    }

    /// The one that counts for a user on their device now. What is said for the device is narrower, and wins.
    pub fn of(&self, user: &User<'_>, now: Timestamp) -> Option<&Override> {
        let counting =
            |is: fn(&Whom, &User<'_>) -> bool| self.0.iter().find(move |one| one.counts(now) && is(&one.whom, user));
        counting(|whom, user| matches!(whom, Whom::Device(device) if device == user.device))
            .or_else(|| counting(|whom, user| matches!(whom, Whom::User(id) if id == user.id)))
    }
}

impl Override {
    /// Whether it counts still.
    pub fn counts(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
