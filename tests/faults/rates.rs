//! A server that takes 500 documents a second, and half as many more every five minutes.

use std::time::Duration;

use rehome_core::backfill::{Clock, Settings};
use rehome_servers::proxy::Limiter;

use super::rig::{Rig, small};

#[tokio::test]
async fn who_goes_too_fast_is_slowed_down_and_arrives() {
    let rig = Rig::of(3000).await;
    rig.control.settings(Settings { batch_records: 100, ..Settings::unthrottled() });
    // By its own time a call comes every tenth of a second, with a hundred documents: twice of what it takes.
    let mut calls = 0;
    rig.proxy.appoint(Limiter::new(move || {
        calls += 1;
        Duration::from_millis(100 * calls)
    }));
    let counters = rig.runs_through().await;
    assert!(rig.proxy.tally().faults() > 0 && counters.retries > 0, "it went too fast");
}

#[tokio::test]
async fn who_goes_as_an_app_does_arrives_too() {
    let rig = Rig::of(3000).await;
    rig.control.settings(Settings { batch_records: 100, ..small() });
    let clock = rig.clock;
    rig.proxy.appoint(Limiter::new(move || clock.elapsed()));
    rig.runs_through().await;
}
