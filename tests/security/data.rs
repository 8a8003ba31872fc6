//! The app's own data.

use rehome_core::record::{Map, Value};
use rehome_core::store::{Condition, Outcome, Write};

use crate::doors::{Doors, delete, put};

const HABIT: &str = "users/ann/habits/h1";
const DONE: &str = "users/ann/habits/h1/completions/c1";

fn habit() -> Map {
    Map::from([("title".to_owned(), Value::from("Read"))])
}

pub(crate) async fn a_user_has_all_rights_to_their_own_data(doors: Doors) {
    for address in ["users/ann", HABIT, DONE] {
        doors.ann.is_allowed(put(address, habit())).await;
        assert!(doors.ann.may_read(address).await, "{address}");
        doors.ann.is_allowed(put(address, Map::new())).await;
    }
    assert!(doors.ann.may_list("users/ann/habits").await);
    assert!(doors.ann.may_list("users/ann/habits/h1/completions").await);
    doors.ann.is_allowed(delete(DONE)).await;
}

pub(crate) async fn a_user_reaches_nothing_of_another_one(doors: Doors) {
    for address in ["users/ann", HABIT, DONE] {
        doors.owner.is_allowed(put(address, habit())).await;
        assert!(!doors.bob.may_read(address).await, "{address}");
        doors.bob.is_denied(put(address, habit()), "of ann, by bob").await;
        doors.bob.is_denied(delete(address), "of ann, by bob").await;
    }
    assert!(!doors.bob.may_list("users/ann/habits").await);
    assert!(!doors.bob.may_list("users").await);
}

pub(crate) async fn nothing_lies_open_beside_the_users(doors: Doors) {
    for address in ["habits/h1", "meta/migration", "users/ann/habits/h1/completions/c1/notes/n1/deep/d1"] {
        doors.owner.is_allowed(put(address, habit())).await;
    }
    assert!(doors.ann.may_read("users/ann/habits/h1/completions/c1/notes/n1/deep/d1").await);
    for address in ["habits/h1", "meta/migration"] {
        assert!(!doors.ann.may_read(address).await, "{address}");
        doors.ann.is_denied(put(address, habit()), "beside the users").await;
    }
    assert!(!doors.ann.may_list("habits").await);
}

pub(crate) async fn everybody_signed_in_reads_the_stop_document_and_nobody_writes_it(doors: Doors) {
    let stop = || Map::from([("stop".to_owned(), Value::Bool(true))]);
    for door in [&doors.ann, &doors.bob] {
        assert!(door.may_read("rehome/stop").await, "before it is there");
        door.is_denied(put("rehome/stop", stop()), "an operator's").await;
    }
    doors.owner.is_allowed(put("rehome/stop", stop())).await;
    for door in [&doors.ann, &doors.bob] {
        assert!(door.may_read("rehome/stop").await);
        door.is_denied(delete("rehome/stop"), "an operator's").await;
        assert!(!door.may_list("rehome").await);
    }
}

pub(crate) async fn nobody_who_is_not_signed_in_reaches_anything(doors: Doors) {
    doors.owner.is_allowed(put(HABIT, habit())).await;
    for address in ["rehome/stop", HABIT, "users/ann", "users/ann/meta/migration", "users/ann/habits", "habits/h1"] {
        assert_eq!(doors.status_unsigned(address), 403, "{address}");
    }
}

pub(crate) async fn a_backfills_batch_goes_through(doors: Doors) {
    let documents = 0..200;
    let writes: Vec<Write> = documents
        .map(|number| Write {
            condition: Condition::Absent,
            ..put(&format!("users/ann/habits/h1/completions/c{number}"), habit())
        })
        .collect();
    let outcomes = doors.ann.write(&writes).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_))), "{:?}", outcomes.first());
}
