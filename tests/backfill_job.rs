//! What a backfill promises, three cases of each kind: it is idempotent, it resumes, it goes in batches, and it recovers
//! from errors. A SwiftData store on one side, a Firestore server with our rules on the other, a signed-in user between.

mod carrying;

use std::sync::{Arc, Mutex};

use carrying::{Cloud, Phone, SignedIn, few, is_complete, is_whole, small};
use rehome_core::backfill::{Ended, Settings, Start};
use rehome_core::error::ErrorKind;
use rehome_core::journal::Journal;
use rehome_core::record::Reason;
use rehome_core::testkit::habits::Options;
use rehome_servers::proxy::{Call, Fault, Lost, Rule, ShortLivedTokens};
use tonic::Code;

#[tokio::test]
async fn idempotency_a_second_run_writes_nothing() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let target = cloud.user("ann");
    let first = phone.run(&target).await.unwrap();
    is_complete(&first);
    assert_eq!((first.counters.read, first.counters.created), (phone.rows(), phone.rows()));
    let commits = cloud.commits();

    let second = phone.run(&target).await.unwrap();
    is_complete(&second);
    assert_eq!((second.generation, second.counters.created), (1, phone.rows()));
    assert_eq!(cloud.commits(), commits, "nothing was even sent");
    cloud.wrote_each_once(phone.rows());
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn idempotency_a_run_begun_anew_finds_every_document_and_writes_none_twice() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let target = cloud.user("ann");
    phone.run(&target).await.unwrap();
    let before = cloud.documents("ann").await;

    let anew = phone.start(&target, Start::Anew).await.unwrap();
    is_complete(&anew);
    let counters = anew.counters;
    assert_eq!((anew.generation, counters.created, counters.replaced), (2, 0, 0));
    assert_eq!(counters.already_there, phone.rows());
    cloud.wrote_each_once(phone.rows());
    assert_eq!(cloud.documents("ann").await, before, "stamps included");
}

#[tokio::test]
async fn idempotency_a_write_whose_answer_was_lost_is_not_done_again() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let lost = [
        Fault::Pass,
        Fault::LoseAnswer(Lost::Call),
        Fault::Pass,
        Fault::LoseAnswer(Lost::Connection),
        Fault::code_afterwards(Code::Unavailable),
    ];
    cloud.proxy.appoint(Rule::script(lost).of("Commit"));
    let target = cloud.user("ann");
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.created, report.counters.already_there), (phone.rows(), 0), "ours, though unheard");
    assert!(report.counters.retries >= 3, "{report:?}");
    cloud.wrote_each_once(phone.rows());
}

#[tokio::test]
async fn resume_a_process_killed_at_any_request_goes_on_and_writes_nothing_twice() {
    for commits in [1, 5, 12] {
        let (cloud, phone) = (Cloud::new().await, Phone::small());
        phone.run_and_die(&cloud, &cloud.user("ann"), commits).await;
        phone.run_and_die(&cloud, &cloud.user("ann"), 1).await;
        let target = cloud.user("ann");
        let report = phone.run(&target).await.unwrap();
        is_complete(&report);
        assert_eq!(report.counters.read, phone.rows(), "none was counted twice");
        cloud.wrote_each_once(phone.rows());
        is_whole(&phone.verify(&target).await, phone.rows());
    }
}

#[tokio::test]
async fn resume_a_paused_run_stands_still_until_it_is_allowed_to_go_on() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let target = cloud.user("ann");
    let paused = phone.run_until(&cloud, &target, 4, || phone.control.pause()).await;
    assert!(matches!(paused.ended, Ended::Paused(_)), "{paused:?}");
    assert!(paused.counters.created > 0 && paused.counters.created < phone.rows(), "{paused:?}");
    assert!(paused.counters.add_up(), "{paused:?}");

    phone.control.clear();
    let commits = cloud.commits();
    assert!(matches!(phone.run(&target).await.unwrap().ended, Ended::Paused(_)), "it went on by itself");
    assert_eq!(cloud.commits(), commits);

    let report = phone.start(&target, Start::Allow).await.unwrap();
    is_complete(&report);
    assert_eq!(report.counters.created, phone.rows());
    cloud.wrote_each_once(phone.rows());
}

#[tokio::test]
async fn resume_another_process_goes_on_at_once_with_what_a_suspended_one_left() {
    let (cloud, mut phone) = (Cloud::new().await, Phone::small());
    let target = cloud.user("ann");
    let suspended = phone.run_until(&cloud, &target, 6, || phone.control.suspend()).await;
    assert!(matches!(suspended.ended, Ended::Suspended), "{suspended:?}");
    assert!(suspended.counters.read < phone.rows(), "{suspended:?}");

    phone.control.clear();
    phone.holder = "background task".to_owned();
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!(report.counters.read, phone.rows());
    cloud.wrote_each_once(phone.rows());
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn batching_whatever_the_size_of_pages_and_batches_the_outcome_is_the_same() {
    let phones = [(1, 1), (7, 3), (3, 500), (1000, 500)].map(|(page_records, batch_records)| {
        let phone = Phone::of("ann", &Options { completions: 60, ..few() });
        phone.control.settings(Settings { page_records, batch_records, ..small() });
        phone
    });
    let mut hashes = Vec::new();
    for phone in phones {
        let cloud = Cloud::new().await;
        let target = cloud.user("ann");
        let report = phone.run(&target).await.unwrap();
        is_complete(&report);
        assert_eq!(report.counters.created, phone.rows());
        let receipt = phone.verify(&target).await;
        is_whole(&receipt, phone.rows());
        hashes.push(receipt.tally.hash);
    }
    hashes.dedup();
    assert_eq!(hashes.len(), 1);
}

#[tokio::test]
async fn batching_no_request_is_larger_than_the_settings_allow() {
    let roomy = Settings { page_records: 100, batch_records: 17, in_flight: 1, ..small() };
    let tight = Settings { batch_bytes: 2_000, ..roomy.clone() };
    let (by_records, by_bytes) = (largest_request(roomy).await, largest_request(tight).await);
    assert_eq!(by_records, 17);
    assert!(by_bytes < 17, "2,000 bytes are no {by_bytes} documents");
}

/// How many documents the largest commit of a run had.
async fn largest_request(settings: Settings) -> usize {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    phone.control.settings(settings);
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let seen = sizes.clone();
    cloud.proxy.appoint(move |call: &Call| {
        seen.lock().unwrap().push(call.documents.len());
        None
    });
    is_complete(&phone.run(&cloud.user("ann")).await.unwrap());
    cloud.wrote_each_once(phone.rows());
    let sizes = sizes.lock().unwrap();
    sizes.iter().copied().max().unwrap()
}

#[tokio::test]
async fn batching_a_refused_document_is_found_in_its_batch_and_all_others_arrive() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let refused = Arc::new(Mutex::new(None));
    let chosen = refused.clone();
    // One in the middle of the first full batch, and whatever it comes with.
    cloud.proxy.appoint(move |call: &Call| {
        let mut chosen = chosen.lock().unwrap();
        if chosen.is_none() && call.documents.len() == 20 {
            *chosen = Some(call.documents[10].clone());
        }
        let is_among = chosen.as_ref().is_some_and(|one| call.documents.contains(one));
        is_among.then(|| Fault::code(Code::InvalidArgument))
    });
    let report = phone.run(&cloud.user("ann")).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.created, report.counters.quarantined), (phone.rows() - 1, 1));
    let (number, set_aside) = phone.quarantine().await.remove(0);
    assert_eq!(set_aside.reason, Reason::Refused.word());
    let kept = phone.journal().refused(&phone.scope(), number).await.unwrap().pop();
    assert_eq!(kept.map(|document| document.address), *refused.lock().unwrap());
    cloud.wrote_each_once(phone.rows() - 1);
}

#[tokio::test]
async fn error_recovery_every_failure_that_passes_is_waited_for() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let codes = [Code::Unavailable, Code::ResourceExhausted, Code::DeadlineExceeded, Code::Aborted, Code::Internal];
    let mut faults: Vec<_> = codes.into_iter().flat_map(|code| [Fault::code(code), Fault::Pass]).collect();
    faults.extend([Fault::Drop(Lost::Call), Fault::Pass, Fault::Drop(Lost::Connection)]);
    cloud.proxy.appoint(Rule::script(faults).of("Commit"));
    let target = cloud.user("ann");
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.created, report.counters.quarantined), (phone.rows(), 0));
    assert!(report.counters.retries >= 7, "{report:?}");
    cloud.wrote_each_once(phone.rows());
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn error_recovery_a_token_that_expires_in_mid_run_is_followed_by_a_new_one() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    cloud.proxy.appoint(ShortLivedTokens::good_for(4));
    let report = phone.run(&cloud.by(SignedIn::new(&cloud.project, "ann"))).await.unwrap();
    is_complete(&report);
    assert!(cloud.proxy.tally().faults() >= 3, "several tokens were needed");
    cloud.wrote_each_once(phone.rows());
}

#[tokio::test]
async fn error_recovery_a_server_that_stays_away_ends_the_run_for_now_and_the_next_one_goes_on() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let mut commits = 0;
    cloud.proxy.appoint(move |call: &Call| {
        commits += u64::from(call.method == "Commit");
        (commits > 3).then(|| Fault::code(Code::Unavailable))
    });
    let target = cloud.user("ann");
    let report = phone.run(&target).await.unwrap();
    let Ended::Later(error) = &report.ended else { panic!("{report:?}") };
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(report.counters.add_up() && report.counters.quarantined == 0, "{report:?}");
    let written = cloud.proxy.tally().writes().len() as u64;
    assert!((1..=written).contains(&report.counters.created), "whole pages count, {written} documents: {report:?}");
    // So does the first question that is asked of it.
    let again = phone.run(&target).await.unwrap();
    assert!(matches!(again.ended, Ended::Later(_)), "{again:?}");

    cloud.proxy.dismiss();
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!(report.counters.created, phone.rows());
    cloud.wrote_each_once(phone.rows());
}
