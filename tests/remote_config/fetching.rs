//! Values are fetched, activated and kept; what goes wrong leaves those that were good.

use std::time::Duration;

use futures_util::future::join;
use futures_util::poll;
use rehome_core::error::ErrorKind;
use rehome_core::remote_config::{Caller, Endpoint, Fetched, Problem};
use rehome_servers::remote_config::{Asked, Trouble};
use serde_json::json;

use crate::phone::{Phone, hours, minutes};

#[tokio::test]
async fn opening_asks_nobody_and_has_the_values_of_the_last_launch() {
    let phone = Phone::new();
    let version = phone.server.set("backfillEnabled", "true");
    let first = phone.launch().await;
    assert_eq!(first.values(), Default::default());
    assert_eq!(phone.server.tally().all(), 0);
    assert_eq!(first.fetch_and_activate().await, Ok(true));
    let values = first.values();
    drop(first);
    let asked = phone.server.tally().all();
    let again = phone.launch().await;
    assert_eq!(again.values(), values);
    assert_eq!((values.entries["backfillEnabled"].as_str(), values.version), ("true", Some(version)));
    assert_eq!(phone.server.tally().all(), asked);
}

#[tokio::test]
async fn what_is_fetched_is_in_force_once_it_is_activated_and_not_before() {
    let phone = Phone::new();
    phone.server.set("batchSize", "100");
    let config = phone.launch().await;
    assert_eq!(config.fetch().await, Ok(Fetched::Answered));
    assert!(config.has_news() && config.values().entries.is_empty());
    phone.clock.pass(minutes(5));
    assert_eq!(config.activate().await, Ok(true));
    let values = config.values();
    assert_eq!(values.entries["batchSize"], "100");
    assert_eq!(values.activated_at.unwrap().since(values.fetched_at.unwrap()), minutes(5));
    assert_eq!(config.activate().await, Ok(false));
    // Also where the app ended in between.
    phone.server.set("batchSize", "50");
    config.fetch_older_than(Duration::ZERO).await.unwrap();
    let config = phone.launch().await;
    assert_eq!(config.values().entries["batchSize"], "100");
    assert_eq!(config.activate().await, Ok(true));
    assert_eq!(config.values().entries["batchSize"], "50");
}

#[tokio::test]
async fn nobody_is_asked_within_the_interval_and_the_tag_is_shown_after_it() {
    let phone = Phone::new();
    phone.server.set("flag", "on");
    let config = phone.launch().await;
    config.fetch_and_activate().await.unwrap();
    phone.clock.pass(hours(12) - Duration::from_millis(1));
    assert_eq!(config.fetch().await, Ok(Fetched::Fresh));
    assert_eq!(phone.launch().await.fetch().await, Ok(Fetched::Fresh));
    assert_eq!(phone.server.count(Asked::Fetch), 1);
    // The same values under another version.
    let version = phone.server.set("flag", "on");
    phone.clock.pass(Duration::from_millis(1));
    assert_eq!(config.fetch().await, Ok(Fetched::Answered));
    let seen = phone.server.seen(Asked::Fetch);
    assert_eq!(seen[0].header("if-none-match"), Some("*"));
    assert!(seen[1].header("if-none-match").unwrap().starts_with("etag-"));
    assert!(!config.has_news());
    let values = config.values();
    assert_eq!((values.version, values.entries["flag"].as_str()), (Some(version), "on"));
    assert_eq!(values.fetched_at.unwrap().since(values.activated_at.unwrap()), hours(12));
    assert_eq!(config.fetch().await, Ok(Fetched::Fresh));
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_is_set_right_neither_keeps_values_nor_waits_for_ever() {
    let phone = Phone::new();
    let version = phone.server.set("flag", "on");
    let config = phone.launch().await;
    phone.clock.set_by(1_000_000);
    config.fetch().await.unwrap();
    phone.clock.pass(hours(13));
    phone.server.next(Asked::Fetch, Trouble::status(503));
    assert!(matches!(config.fetch().await, Err(Problem::Throttled { .. })));
    phone.clock.set_by(-1_000_000);
    assert_eq!(config.standing().throttled_until, None);
    assert_eq!(config.fetch().await, Ok(Fetched::Answered));
    assert_eq!(config.standing().fetched, Some(version));
}

#[tokio::test]
async fn a_template_that_is_empty_or_was_never_published_has_no_values() {
    let phone = Phone::new();
    let config = phone.launch().await;
    assert_eq!(config.fetch_and_activate().await, Ok(true));
    assert!(config.values().entries.is_empty());
    phone.server.set("flag", "on");
    phone.clock.pass(hours(12));
    config.fetch_and_activate().await.unwrap();
    assert_eq!(config.values().entries["flag"], "on");
    let version = phone.server.publish(json!({}));
    phone.clock.pass(hours(12));
    assert_eq!(config.fetch_and_activate().await, Ok(true));
    assert_eq!((config.values().entries.len(), config.values().version), (0, Some(version)));
}

#[tokio::test]
async fn each_failure_of_the_service_is_left_alone_for_longer_also_across_launches() {
    let phone = Phone::new();
    phone.server.set("flag", "on");
    for (status, wait) in [(429, 2), (500, 4), (502, 8), (503, 16), (504, 32), (503, 64), (429, 128), (500, 256)] {
        // A service that is in trouble is asked for values and for nothing else.
        phone.server.next(Asked::Fetch, Trouble::status(status));
        let config = phone.launch().await;
        let Err(Problem::Throttled { until }) = config.fetch().await else { panic!("{status} was no trouble") };
        let asked = phone.server.count(Asked::Fetch);
        phone.clock.pass(minutes(wait) - Duration::from_secs(1));
        let config = phone.launch().await;
        assert_eq!(config.fetch().await, Err(Problem::Throttled { until }), "{status}");
        assert_eq!(config.standing().throttled_until, Some(until));
        assert_eq!(phone.server.count(Asked::Fetch), asked);
        phone.clock.pass(Duration::from_secs(1));
    }
    let config = phone.launch().await;
    assert_eq!(config.fetch().await, Ok(Fetched::Answered));
    // An answer ends it: the next failure is a first one.
    phone.clock.pass(hours(12));
    phone.server.next(Asked::Fetch, Trouble::Refuse { status: 429, retry_after: Some(10 * 60) });
    let now = config.standing().answered.unwrap();
    let Err(Problem::Throttled { until }) = config.fetch().await else { panic!("429 is trouble") };
    assert_eq!(until.since(now), hours(12) + minutes(10));
}

#[tokio::test]
async fn every_trouble_has_a_name_and_leaves_the_values_that_were_good() {
    let phone = Phone::new();
    phone.server.set("flag", "on");
    let config = phone.launch().await;
    config.fetch_and_activate().await.unwrap();
    let again = async || config.fetch_older_than(Duration::ZERO).await;
    phone.server.enable(false);
    assert_eq!(again().await, Err(Problem::Disabled));
    phone.server.enable(true);
    phone.server.restrict_key(&[("x-android-package", "com.example.habits")]);
    assert_eq!(again().await, Err(Problem::KeyRefused));
    phone.server.restrict_key(&[]);
    phone.server.next(Asked::Fetch, Trouble::status(418));
    assert_eq!(again().await, Err(Problem::Refused { status: 418 }));
    for garbage in [&b"<html>Welcome to our hotel</html>"[..], b"{}", b"", &vec![b' '; 9 << 20]] {
        phone.server.next(Asked::Fetch, Trouble::Answer(garbage.to_vec()));
        assert_eq!(again().await, Err(Problem::Garbled));
    }
    phone.server.set("flag", "another");
    phone.server.next(Asked::Fetch, Trouble::Cut(20));
    assert_eq!(again().await, Err(Problem::Unreachable));
    phone.server.next(Asked::Fetch, Trouble::Silence);
    let asked = phone.server.count(Asked::Fetch);
    let (slow, ()) = tokio::join!(again(), async {
        phone.server.until(|tally| tally.of(Asked::Fetch) > asked).await;
        phone.clock.pass(phone.app.timeout);
    });
    assert_eq!(slow, Err(Problem::TimedOut));
    assert_eq!(config.standing().problem, Some(Problem::TimedOut));
    assert_eq!(config.values().entries["flag"], "on");
    assert!(!config.has_news());
    // None of them is a reason to leave the service alone.
    assert_eq!(again().await, Ok(Fetched::Answered));
    assert_eq!(config.standing().problem, None);
    let mut wrong = Phone::new();
    wrong.app.api_key = "another-key".to_owned();
    assert_eq!(wrong.launch().await.fetch().await, Err(Problem::KeyRefused));
    // Nobody listens; and nobody speaks TLS.
    let nobody = "http://127.0.0.1:1".to_owned();
    for address in [nobody, phone.server.url().replace("http", "https")] {
        let mut offline = Phone::new();
        offline.app.endpoint = Endpoint::At(address);
        assert_eq!(offline.launch().await.fetch().await, Err(Problem::Unreachable));
    }
}

#[tokio::test]
async fn a_full_disk_keeps_no_flag_from_being_changed() {
    let phone = Phone::new();
    phone.server.set("flag", "on");
    phone.journal.fail(Some(ErrorKind::Io));
    let config = phone.launch().await;
    assert_eq!(config.fetch().await, Err(Problem::NotKept));
    assert_eq!(config.activate().await, Err(Problem::NotKept));
    assert_eq!(config.values().entries["flag"], "on");
    assert!(phone.launch().await.values().entries.is_empty());
    phone.journal.fail(None);
    phone.clock.pass(hours(12));
    assert_eq!(config.fetch().await, Ok(Fetched::Answered));
    assert_eq!(phone.launch().await.values().entries["flag"], "on");
}

#[tokio::test]
async fn whoever_comes_while_a_fetch_is_underway_gets_its_result() {
    let phone = Phone::new();
    phone.server.set("flag", "on");
    let config = phone.launch().await;
    phone.server.next(Asked::Fetch, Trouble::Silence);
    let always = || config.fetch_older_than(Duration::ZERO);
    let (first, second, third, ()) = tokio::join!(always(), always(), config.fetch(), async {
        phone.server.until(|tally| tally.of(Asked::Fetch) == 1).await;
        phone.server.recover();
    });
    assert_eq!([first, second, third], [Ok(Fetched::Answered), Ok(Fetched::Answered), Ok(Fetched::Answered)]);
    phone.server.next(Asked::Fetch, Trouble::status(418));
    let (first, second) = tokio::join!(always(), always());
    assert_eq!((&first, &second), (&Err(Problem::Refused { status: 418 }), &first));
    assert_eq!(phone.server.count(Asked::Fetch), 2);
}

#[tokio::test]
async fn who_gives_up_on_a_fetch_leaves_the_next_one_to_begin_anew() {
    let phone = Phone::new();
    phone.server.set("flag", "on");
    let config = phone.launch().await;
    phone.server.next(Asked::Fetch, Trouble::Silence);
    tokio::select! {
        fetched = config.fetch() => panic!("nobody answered, and still {fetched:?}"),
        () = phone.server.until(|tally| tally.of(Asked::Fetch) == 1) => {}
    }
    assert_eq!(config.fetch().await, Ok(Fetched::Answered));
}

#[tokio::test]
async fn who_finds_the_values_young_enough_answers_for_nobody_who_does_not() {
    let phone = Phone::new();
    phone.server.set("flag", "on");
    let config = phone.launch().await;
    config.fetch().await.unwrap();
    phone.server.next(Asked::Fetch, Trouble::Silence);
    let mut given_up = Box::pin(config.fetch_older_than(Duration::ZERO));
    tokio::select! {
        fetched = &mut given_up => panic!("nobody answered, and still {fetched:?}"),
        () = phone.server.until(|tally| tally.of(Asked::Fetch) == 2) => {}
    }
    let mut waiting = Box::pin(join(config.fetch(), config.fetch_older_than(Duration::ZERO)));
    assert!(poll!(&mut waiting).is_pending());
    drop(given_up);
    assert_eq!(waiting.await, (Ok(Fetched::Fresh), Ok(Fetched::Answered)));
}

#[tokio::test]
async fn the_service_is_told_what_its_conditions_may_ask_for() {
    let mut phone = Phone::new();
    phone.server.restrict_key(&[("x-ios-bundle-identifier", "com.example.habits")]);
    phone.app.caller = Caller::Ios { bundle_id: "com.example.habits".to_owned() };
    phone.app.device.language = Some("de-CH".to_owned());
    phone.app.device.app_version = Some("3.2".to_owned());
    let config = phone.launch().await;
    let signals = [("plan", Some("pro".to_owned())), ("habits", Some("12".to_owned()))];
    config.set_signals(signals).await.unwrap();
    config.fetch().await.unwrap();
    let seen = phone.server.seen(Asked::Fetch).remove(0);
    for (name, text) in [
        ("app_id", phone.app.app_id.as_str()),
        ("language_code", "de-CH"),
        ("app_version", "3.2"),
        ("package_name", "com.example.habits"),
    ] {
        assert_eq!(seen.body[name], text, "{name}");
    }
    assert_eq!(seen.body["custom_signals"], json!({ "plan": "pro", "habits": "12" }));
    assert_eq!(seen.body.get("time_zone"), None);
    assert_eq!(seen.header("x-firebase-rc-fetch-type"), Some("BASE/1"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    phone.app.caller = Caller::Android { package: "com.example.habits".to_owned(), certificate: "AB12".to_owned() };
    phone.server.restrict_key(&[("x-android-package", "com.example.habits"), ("x-android-cert", "AB12")]);
    let config = phone.launch().await;
    config.set_signals([("plan", None)]).await.unwrap();
    config.fetch_older_than(Duration::ZERO).await.unwrap();
    assert_eq!(phone.server.seen(Asked::Fetch)[1].body["custom_signals"], json!({ "habits": "12" }));
}

#[tokio::test]
async fn signals_that_the_service_would_not_take_are_refused_and_change_nothing() {
    let phone = Phone::new();
    let config = phone.launch().await;
    config.set_signals([("plan", Some("pro".to_owned()))]).await.unwrap();
    let many = (0..100).map(|at| (format!("s{at}"), Some(String::new())));
    for wrong in [
        vec![("plan".to_owned(), Some("free".to_owned())), ("long".to_owned(), Some("x".repeat(501)))],
        vec![("n".repeat(251), Some(String::new()))],
        vec![(String::new(), Some(String::new()))],
        many.collect(),
    ] {
        let error = config.set_signals(wrong).await.unwrap_err();
        assert_eq!(error.kind().word(), "bad_input");
    }
    config.set_signals([("ü".repeat(250), Some("ü".repeat(500)))]).await.unwrap();
    config.fetch().await.unwrap();
    assert_eq!(phone.server.seen(Asked::Fetch)[0].body["custom_signals"]["plan"], "pro");
}

#[tokio::test]
async fn an_app_that_is_none_is_refused_before_anybody_is_asked() {
    let phone = Phone::new();
    let (clock, journal) = (phone.clock.clone(), phone.journal.clone());
    let spoilt = |spoil: fn(&mut rehome_core::remote_config::FirebaseApp)| {
        let mut app = phone.app.clone();
        spoil(&mut app);
        app
    };
    for app in [
        spoilt(|app| app.project = "a/b".to_owned()),
        spoilt(|app| app.api_key = "key\r\nhost: elsewhere".to_owned()),
        spoilt(|app| app.app_id = String::new()),
        spoilt(|app| app.endpoint = Endpoint::At("localhost".to_owned())),
        spoilt(|app| app.caller = Caller::Ios { bundle_id: "com.example.\n".to_owned() }),
    ] {
        let opened = rehome_core::remote_config::RemoteConfig::open(app, journal.clone(), clock.clone()).await;
        assert_eq!(opened.unwrap_err().kind().word(), "bad_input");
    }
}

#[tokio::test]
async fn another_projects_values_are_not_ours() {
    let mut phone = Phone::new();
    phone.server.set("flag", "on");
    phone.launch().await.fetch_and_activate().await.unwrap();
    phone.app.app_id = "1:123456789012:ios:fedcba9876543210".to_owned();
    assert!(phone.launch().await.values().entries.is_empty());
}
