use std::time::Duration;

use super::*;
use crate::journal::{Counters, Position, Status};
use crate::plan::{Fingerprint, Outline};
use crate::record::{Map, Value};
use crate::store::{Batches, Capabilities};
use crate::stores::firestore;
use crate::stores::memory::MemoryTarget;
use crate::testkit::faults::{Fault, Faulty, Gate};

type Store = Arc<Faulty<MemoryTarget>>;

const USER: &str = "users/ann/meta/migration";
const PHONE: &str = "users/ann/meta/migration/installations/phone";

fn store_with(batches: Batches, script: impl IntoIterator<Item = Fault>) -> Store {
    let target = MemoryTarget::new(firestore::rules(), Capabilities { batches, conditional: true });
    Arc::new(Faulty::new(target, script))
}

fn store(script: impl IntoIterator<Item = Fault>) -> Store {
    store_with(Batches::Atomic, script)
}

fn voice(store: &Store, installation: &str) -> RemoteState {
    let about = About::new("habits", 3, Some("2.1".to_owned()));
    RemoteState::new(store.clone(), StateAddress::of("ann").unwrap(), installation, about, Pace::default())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

fn run(status: Status, read: u64) -> Run {
    Run {
        fingerprint: Fingerprint([7; 32]),
        outline: Outline::default(),
        store: "store".to_owned(),
        target: "target".to_owned(),
        generation: 1,
        status,
        paused: None,
        started: at(0),
        heartbeat: at(0),
        finished: status.is_settled().then(|| at(30)),
        position: Position::default(),
        counters: Counters { read, carried: read, ..Counters::default() },
    }
}

pub(in crate::remote_state) fn running(read: u64) -> Run {
    run(Status::Running, read)
}

fn state(store: &Store, installation: &str) -> InstallationState {
    let address = format!("{USER}/installations/{installation}");
    InstallationState::from_fields(&store.inner().contents()[&address]).unwrap()
}

fn user(store: &Store) -> UserState {
    UserState::from_fields(&store.inner().contents()[USER]).unwrap()
}

#[track_caller]
fn assert_written(told: Told) {
    assert!(matches!(told, Told::Written), "{told:?}");
}

#[track_caller]
fn assert_not_yet(told: Told) {
    assert!(matches!(told, Told::NotYet), "{told:?}");
}

#[track_caller]
fn assert_later(told: Told, kind: ErrorKind) {
    assert!(matches!(&told, Told::Later(error) if error.kind() == kind), "{told:?}");
}

#[tokio::test]
async fn a_run_that_begins_is_known_of_at_once() {
    let store = store([]);
    assert_written(voice(&store, "phone").tell(&running(0), at(0)).await);
    let state = state(&store, "phone");
    assert_eq!((state.standing(), state.started), ((1, Status::Running), at(0)));
    assert_eq!(state.last.about, About::new("habits", 3, Some("2.1".to_owned())));
    assert_eq!(state.last.fingerprint, "07".repeat(32));
    assert_eq!((user(&store).standing(), user(&store).installations), ((1, Status::Running), vec!["phone".to_owned()]));
}

#[tokio::test]
async fn pages_cost_a_write_a_minute_at_most_and_the_end_is_told_at_once() {
    let store = store([]);
    let voice = voice(&store, "phone");
    assert_written(voice.tell(&running(0), at(0)).await);
    for second in 1..60_i64 {
        assert_not_yet(voice.tell(&running(second.unsigned_abs()), at(second)).await);
    }
    let before = store.inner().contents();
    assert_written(voice.tell(&running(60), at(60)).await);
    assert_eq!((state(&store, "phone").counters.read, state(&store, "phone").last.heartbeat), (60, at(60)));
    assert_eq!(store.inner().contents()[USER], before[USER], "a heartbeat is the installation's alone");

    assert_not_yet(voice.tell(&running(61), at(61)).await);
    assert_written(voice.tell(&run(Status::Complete, 62), at(62)).await);
    assert_eq!((user(&store).status, user(&store).counters.read), (Status::Complete, 62));
    assert_eq!(state(&store, "phone").worked, Duration::from_secs(61));
}

#[tokio::test]
async fn offline_the_state_waits_and_catches_up() {
    let store = store([Fault::Drop, Fault::Drop]);
    let voice = voice(&store, "phone");
    assert_later(voice.tell(&running(0), at(0)).await, ErrorKind::Io);
    assert_not_yet(voice.tell(&running(10), at(1)).await);
    assert_later(voice.tell(&run(Status::Complete, 20), at(2)).await, ErrorKind::Io);
    assert!(store.inner().contents().is_empty());
    assert_written(voice.tell(&run(Status::Complete, 20), at(62)).await);
    assert_eq!((user(&store).status, state(&store, "phone").counters.read), (Status::Complete, 20));
}

#[tokio::test]
async fn a_later_process_says_what_an_earlier_one_could_not_and_nothing_twice() {
    let store = store([Fault::None, Fault::Drop]);
    let first = voice(&store, "phone");
    assert_written(first.tell(&running(0), at(0)).await);
    assert_later(first.tell(&run(Status::Complete, 20), at(30)).await, ErrorKind::Io);

    let complete = run(Status::Complete, 20);
    assert_written(voice(&store, "phone").tell(&complete, at(4000)).await);
    assert_eq!(user(&store).status, Status::Complete);
    assert_not_yet(voice(&store, "phone").tell(&complete, at(8000)).await);
    let day = 24 * 3600;
    assert_written(voice(&store, "phone").tell(&complete, at(4000 + day)).await);
}

#[tokio::test]
async fn what_went_wrong_is_counted_by_kind_over_all_processes() {
    let store = store([]);
    for (second, process) in [(0, 1), (200, 2)] {
        let voice = voice(&store, "phone");
        voice.met(Reason::BadDate);
        voice.met(ErrorKind::Timeout);
        assert_written(voice.tell(&running(process), at(second)).await);
        voice.met(ErrorKind::Timeout);
        assert_not_yet(voice.tell(&running(process), at(second + 1)).await);
        assert_written(voice.tell(&running(process), at(second + 70)).await);
    }
    let errors = state(&store, "phone").errors;
    assert_eq!(errors.into_iter().collect::<Vec<_>>(), [("bad_date".to_owned(), 2), ("timeout".to_owned(), 4)]);
}

#[tokio::test]
async fn time_asleep_is_no_time_at_work() {
    let store = store([]);
    let voice = voice(&store, "phone");
    for second in [0, 10, 5000, 5010] {
        voice.tell(&running(1), at(second)).await;
    }
    assert_written(voice.tell(&run(Status::Complete, 1), at(5010)).await);
    assert_eq!(state(&store, "phone").worked, Duration::from_secs(20));
}

#[tokio::test]
async fn two_devices_that_write_at_once_are_both_in_the_users_state() {
    let gate = Gate::closed();
    let store = store([Fault::Hold(gate.clone())]);
    let phone = voice(&store, "phone");
    let tablet = async {
        gate.reached().await;
        assert_written(voice(&store, "tablet").tell(&run(Status::Complete, 5), at(1)).await);
        gate.open();
    };
    let complete = run(Status::Complete, 7);
    let (told, ()) = tokio::join!(phone.tell(&complete, at(2)), tablet);
    assert_written(told);
    let user = user(&store);
    assert_eq!(user.installations, ["phone", "tablet"]);
    assert_eq!((user.status, user.counters.read), (Status::Complete, 12));
}

#[tokio::test]
async fn a_lost_answer_is_looked_after() {
    for fault in [Fault::LoseAnswer, Fault::Retry] {
        let store = store([fault]);
        assert_written(voice(&store, "phone").tell(&running(0), at(0)).await);
        assert_eq!((state(&store, "phone").generation, user(&store).generation), (1, 1));
    }
}

#[tokio::test]
async fn a_half_of_the_words_that_did_not_happen_is_said_again() {
    // The user's document appears between looking and writing, in a target whose writes stand for themselves.
    let gate = Gate::closed();
    let store = store_with(Batches::Partial, [Fault::Hold(gate.clone())]);
    let phone = voice(&store, "phone");
    let tablet = async {
        gate.reached().await;
        assert_written(voice(&store, "tablet").tell(&running(5), at(1)).await);
        gate.open();
    };
    let first = running(7);
    let (told, ()) = tokio::join!(phone.tell(&first, at(2)), tablet);
    assert_written(told);
    assert_eq!(user(&store).installations, ["phone", "tablet"]);
}

#[tokio::test]
async fn rules_that_refuse_the_state_are_named_and_fail_nothing() {
    let target = MemoryTarget::new(firestore::rules(), Capabilities { batches: Batches::Atomic, conditional: true });
    let store = Arc::new(Faulty::new(target, []).refusing(PHONE, Refusal::denied("no such place")));
    let Told::Later(error) = voice(&store, "phone").tell(&running(0), at(0)).await else { panic!("it was told") };
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains("no such place"), "{error}");
}

#[tokio::test]
async fn who_only_fights_with_others_gives_up_until_later() {
    let store = store(vec![Fault::Retry; 9]);
    assert_later(voice(&store, "phone").tell(&running(0), at(0)).await, ErrorKind::Busy);
}

#[tokio::test]
async fn forcing_is_a_generation_of_its_own_that_says_what_was_not_carried() {
    let store = store([]);
    let voice = voice(&store, "phone");
    let mut halfway = running(10);
    halfway.counters.carried = 4;
    assert_written(voice.tell(&halfway, at(0)).await);
    assert_written(voice.tell(&halfway.forced(at(5)), at(5)).await);
    let state = state(&store, "phone");
    assert_eq!((state.standing(), state.finished), ((2, Status::Forced), Some(at(5))));
    assert_eq!((state.counters.read, state.counters.carried), (10, 4));
    assert_eq!(user(&store).standing(), (2, Status::Forced));
    assert_written(voice.tell(&halfway.forced(at(5)).rolled_back(at(9)), at(9)).await);
    assert_eq!(user(&store).standing(), (3, Status::RolledBack));
}

#[tokio::test]
async fn standing_still_is_told_like_progress() {
    let store = store([]);
    let voice = voice(&store, "phone");
    let mut run = running(10);
    assert_written(voice.tell(&run, at(0)).await);
    run.paused = Some("too many errors".to_owned());
    assert_written(voice.tell(&run, at(1)).await);
    assert_eq!(state(&store, "phone").last.paused.as_deref(), Some("too many errors"));
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_left_as_it_is() {
    let store = store([]);
    for address in [PHONE, USER] {
        let fields = Map::from([("status".to_owned(), Value::from("levitating"))]);
        let write = Write { address: address.to_owned(), fields: Some(fields.into()), condition: Condition::Always };
        store.write(&[write]).await.unwrap();
    }
    let before = store.inner().contents();
    for installation in ["phone", "tablet"] {
        let told = voice(&store, installation).tell(&running(0), at(0)).await;
        assert_later(told, ErrorKind::Unsupported);
    }
    assert_eq!(store.inner().contents(), before);
}

#[tokio::test]
async fn a_clock_that_was_set_back_neither_silences_nor_floods() {
    let store = store([]);
    let voice = voice(&store, "phone");
    assert_written(voice.tell(&running(0), at(100_000)).await);
    let mut written = 0;
    for second in 0..600_i64 {
        let told = voice.tell(&running(second.unsigned_abs()), at(second)).await;
        written += u32::from(matches!(told, Told::Written));
    }
    assert!((1..=10).contains(&written), "{written}");
}

#[tokio::test]
async fn a_word_of_a_clock_that_was_ahead_is_not_the_last() {
    let store = store([]);
    assert_written(voice(&store, "phone").tell(&running(0), at(100_000)).await);
    assert_written(voice(&store, "phone").tell(&running(5), at(60)).await);
    assert_eq!((state(&store, "phone").last.heartbeat, state(&store, "phone").counters.read), (at(60), 5));
}

#[tokio::test]
async fn whoever_asks_hears_how_all_devices_stand_now() {
    let store = store([]);
    let address = StateAddress::of("ann").unwrap();
    let patience = Pace::default().patience;
    let asked = async |now| UserState::read(&*store, &address, now, patience).await.unwrap();
    assert_eq!(asked(at(0)).await, None);
    assert_written(voice(&store, "phone").tell(&run(Status::Complete, 7), at(0)).await);
    assert_written(voice(&store, "tablet").tell(&running(1), at(1)).await);
    assert_eq!(asked(at(2)).await.unwrap().status, Status::Running);
    let after_long = asked(at(61 * 24 * 3600)).await.unwrap();
    assert_eq!((after_long.status, after_long.gone), (Status::Complete, 1));
}
