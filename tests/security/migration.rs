//! A user's state, told as a phone tells it.

use rehome_core::journal::{Counters, Position, Run, Status};
use rehome_core::plan::{Fingerprint, Outline};
use rehome_core::record::{Map, Timestamp};
use rehome_core::remote_state::{About, Pace, RemoteState, StateAddress, Told, UserState};

use crate::doors::{Door, Doors, delete, put};
use crate::shapes::{PHONE, USER, installation, user};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

fn run(status: Status) -> Run {
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
        finished: status.is_settled().then(|| at(90)),
        position: Position::default(),
        counters: Counters { read: 10, carried: 10, ..Counters::default() },
    }
}

fn voice(door: &Door, installation: &str) -> RemoteState {
    let about = About::new("habits", 1, Some("2.1".to_owned()));
    RemoteState::new(door.0.clone(), StateAddress::of("ann").unwrap(), installation, about, Pace::default())
}

async fn tell(voice: &RemoteState, run: &Run, second: i64) {
    let told = voice.tell(run, at(second)).await;
    assert!(matches!(told, Told::Written), "{told:?}");
}

async fn current(door: &Door) -> UserState {
    let address = StateAddress::of("ann").unwrap();
    UserState::read(&*door.0, &address, at(200), Pace::default().patience).await.unwrap().unwrap()
}

pub(crate) async fn a_whole_migration_tells_its_state(doors: Doors) {
    let phone = voice(&doors.ann, "phone");
    for (second, status) in [(0, Status::Pending), (1, Status::Running), (70, Status::Running)] {
        tell(&phone, &run(status), second).await;
    }
    for (second, status) in [(90, Status::Complete), (91, Status::Verified), (92, Status::Sealed)] {
        tell(&phone, &run(status), second).await;
        assert_eq!(current(&doors.ann).await.status, status);
    }
    let forced = run(Status::Sealed).forced(at(100));
    tell(&phone, &forced, 100).await;
    tell(&phone, &forced.rolled_back(at(101)), 101).await;
    assert_eq!(current(&doors.ann).await.standing(), (3, Status::RolledBack));
}

pub(crate) async fn two_devices_tell_theirs(doors: Doors) {
    tell(&voice(&doors.ann, "phone"), &run(Status::Complete), 90).await;
    assert_eq!(current(&doors.ann).await.standing(), (1, Status::Complete));
    tell(&voice(&doors.ann, "tablet"), &run(Status::Running), 95).await;
    assert_eq!(current(&doors.ann).await.standing(), (2, Status::Running));
    tell(&voice(&doors.ann, "tablet"), &run(Status::Complete), 99).await;
    assert_eq!(current(&doors.ann).await.standing(), (2, Status::Complete));
}

pub(crate) async fn nobody_reads_or_writes_the_state_of_another(doors: Doors) {
    for (address, fields) in [(USER, user(1, Status::Running)), (PHONE, installation(1, Status::Running))] {
        doors.bob.is_denied(put(address, fields.clone()), "of ann, by bob").await;
        doors.ann.is_allowed(put(address, fields.clone())).await;
        doors.bob.is_denied(put(address, fields), "of ann, by bob").await;
        assert!(!doors.bob.may_read(address).await, "{address}");
    }
    assert!(!doors.bob.may_list(&format!("{USER}/installations")).await);
}

pub(crate) async fn nobody_starts_over_by_deleting_the_state(doors: Doors) {
    for (address, fields) in [(USER, user(1, Status::Running)), (PHONE, installation(1, Status::Running))] {
        doors.ann.is_allowed(put(address, fields)).await;
        doors.ann.is_denied(delete(address), "deleted").await;
    }
    doors.ann.is_denied(put(&format!("{USER}/notes/n1"), Map::new()), "below the state").await;
}

pub(crate) async fn the_rest_of_meta_is_the_users(doors: Doors) {
    doors.ann.is_allowed(put("users/ann/meta/profile", Map::new())).await;
    doors.ann.is_allowed(put("users/ann/meta/profile/pictures/p1", Map::new())).await;
    assert!(!doors.bob.may_read("users/ann/meta/profile").await);
}
