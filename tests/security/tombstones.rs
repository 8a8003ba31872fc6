//! What says that a document was deleted.

use rehome_core::record::{Map, Timestamp, Value};
use rehome_core::remote_state::{DeletedBy, StateAddress, Tombstone, Tombstones};
use rehome_core::store::Write;

use crate::doors::{Doors, all_denied, delete, put, with, without};

const HABIT: &str = "users/ann/habits/h1";

fn state() -> StateAddress {
    StateAddress::of("ann").unwrap()
}

fn tombstone() -> Write {
    let deleted_at = Timestamp::from_millis(1_700_000_000_000);
    Tombstone { address: HABIT, deleted_at, installation: "phone", generation: 1 }.write(&state())
}

pub(crate) async fn a_delete_and_its_tombstone_go_in_one_commit(doors: Doors) {
    doors.ann.is_allowed(put(HABIT, Map::new())).await;
    let outcomes = doors.ann.write(&[delete(HABIT), tombstone()]).await;
    assert_eq!(outcomes.len(), 2);
    assert!(!all_denied(&outcomes));
    doors.ann.is_allowed(tombstone()).await;
    let seen = Tombstones::read(&*doors.ann.0, &state(), "tablet").await.unwrap();
    assert_eq!((seen.len(), seen.deleted_by(HABIT)), (1, Some(DeletedBy::Another)));
}

pub(crate) async fn a_tombstone_that_is_none_is_denied_and_so_is_its_delete(doors: Doors) {
    let Write { address, fields, .. } = tombstone();
    let valid = fields.unwrap().into_content().into_map();
    for name in valid.keys() {
        doors.ann.is_denied(put(&address, without(&valid, name)), &format!("without {name}")).await;
    }
    for (name, value) in [
        ("address", Value::Int(1)),
        ("address", Value::String("x".repeat(6145))),
        ("deletedAt", Value::from("today")),
        ("installation", Value::from("a phone")),
        ("installation", Value::Null),
        ("generation", Value::Int(0)),
        ("generation", Value::Double(1.0)),
        ("note", Value::from("hello")),
    ] {
        doors.ann.is_denied(put(&address, with(&valid, name, value)), &format!("with a wrong {name}")).await;
    }
    for id in [
        "h1",
        "836F0A16548707B4C84D368897797E98",
        "836f0a16548707b4c84d368897797e9",
        "836f0a-6548707b4c84d368897797e98",
    ] {
        let elsewhere = format!("{}/{id}", state().tombstones());
        doors.ann.is_denied(put(&elsewhere, valid.clone()), "as its id").await;
    }

    doors.ann.is_allowed(put(HABIT, Map::new())).await;
    let wrong = put(&address, with(&valid, "note", Value::Null));
    assert!(all_denied(&doors.ann.write(&[delete(HABIT), wrong]).await));
    let address = [HABIT.to_owned()];
    let found = rehome_core::store::Target::look(&*doors.ann.0, &address, None).await.unwrap();
    assert!(found[0].is_some(), "the document went without its tombstone");
}

pub(crate) async fn other_devices_of_the_user_read_all_of_them_and_nobody_else_does(doors: Doors) {
    doors.ann.is_allowed(tombstone()).await;
    assert!(doors.ann.may_list(&state().tombstones()).await);
    assert!(!doors.bob.may_list(&state().tombstones()).await);
    doors.bob.is_denied(tombstone(), "of ann, by bob").await;
    doors.bob.is_denied(delete(&tombstone().address), "of ann, by bob").await;
}

pub(crate) async fn a_document_that_is_created_again_lifts_its_tombstone(doors: Doors) {
    doors.ann.is_allowed(tombstone()).await;
    doors.ann.write(&[put(HABIT, Map::new()), Tombstone::lift(&state(), HABIT)]).await;
    let seen = Tombstones::read(&*doors.ann.0, &state(), "phone").await.unwrap();
    assert!(seen.is_empty());
}
