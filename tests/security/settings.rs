//! The settings of the app.

use rehome_core::record::{Map, Timestamp, Value};

use crate::doors::{Doors, delete, put, with};

const SETTINGS: &str = "users/ann/settings/general";

fn settings() -> Map {
    Map::from([
        ("theme".to_owned(), Value::from("dark")),
        ("notifications".to_owned(), Value::Bool(true)),
        ("reminderMinute".to_owned(), Value::Int(1439)),
        ("weekStart".to_owned(), Value::Int(7)),
        ("timeZone".to_owned(), Value::from("Europe/Berlin")),
        ("updatedAt".to_owned(), Value::Timestamp(Timestamp::from_millis(1_700_000_000_000))),
    ])
}

pub(crate) async fn settings_of_the_right_kinds_are_allowed(doors: Doors) {
    doors.ann.is_allowed(put(SETTINGS, Map::new())).await;
    doors.ann.is_allowed(put(SETTINGS, settings())).await;
    assert!(doors.ann.may_read(SETTINGS).await && doors.ann.may_list("users/ann/settings").await);
    doors.ann.is_allowed(delete(SETTINGS)).await;
}

pub(crate) async fn settings_of_the_wrong_kinds_are_denied(doors: Doors) {
    for (name, value) in [
        ("theme", Value::from("pink")),
        ("theme", Value::Int(1)),
        ("notifications", Value::from("yes")),
        ("reminderMinute", Value::Int(1440)),
        ("reminderMinute", Value::Int(-1)),
        ("reminderMinute", Value::Double(5.0)),
        ("weekStart", Value::Int(0)),
        ("weekStart", Value::Int(8)),
        ("timeZone", Value::String("x".repeat(65))),
        ("updatedAt", Value::from("today")),
        ("premium", Value::Bool(true)),
    ] {
        doors.ann.is_denied(put(SETTINGS, with(&settings(), name, value)), &format!("with a wrong {name}")).await;
    }
    doors.ann.is_denied(put("users/ann/settings/all of them", settings()), "under that id").await;
    doors.ann.is_denied(put("users/ann/settings/general/more/m1", settings()), "below the settings").await;
}

pub(crate) async fn settings_of_another_user_are_denied(doors: Doors) {
    doors.ann.is_allowed(put(SETTINGS, settings())).await;
    assert!(!doors.bob.may_read(SETTINGS).await);
    doors.bob.is_denied(put(SETTINGS, settings()), "of ann, by bob").await;
    doors.bob.is_denied(delete(SETTINGS), "of ann, by bob").await;
}
