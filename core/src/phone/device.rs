//! What an app is asked for later. Whoever does not answer, or fails, hinders nothing but what needs the answer.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use crate::backfill::{Conditions, Control};
use crate::clock::Clock;
use crate::store::Answer;

/// Says how the device is.
pub trait Device: Send + Sync {
    /// How it is now.
    fn conditions(&self) -> Answer<'_, Conditions>;
}

/// Copies the app's store through the app's own connection to it, so that no second SQLite ever touches its files.
pub trait Snapshots: Send + Sync {
    /// Makes a whole copy at `to`, where nothing is yet.
    fn copy<'a>(&'a self, to: &'a Path) -> Answer<'a, ()>;
}

/// How often a run asks how the device is.
const ASKED_EVERY: Duration = Duration::from_secs(5);
/// How long is waited for the answer; without one the last one counts.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Asks once.
pub(super) async fn ask(device: &dyn Device, control: &Control, clock: &dyn Clock) {
    let end = clock.elapsed().saturating_add(ANSWERS_WITHIN);
    tokio::select! {
        biased;
        answer = device.conditions() => if let Ok(conditions) = answer { control.conditions(conditions) },
        () = clock.until(end) => {}
    }
}

/// Asks again and again, for as long as it is polled.
pub(super) async fn keep_asking(device: Option<&dyn Device>, control: &Control, clock: &dyn Clock) -> Infallible {
    let Some(device) = device else { return std::future::pending().await };
    loop {
        clock.until(clock.elapsed().saturating_add(ASKED_EVERY)).await;
        ask(device, control, clock).await;
    }
}
