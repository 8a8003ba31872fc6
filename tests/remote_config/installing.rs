//! An installation has one id, and a token that is renewed in time.

use std::time::Duration;

use rehome_core::remote_config::{Fetched, Problem};
use rehome_servers::remote_config::{Asked, Trouble};

use crate::phone::{Phone, hours};

impl Phone {
    /// The id by which the last fetch was made, and its token.
    fn shown(&self) -> (String, String) {
        let seen = self.server.seen(Asked::Fetch).pop().unwrap();
        let text = |name: &str| seen.body[name].as_str().unwrap().to_owned();
        assert_eq!(seen.header("x-goog-firebase-installations-auth"), Some(text("app_instance_id_token").as_str()));
        (text("app_instance_id"), text("app_instance_id_token"))
    }
}

#[tokio::test]
async fn an_id_is_made_once_and_its_token_renewed_an_hour_before_it_ends() {
    let phone = Phone::new();
    phone.server.tokens_last(3 * 60 * 60);
    let always = async || phone.launch().await.fetch_older_than(Duration::ZERO).await;
    always().await.unwrap();
    let (fid, token) = phone.shown();
    phone.clock.pass(hours(2) - Duration::from_secs(1));
    always().await.unwrap();
    assert_eq!(phone.shown(), (fid.clone(), token.clone()));
    phone.clock.pass(Duration::from_secs(1));
    always().await.unwrap();
    let (same, another) = phone.shown();
    assert_eq!(same, fid);
    assert_ne!(another, token);
    assert_eq!((phone.server.count(Asked::CreateInstallation), phone.server.count(Asked::GenerateToken)), (1, 1));
}

#[tokio::test]
async fn a_token_that_is_good_no_more_is_renewed_once() {
    let phone = Phone::new();
    let config = phone.launch().await;
    config.fetch().await.unwrap();
    let (fid, _) = phone.shown();
    phone.server.revoke_tokens();
    assert_eq!(config.fetch_older_than(Duration::ZERO).await, Ok(Fetched::Answered));
    assert_eq!(phone.shown().0, fid);
    for _ in 0..2 {
        phone.server.next(Asked::Fetch, Trouble::status(401));
    }
    assert_eq!(config.fetch_older_than(Duration::ZERO).await, Err(Problem::Refused { status: 401 }));
    assert_eq!(phone.server.count(Asked::GenerateToken), 2);
}

#[tokio::test]
async fn an_installation_that_was_deleted_elsewhere_is_made_anew() {
    let phone = Phone::new().with_chance(0.3);
    let config = phone.launch().await;
    config.fetch().await.unwrap();
    let (fid, _) = phone.shown();
    phone.server.forget_installations();
    assert_eq!(config.fetch_older_than(Duration::ZERO).await, Ok(Fetched::Answered));
    assert_ne!(phone.shown().0, fid);
    assert_eq!(phone.server.count(Asked::CreateInstallation), 2);
}

#[tokio::test]
async fn an_id_that_another_one_has_is_replaced() {
    let phone = Phone::new();
    phone.server.next(Asked::CreateInstallation, Trouble::status(409));
    phone.launch().await.fetch().await.unwrap();
    let shown = phone.server.seen(Asked::CreateInstallation);
    assert_ne!(shown[0].body["fid"], shown[1].body["fid"]);
}

#[tokio::test]
async fn a_fault_of_the_service_is_asked_once_more_and_then_left_alone() {
    let phone = Phone::new();
    phone.server.next(Asked::CreateInstallation, Trouble::status(500));
    let config = phone.launch().await;
    assert_eq!(config.fetch().await, Ok(Fetched::Answered));
    assert_eq!(phone.server.count(Asked::CreateInstallation), 2);
    let other = Phone::new();
    for _ in 0..2 {
        other.server.next(Asked::CreateInstallation, Trouble::status(503));
    }
    let config = other.launch().await;
    assert!(matches!(config.fetch().await, Err(Problem::Throttled { .. })));
    assert_eq!((other.server.count(Asked::CreateInstallation), other.server.count(Asked::Fetch)), (2, 0));
    // The id that was shown is kept, although nobody has taken it yet.
    other.clock.pass(hours(1));
    other.launch().await.fetch().await.unwrap();
    let shown = other.server.seen(Asked::CreateInstallation);
    assert!(shown.iter().all(|seen| seen.body["fid"] == shown[0].body["fid"]), "{shown:?}");
}

#[tokio::test]
async fn an_installation_that_is_none_is_not_believed() {
    let phone = Phone::new();
    let config = phone.launch().await;
    for answer in [
        r#"{"fid":"../../x","refreshToken":"r","authToken":{"token":"t","expiresIn":"604800s"}}"#,
        r#"{"refreshToken":"r\r\nx: y","authToken":{"token":"t","expiresIn":"604800s"}}"#,
        r#"{"refreshToken":"r","authToken":{"token":"t","expiresIn":"for ever"}}"#,
        r#"{"refreshToken":"r","authToken":{"token":"t","expiresIn":"-5s"}}"#,
        r#"{"refreshToken":"r","authToken":{"token":"","expiresIn":"604800s"}}"#,
        "{}",
    ] {
        phone.server.next(Asked::CreateInstallation, Trouble::Answer(answer.into()));
        assert_eq!(config.fetch().await, Err(Problem::Garbled), "{answer}");
    }
    assert_eq!(phone.server.count(Asked::Fetch), 0);
    assert_eq!(config.fetch().await, Ok(Fetched::Answered));
}
