//! Each status of Firestore's, and each way in which a call is lost.

use rehome_core::backfill::{Ended, Retries, Settings};
use rehome_core::error::ErrorKind;
use rehome_servers::proxy::{Call, Fault, Judge, Lost, Rule};
use tonic::Code;

use super::rig::{Rig, address, small};

/// What passes by itself, says the table.
const PASSING: [Code; 7] = [
    Code::Unavailable,
    Code::DeadlineExceeded,
    Code::Aborted,
    Code::Cancelled,
    Code::Unknown,
    Code::Internal,
    Code::ResourceExhausted,
];

#[tokio::test]
async fn what_passes_by_itself_is_waited_for() {
    for code in PASSING {
        for fault in [Fault::code(code), Fault::code_afterwards(code)] {
            let rig = Rig::of(100).await;
            rig.proxy.appoint(Rule::script([fault.clone(), Fault::Pass, fault.clone(), fault]).of("Commit"));
            rig.proxy.appoint(Rule::nth(0, Fault::code(code)).of("BatchGetDocuments"));
            let counters = rig.runs_through().await;
            assert!(counters.retries >= 3, "{code:?}: {counters:?}");
        }
    }
}

#[tokio::test]
async fn a_write_that_was_lost_or_whose_answer_was_is_looked_for() {
    for lost in [Lost::Call, Lost::Connection] {
        for fault in [Fault::Drop(lost), Fault::LoseAnswer(lost), Fault::CutAnswer(0), Fault::CutAnswer(9)] {
            for number in [0, 2, 4] {
                let rig = Rig::of(100).await;
                rig.proxy.appoint(Rule::nth(number, fault.clone()).of("Commit"));
                let counters = rig.runs_through().await;
                assert_eq!(counters.created, 100, "what was lost is ours all the same");
                assert!(rig.proxy.tally().calls("BatchGetDocuments") > 0);
            }
        }
    }
}

#[tokio::test]
async fn what_is_there_against_all_expectation_is_looked_at() {
    for code in [Code::AlreadyExists, Code::FailedPrecondition] {
        let rig = Rig::of(100).await;
        rig.proxy.appoint(Rule::script([Fault::code(code), Fault::code_afterwards(code)]).of("Commit"));
        rig.runs_through().await;
    }
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up_on_for_now_and_the_next_run_goes_on() {
    for code in PASSING {
        let rig = Rig::of(100).await;
        let retries = Retries { attempts: 5, ..Settings::default().retries };
        rig.control.settings(Settings { in_flight: 1, retries, ..small() });
        rig.proxy.appoint(Rule::every(Fault::code(code)));
        let report = rig.run().await.unwrap();
        let Ended::Later(error) = report.ended else { panic!("{code:?}: {:?}", report.ended) };
        assert!(
            matches!(
                error.kind(),
                ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Busy | ErrorKind::Exhausted
            ),
            "{error}"
        );
        let tally = rig.proxy.tally();
        let asked = tally.calls("Commit") + tally.calls("BatchGetDocuments");
        assert!(asked > u64::from(retries.attempts), "{asked} calls are not patient");
        rig.proxy.dismiss();
        rig.runs_through().await;
    }
}

#[tokio::test]
async fn a_server_that_does_it_all_and_never_answers_is_believed() {
    let rig = Rig::of(300).await;
    rig.proxy.appoint(Rule::every(Fault::LoseAnswer(Lost::Call)).of("Commit"));
    let counters = rig.runs_through().await;
    assert_eq!(counters.created, 300);
}

#[tokio::test]
async fn what_nobody_can_mend_by_waiting_ends_the_run_at_once() {
    for (code, kind) in [
        (Code::Unimplemented, ErrorKind::Unsupported),
        (Code::DataLoss, ErrorKind::Damaged),
        (Code::NotFound, ErrorKind::NotFound),
        (Code::PermissionDenied, ErrorKind::Denied),
    ] {
        let rig = Rig::of(100).await;
        rig.proxy.appoint(Rule::every(Fault::code(code)));
        let error = rig.run().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        rig.proxy.dismiss();
        rig.runs_through().await;
    }
}

/// Answers so to every call that is about this document.
fn refusing(document: u64, code: Code) -> impl Judge {
    let address = address(document);
    move |call: &Call| call.documents.contains(&address).then(|| Fault::code(code))
}

#[tokio::test]
async fn a_record_that_is_refused_is_found_among_the_others_and_set_aside() {
    for code in [Code::PermissionDenied, Code::InvalidArgument, Code::OutOfRange] {
        let rig = Rig::of(100).await;
        rig.proxy.appoint(refusing(42, code));
        let report = rig.run().await.unwrap();
        rig.is_done_but(&report, &[42]).await;
    }
}
