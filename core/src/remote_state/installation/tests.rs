use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn moments() -> impl Strategy<Value = Timestamp> {
    (1_700_000_000_000_i64..1_700_000_100_000).prop_map(Timestamp::from_millis)
}

fn counters() -> impl Strategy<Value = Counters> {
    [0_u64..5, 0_u64..5, 0_u64..5].prop_map(|[read, carried, retries]| Counters {
        read,
        carried,
        retries,
        ..Counters::default()
    })
}

fn last_words() -> impl Strategy<Value = LastWord> {
    (moments(), option::of("[a-z]{3}"), "[0-9a-f]{4}", 1_i64..3, option::of("[0-9]")).prop_map(
        |(heartbeat, paused, fingerprint, plan_version, app)| LastWord {
            heartbeat,
            paused,
            fingerprint,
            about: About { app, ..About::new("habits", plan_version, None) },
        },
    )
}

/// Few different ones, so that two often have a generation in common.
pub(in crate::remote_state) fn states() -> impl Strategy<Value = InstallationState> {
    let worked = (0_u64..5000).prop_map(Duration::from_millis);
    let errors = btree_map("busy|timeout|bad_date", 1_u64..4, 0..3);
    let first = (1_u32..4, select(Status::ALL.to_vec()), moments(), option::of(moments()));
    (first, worked, counters(), errors, last_words()).prop_map(
        |((generation, status, started, finished), worked, counters, errors, last)| InstallationState {
            generation,
            status,
            started,
            finished,
            worked,
            counters,
            errors,
            last,
        },
    )
}

proptest! {
    #[test]
    fn what_is_learnt_in_any_order_and_any_number_of_times_comes_to_the_same(
        a in states(), b in states(), c in states(),
    ) {
        prop_assert_eq!(a.clone().join(a.clone()), a.clone());
        prop_assert_eq!(a.clone().join(b.clone()), b.clone().join(a.clone()));
        prop_assert_eq!(a.clone().join(b.clone()).join(c.clone()), a.join(b.join(c)));
    }

    #[test]
    fn nothing_that_is_learnt_takes_a_state_back(a in states(), b in states()) {
        let both = a.clone().join(b.clone());
        prop_assert!(both.standing() >= a.standing() && both.standing() >= b.standing());
        if a.generation == b.generation {
            prop_assert!(both.counters.read >= a.counters.read.max(b.counters.read));
            prop_assert!(both.last.heartbeat >= a.last.heartbeat.max(b.last.heartbeat));
        }
    }

    #[test]
    fn a_state_comes_back_from_its_document(state in states()) {
        prop_assert_eq!(InstallationState::from_fields(&state.to_fields()), Some(state));
    }
}

fn state() -> InstallationState {
    InstallationState {
        generation: 1,
        status: Status::Running,
        started: Timestamp::from_millis(1),
        finished: None,
        worked: Duration::from_secs(1),
        counters: Counters { read: 7, ..Counters::default() },
        errors: BTreeMap::new(),
        last: LastWord {
            heartbeat: Timestamp::from_millis(2),
            paused: None,
            fingerprint: "f00d".to_owned(),
            about: About::new("habits", 1, None),
        },
    }
}

#[test]
fn what_a_newer_version_adds_is_passed_over_and_what_it_changes_is_not_guessed() {
    let mut fields = state().to_fields();
    fields.insert("mood".to_owned(), Value::from("calm"));
    let Some(Value::Map(counts)) = fields.get_mut("counts") else { panic!("no counts") };
    counts.insert("dreamt".to_owned(), Value::Int(3));
    counts.remove("retries");
    assert_eq!(InstallationState::from_fields(&fields), Some(state()));

    fields.insert("status".to_owned(), Value::from("levitating"));
    assert_eq!(InstallationState::from_fields(&fields), None);
}

#[test]
fn a_document_of_the_wrong_kinds_is_no_state_and_no_panic() {
    for (field, value) in [
        ("generation", Value::Int(-1)),
        ("generation", Value::Int(i64::MAX)),
        ("generation", Value::from("1")),
        ("status", Value::Int(1)),
        ("startedAt", Value::from("today")),
        ("heartbeatAt", Value::Null),
    ] {
        let mut fields = state().to_fields();
        fields.insert(field.to_owned(), value);
        assert_eq!(InstallationState::from_fields(&fields), None, "{field}");
    }
    let mut fields = state().to_fields();
    let errors = (0..10_000).map(|number| (format!("e{number}"), Value::Int(1)));
    fields.insert("errors".to_owned(), Value::Map(errors.collect()));
    fields.insert("counts".to_owned(), Value::Map(Map::from([("read".to_owned(), Value::Int(-7))])));
    let read = InstallationState::from_fields(&fields).unwrap();
    assert_eq!((read.errors.len(), read.counters.read), (64, 0));
}
