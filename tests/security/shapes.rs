//! What the documents of a state may look like.

use std::collections::BTreeMap;
use std::time::Duration;

use rehome_core::journal::{Counters, Status};
use rehome_core::record::{Map, Timestamp, Value};
use rehome_core::remote_state::{About, InstallationState, LastWord, UserState};

use crate::doors::{Door, Doors, put, with, with_inner, without};

pub(crate) const USER: &str = "users/ann/meta/migration";
pub(crate) const PHONE: &str = "users/ann/meta/migration/installations/phone";

fn noon() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

/// An installation with all there can be in it.
pub(crate) fn installation(generation: u32, status: Status) -> Map {
    let state = InstallationState {
        generation,
        status,
        started: noon(),
        finished: Some(noon()),
        worked: Duration::from_secs(3),
        counters: Counters { read: 7, carried: 7, bytes: 1 << 40, ..Counters::default() },
        errors: BTreeMap::from([("bad_date".to_owned(), 3)]),
        last: LastWord {
            heartbeat: noon(),
            paused: Some("too many errors".to_owned()),
            fingerprint: "0f".repeat(32),
            about: About::new("habits", 1, Some("2.0".to_owned())),
        },
    };
    state.to_fields()
}

pub(crate) fn user(generation: u32, status: Status) -> Map {
    let state = UserState {
        generation,
        status,
        started: noon(),
        heartbeat: noon(),
        finished: Some(noon()),
        installations: vec!["phone".to_owned()],
        gone: 0,
        counters: Counters::default(),
    };
    state.to_fields()
}

pub(crate) async fn what_the_library_writes_is_allowed(doors: Doors) {
    let full = installation(1, Status::Running);
    let bare = ["finishedAt", "paused", "app"].iter().fold(full.clone(), |fields, name| without(&fields, name));
    let widest = with(&full, "paused", Value::String("ü".repeat(500)));
    for fields in [full, bare, widest] {
        doors.ann.is_allowed(put(PHONE, fields)).await;
    }
    doors.ann.is_allowed(put(USER, user(1, Status::Running))).await;
    doors.ann.is_allowed(put(USER, without(&user(1, Status::Running), "finishedAt"))).await;
}

/// Denied both where nothing is there yet and where something is.
async fn is_never_allowed(doors: &Doors, address: &str, valid: &Map, wrong: Vec<(String, Map)>) {
    for (what, fields) in &wrong {
        doors.ann.is_denied(put(address, fields.clone()), what).await;
    }
    doors.ann.is_allowed(put(address, valid.clone())).await;
    for (what, fields) in wrong {
        doors.ann.is_denied(put(address, fields), &what).await;
    }
}

pub(crate) async fn an_installation_without_a_field_is_denied(doors: Doors) {
    let valid = installation(1, Status::Running);
    let optional = ["finishedAt", "paused", "app"];
    let required = valid.keys().filter(|name| !optional.contains(&name.as_str()));
    let mut wrong: Vec<_> = required.map(|name| (format!("without {name}"), without(&valid, name))).collect();
    for outer in ["counts", "plan"] {
        let Some(Value::Map(inner)) = valid.get(outer) else { panic!("{outer} is no map") };
        let fields = inner.keys().map(|name| {
            let fields = with(&valid, outer, Value::Map(without(inner, name)));
            (format!("without {outer}.{name}"), fields)
        });
        wrong.extend(fields);
    }
    assert!(wrong.len() > 20);
    is_never_allowed(&doors, PHONE, &valid, wrong).await;
}

pub(crate) async fn an_installation_with_a_field_too_many_is_denied(doors: Doors) {
    let valid = installation(1, Status::Running);
    let wrong = vec![
        ("with a note".to_owned(), with(&valid, "note", Value::from("hello"))),
        ("with another count".to_owned(), with_inner(&valid, "counts", "dreamt", Value::Int(1))),
        ("with a note on the plan".to_owned(), with_inner(&valid, "plan", "note", Value::Int(1))),
    ];
    is_never_allowed(&doors, PHONE, &valid, wrong).await;
}

fn named(wrong: Vec<(&str, Value)>, valid: &Map) -> Vec<(String, Map)> {
    wrong.into_iter().map(|(name, value)| (format!("with a wrong {name}"), with(valid, name, value))).collect()
}

/// Wrong in what both kinds of state have.
fn wrong_standing() -> Vec<(&'static str, Value)> {
    vec![
        ("generation", Value::Int(0)),
        ("generation", Value::Int(-1)),
        ("generation", Value::Int(1_000_001)),
        ("generation", Value::Double(1.0)),
        ("generation", Value::from("1")),
        ("status", Value::from("done")),
        ("status", Value::from("")),
        ("status", Value::Int(1)),
        ("status", Value::Null),
        ("startedAt", Value::from("2026-01-01T00:00:00Z")),
        ("heartbeatAt", Value::Int(1)),
        ("heartbeatAt", Value::Null),
        ("finishedAt", Value::Bool(true)),
        ("counts", Value::Int(3)),
        ("counts", Value::Map(Map::new())),
    ]
}

pub(crate) async fn an_installations_field_of_the_wrong_kind_or_range_is_denied(doors: Doors) {
    let valid = installation(1, Status::Running);
    let many = (0..65).map(|number| (format!("e{number}"), Value::Int(1))).collect();
    let mut wrong = named(wrong_standing(), &valid);
    wrong.extend(named(
        vec![
            ("workedMillis", Value::Int(-1)),
            ("workedMillis", Value::Double(1.5)),
            ("errors", Value::Array(Vec::new())),
            ("errors", Value::Map(many)),
            ("paused", Value::String("x".repeat(2001))),
            ("paused", Value::Null),
            ("plan", Value::from("habits")),
            ("library", Value::Int(1)),
            ("library", Value::String("1".repeat(201))),
            ("app", Value::Int(1)),
        ],
        &valid,
    ));
    for count in ["read", "carried", "quarantined", "billedWrites", "retries"] {
        for value in [Value::Int(-1), Value::Double(1.0), Value::from("1")] {
            wrong.push((format!("with a wrong {count}"), with_inner(&valid, "counts", count, value)));
        }
    }
    for (name, value) in [
        ("name", Value::Int(1)),
        ("name", Value::String("x".repeat(501))),
        ("version", Value::from("1")),
        ("fingerprint", Value::from("0f")),
        ("fingerprint", Value::String("G".repeat(64))),
        ("fingerprint", Value::Null),
    ] {
        wrong.push((format!("with a wrong {name} of the plan"), with_inner(&valid, "plan", name, value)));
    }
    is_never_allowed(&doors, PHONE, &valid, wrong).await;
}

pub(crate) async fn an_installation_under_an_id_that_is_none_is_denied(doors: Doors) {
    let create = async |door: &Door, id: &str| {
        door.is_denied(put(&format!("{USER}/installations/{id}"), installation(1, Status::Running)), "as its id").await;
    };
    for id in ["a phone", "ähnlich", &"x".repeat(129)] {
        create(&doors.ann, id).await;
    }
}

pub(crate) async fn a_users_state_without_a_field_or_with_one_too_many_is_denied(doors: Doors) {
    let valid = user(1, Status::Running);
    let required = valid.keys().filter(|name| *name != "finishedAt");
    let mut wrong: Vec<_> = required.map(|name| (format!("without {name}"), without(&valid, name))).collect();
    wrong.push(("with a note".to_owned(), with(&valid, "note", Value::from("hello"))));
    wrong.push(("with an installation's".to_owned(), with(&valid, "library", Value::from("1.0"))));
    is_never_allowed(&doors, USER, &valid, wrong).await;
}

pub(crate) async fn a_users_field_of_the_wrong_kind_or_range_is_denied(doors: Doors) {
    let valid = user(1, Status::Running);
    let many = (0..1001).map(|number| Value::String(number.to_string())).collect();
    let mut wrong = named(wrong_standing(), &valid);
    wrong.extend(named(
        vec![
            ("installations", Value::from("phone")),
            ("installations", Value::Array(many)),
            ("gone", Value::Int(-1)),
            ("gone", Value::Int(2)),
            ("gone", Value::from("0")),
        ],
        &valid,
    ));
    is_never_allowed(&doors, USER, &valid, wrong).await;
}
