use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::installation::tests::states;
use super::*;

const PATIENCE: Duration = Duration::from_secs(1000);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn device(id: &str, status: Status, heard: i64) -> Known {
    let fields = crate::remote_state::About::new("habits", 1, None);
    let state = InstallationState {
        generation: 1,
        status,
        started: at(1),
        finished: status.is_settled().then(|| at(heard)),
        worked: Duration::ZERO,
        counters: Counters { read: 10, carried: 10, ..Counters::default() },
        errors: BTreeMap::new(),
        last: crate::remote_state::LastWord {
            heartbeat: at(heard),
            paused: None,
            fingerprint: String::new(),
            about: fields,
        },
    };
    (id.to_owned(), Some(state))
}

fn derived(before: Option<&UserState>, known: &[Known], now: i64) -> UserState {
    UserState::derive(before, known, at(now), PATIENCE).unwrap()
}

fn status_of(statuses: &[Status]) -> Status {
    let known: Vec<Known> = statuses.iter().enumerate().map(|(n, status)| device(&n.to_string(), *status, 5)).collect();
    derived(None, &known, 10).status
}

#[test]
fn one_devices_complete_does_not_hide_that_another_one_has_rows_to_carry() {
    use Status::{Complete, Forced, Pending, RolledBack, Running, Sealed, Verified};
    for (statuses, together) in [
        (&[Pending][..], Pending),
        (&[Running], Running),
        (&[Complete], Complete),
        (&[Complete, Pending], Running),
        (&[Complete, Running], Running),
        (&[Complete, RolledBack], Running),
        (&[RolledBack, RolledBack], RolledBack),
        (&[Verified, Complete], Complete),
        (&[Sealed, Verified], Verified),
        (&[Sealed, Sealed], Sealed),
    ] {
        assert_eq!(status_of(statuses), together, "{statuses:?}");
    }
    for other in [Complete, Verified, Sealed, Forced] {
        assert_eq!(status_of(&[Forced, other]), Forced, "forced is never verified, nor is anything with it");
    }
}

#[test]
fn a_device_that_was_not_heard_of_for_long_is_not_waited_for_until_it_turns_up() {
    let known = [device("phone", Status::Complete, 10), device("tablet", Status::Running, 10)];
    let soon = derived(None, &known, 1009);
    assert_eq!((soon.status, soon.gone, soon.finished), (Status::Running, 0, None));
    let later = derived(Some(&soon), &known, 1010);
    assert_eq!((later.status, later.gone, later.finished), (Status::Complete, 1, Some(at(10))));
    assert_eq!(later.installations, ["phone", "tablet"]);
    assert_eq!((later.generation, later.counters.read), (1, 20));

    let known = [device("phone", Status::Complete, 10), device("tablet", Status::Running, 1020)];
    let back = derived(Some(&later), &known, 1020);
    assert_eq!((back.status, back.generation, back.gone), (Status::Running, 2, 0), "a step back is a new generation");
}

#[test]
fn where_everybody_is_gone_nothing_is_complete() {
    let known = [device("phone", Status::Running, 10), device("tablet", Status::Pending, 10)];
    let state = derived(None, &known, 100_000);
    assert_eq!((state.status, state.gone), (Status::Running, 2));
    assert_eq!(derived(None, &[device("phone", Status::RolledBack, 10)], 100_000).status, Status::RolledBack);
}

#[test]
fn a_device_that_speaks_of_a_status_unheard_of_is_not_taken_for_finished() {
    let known = [device("phone", Status::Sealed, 10), ("watch".to_owned(), None)];
    assert_eq!(derived(None, &known, 20).status, Status::Running);
    assert_eq!(UserState::derive(None, &[("watch".to_owned(), None)], at(20), PATIENCE), None);
    assert_eq!(UserState::derive(None, &[], at(20), PATIENCE), None);
}

fn devices() -> impl Strategy<Value = Vec<Known>> {
    prop::collection::vec(("[a-c]", states()).prop_map(|(id, state)| (id, Some(state))), 1..4)
}

proptest! {
    #[test]
    fn a_users_state_never_goes_back_whatever_devices_say(steps in prop::collection::vec((devices(), 0_i64..9000), 1..6)) {
        let mut before: Option<UserState> = None;
        for (known, later) in steps {
            let now = at(1_700_000_000 + later);
            let state = UserState::derive(before.as_ref(), &known, now, PATIENCE).unwrap();
            prop_assert!(before.is_none_or(|before| state.standing() >= before.standing()));
            let waits = known.iter().filter_map(|(_, state)| state.as_ref()).any(|state| {
                !state.status.is_settled() && now.since(state.last.heartbeat) < PATIENCE
            });
            prop_assert!(!(waits && state.status.is_settled()));
            prop_assert_eq!(UserState::from_fields(&state.to_fields()), Some(state.clone()));
            before = Some(state);
        }
    }
}
