//! What becomes of connections: refused, cut, slow, half open.

use std::future::{Future, pending};
use std::time::Duration;

use rehome_core::backfill::{Ended, Report, Retries, Settings};
use rehome_core::error::{ErrorKind, Result};
use rehome_servers::proxy::{Fault, Rule};

use super::rig::{Rig, small};

/// Gives up early, because every wait for silence is a real one.
fn impatient() -> Settings {
    let retries = Retries { attempts: 2, longest_wait: Duration::from_secs(1), ..Settings::default().retries };
    Settings { retries, ..small() }
}

impl Rig {
    /// Runs once, while something else goes on.
    async fn run_during(&self, events: impl Future<Output = ()>) -> Result<Report> {
        tokio::select! {
            report = self.run() => report,
            never = async { events.await; pending().await } => never,
        }
    }

    async fn has_seen(&self, commits: u64) {
        self.proxy.until(|tally| tally.calls("Commit") >= commits).await;
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_tried_again_later() {
    let rig = Rig::of(100).await;
    rig.line.refuse().await;
    let report = rig.run().await.unwrap();
    let Ended::Later(error) = report.ended else { panic!("{:?}", report.ended) };
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    rig.line.recover().await;
    rig.runs_through().await;
}

#[tokio::test]
async fn a_server_that_goes_away_in_mid_run_is_gone_on_with_later() {
    let rig = Rig::of(300).await;
    let going = async {
        rig.has_seen(4).await;
        rig.line.refuse().await;
        rig.line.cut();
    };
    let report = rig.run_during(going).await.unwrap();
    assert!(matches!(report.ended, Ended::Later(_)), "{:?}", report.ended);
    rig.line.recover().await;
    rig.runs_through().await;
}

#[tokio::test]
async fn connections_that_are_cut_again_and_again_are_made_anew() {
    let rig = Rig::of(300).await;
    let cutting = async {
        for commits in [1, 2, 4, 7, 11, 15] {
            rig.has_seen(commits).await;
            rig.line.cut();
        }
    };
    let report = rig.run_during(cutting).await.unwrap();
    rig.is_through(&report).await;
    assert!(rig.line.connections() > 3);
}

#[tokio::test]
async fn an_answer_may_be_cut_at_any_byte() {
    for bytes in (0..600).step_by(37) {
        let rig = Rig::of(60).await;
        rig.line.cut_after(bytes);
        rig.runs_through().await;
        assert_eq!(rig.line.connections(), 2, "{bytes}");
    }
}

#[tokio::test]
async fn a_slow_line_only_takes_longer() {
    let rig = Rig::with_round_trip(100, Duration::from_millis(20)).await;
    let counters = rig.runs_through().await;
    assert_eq!(counters.created, 100);
}

#[tokio::test]
async fn a_call_that_nobody_answers_is_given_up_in_time_and_looked_for() {
    for fault in [Fault::Silence, Fault::FallSilent(0), Fault::FallSilent(20)] {
        let rig = Rig::of(60).await;
        rig.proxy.appoint(Rule::nth(1, fault.clone()).of("Commit"));
        rig.proxy.appoint(Rule::nth(0, fault).of("BatchGetDocuments"));
        rig.runs_through().await;
    }
}

/// What was said into the silence arrives while the next run is at work.
#[tokio::test]
async fn a_connection_that_is_half_open_is_given_up_and_what_arrives_late_does_no_harm() {
    let rig = Rig::of(300).await;
    rig.control.settings(impatient());
    let falling = async {
        rig.has_seen(4).await;
        rig.line.fall_silent();
    };
    let report = rig.run_during(falling).await.unwrap();
    let Ended::Later(error) = report.ended else { panic!("{:?}", report.ended) };
    assert_eq!(error.kind(), ErrorKind::Timeout);
    rig.control.settings(small());
    rig.line.recover().await;
    rig.runs_through().await;
}
