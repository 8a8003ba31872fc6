//! A phone that listens hears of a new template within the stated time, on each of its ways.

use std::time::Duration;

use rehome_core::remote_config::{Listening, Problem, RemoteConfig, Told};
use rehome_servers::remote_config::{Asked, Trouble};
use serde_json::json;

use crate::phone::{Phone, hours, minutes};

/// The most that is left to chance between an announcement and its fetch.
const SPREAD: Duration = Duration::from_secs(3);

/// A stream in which nothing is heard for so long is dead.
const SILENT: Duration = Duration::from_secs(330);

fn news(keys: &[&str], version: u64) -> Told {
    Told::News { keys: keys.iter().map(|key| (*key).to_owned()).collect(), version: Some(version) }
}

impl Phone {
    /// A phone with a value in force, and one that listens for the next.
    async fn listening<'a>(&self, config: &'a RemoteConfig) -> Listening<'a> {
        if self.server.version() == 0 {
            self.server.set("backfillEnabled", "true");
        }
        config.fetch_and_activate().await.unwrap();
        config.listen()
    }

    /// Lets time pass once somebody waits for so much of it.
    async fn pass_when_awaited(&self, time: Duration) {
        self.clock.is_awaited_in(time).await;
        self.clock.pass(time);
    }

    async fn has_streams(&self, streams: u64) {
        self.server.until(|tally| tally.streams == streams).await;
    }

    /// A stream is open, and the phone knows.
    async fn is_hearing(&self) {
        self.has_streams(1).await;
        self.clock.is_awaited_in(SILENT).await;
    }

    async fn was_asked(&self, asked: Asked, times: u64) {
        self.server.until(|tally| tally.of(asked) == times).await;
    }
}

#[tokio::test]
async fn with_a_stream_a_stop_is_fetched_within_three_seconds_and_activated_by_nobody() {
    let phone = Phone::new().with_chance(1.0);
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            phone.server.set("backfillEnabled", "false");
            phone.pass_when_awaited(SPREAD).await;
        },
        listening.next()
    );
    assert_eq!(told, news(&["backfillEnabled"], 2));
    assert_eq!(config.values().entries["backfillEnabled"], "true");
    assert_eq!(config.activate().await, Ok(true));
    assert_eq!(config.values().entries["backfillEnabled"], "false");
    let seen = phone.server.seen(Asked::Fetch).pop().unwrap();
    assert_eq!(seen.header("x-firebase-rc-fetch-type"), Some("REALTIME/1"));
}

#[tokio::test]
async fn without_a_stream_a_stop_is_fetched_when_the_values_have_grown_old() {
    let mut phone = Phone::new();
    phone.app.minimum_interval = minutes(15);
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    phone.server.tell_streams(false);
    phone.server.set("backfillEnabled", "false");
    let ((), told) = tokio::join!(phone.pass_when_awaited(minutes(15)), listening.next());
    assert_eq!(told, news(&["backfillEnabled"], 2));
    // Also where streams are refused for good.
    phone.server.end_streams();
    phone.server.next(Asked::Stream, Trouble::status(403));
    let mut listening = config.listen();
    assert_eq!(listening.next().await, Told::Deaf(Problem::Refused { status: 403 }));
    let streams = phone.server.count(Asked::Stream);
    config.activate().await.unwrap();
    phone.server.set("backfillEnabled", "maybe");
    let ((), told) = tokio::join!(phone.pass_when_awaited(minutes(15)), listening.next());
    assert_eq!(told, news(&["backfillEnabled"], 3));
    assert_eq!(phone.server.count(Asked::Stream), streams);
}

#[tokio::test]
async fn what_a_stream_tells_may_come_byte_by_byte_and_between_other_things() {
    let phone = Phone::new().with_chance(0.0);
    phone.server.split_streams(1);
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            phone.server.say(&[b"[{}\n,", b"{\"note\":\"}{\"}", b"{\"latestTemplateVersionNumber\":\"never\"},{"]);
            phone.server.say(&[b"\"latestTemplateVersionNumber\":1}"]);
            phone.server.set("pace", "slow");
        },
        listening.next()
    );
    assert_eq!(told, news(&["pace"], 2));
    assert_eq!(phone.server.count(Asked::Fetch), 2);
}

#[tokio::test]
async fn a_stream_that_breaks_is_opened_again_and_tells_what_was_missed() {
    let phone = Phone::new();
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            // One that lived for a while is opened again soon, one that did not as the table says.
            phone.clock.pass(minutes(1));
            phone.server.break_streams();
            phone.pass_when_awaited(Duration::from_millis(1500)).await;
            phone.is_hearing().await;
            phone.server.end_streams();
            for wait in [2, 4] {
                phone.pass_when_awaited(minutes(wait)).await;
                phone.is_hearing().await;
                phone.server.end_streams();
            }
            phone.server.set("pace", "slow");
            phone.pass_when_awaited(minutes(8)).await;
            phone.pass_when_awaited(Duration::from_millis(1500)).await;
        },
        listening.next()
    );
    assert_eq!(told, news(&["pace"], 2));
    assert_eq!(phone.server.count(Asked::Stream), 5);
    assert_eq!(phone.server.seen(Asked::Stream)[0].body["lastKnownVersionNumber"], "1");
}

#[tokio::test]
async fn a_stream_in_which_nothing_is_heard_is_taken_for_dead() {
    let phone = Phone::new().with_chance(0.0);
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            phone.server.tell_streams(false);
            phone.server.set("pace", "slow");
            phone.server.tell_streams(true);
            phone.clock.pass(SILENT);
        },
        listening.next()
    );
    assert_eq!(told, news(&["pace"], 2));
    assert_eq!(phone.server.count(Asked::Stream), 2);
}

#[tokio::test]
async fn the_service_says_when_it_wants_to_be_asked_for_a_stream_again() {
    let phone = Phone::new();
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            phone.server.say(&[b"[{\"retryIntervalSeconds\": \"900\"}"]);
            phone.server.end_streams();
            phone.pass_when_awaited(minutes(15)).await;
            phone.is_hearing().await;
            // It was no failure: the first one waits as the first one does.
            phone.server.end_streams();
            phone.pass_when_awaited(minutes(2)).await;
            phone.is_hearing().await;
            phone.server.say(&[b"[{\"featureDisabled\": true}"]);
        },
        listening.next()
    );
    assert_eq!(told, Told::Deaf(Problem::NoStreams));
    assert_eq!(phone.server.count(Asked::Stream), 3);
}

#[tokio::test]
async fn a_service_in_trouble_is_left_alone_for_longer_each_time_also_across_launches() {
    let phone = Phone::new();
    for (status, wait) in [(503, 2), (429, 4), (408, 8), (502, 16)] {
        phone.server.next(Asked::Stream, Trouble::status(status));
        let config = phone.launch().await;
        let mut listening = phone.listening(&config).await;
        let told = listening.next().await;
        assert!(matches!(told, Told::Trouble(Problem::Throttled { .. })), "{status}: {told:?}");
        let config = phone.launch().await;
        let mut listening = config.listen();
        tokio::select! {
            told = listening.next() => panic!("nobody was to be asked, and still {told:?}"),
            () = phone.clock.is_awaited_in(minutes(wait)) => phone.clock.pass(minutes(wait)),
        }
    }
    assert_eq!(phone.server.count(Asked::Stream), 4);
}

#[tokio::test]
async fn the_background_closes_the_stream_and_fetches_nothing() {
    let phone = Phone::new().with_chance(0.0);
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            config.set_foreground(false);
            phone.has_streams(0).await;
            phone.server.set("pace", "slow");
            phone.clock.pass(hours(24));
            assert_eq!((phone.server.count(Asked::Fetch), phone.server.count(Asked::Stream)), (1, 1));
            config.set_foreground(true);
        },
        listening.next()
    );
    assert_eq!(told, news(&["pace"], 2));
    drop(listening);
    phone.has_streams(0).await;
}

#[tokio::test]
async fn a_template_that_was_announced_and_is_not_there_yet_is_asked_for_thrice_and_later_again() {
    let phone = Phone::new();
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    let old = json!({ "state": "UPDATE", "templateVersion": "1", "entries": { "backfillEnabled": "true" } });
    for _ in 0..3 {
        phone.server.next(Asked::Fetch, Trouble::Answer(old.to_string().into_bytes()));
    }
    let soon = Duration::from_millis(1500);
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            phone.server.set("backfillEnabled", "false");
            for tries in 2..=4 {
                phone.pass_when_awaited(soon).await;
                phone.was_asked(Asked::Fetch, tries).await;
            }
        },
        listening.next()
    );
    assert_eq!(told, Told::Trouble(Problem::Stale));
    let ((), told) = tokio::join!(phone.pass_when_awaited(minutes(2)), listening.next());
    assert_eq!(told, news(&["backfillEnabled"], 2));
    let seen = phone.server.seen(Asked::Fetch);
    let occasions: Vec<_> = seen.iter().map(|seen| seen.header("x-firebase-rc-fetch-type").unwrap()).collect();
    assert_eq!(occasions, ["BASE/1", "REALTIME/1", "REALTIME/2", "REALTIME/3", "REALTIME/1"]);
}

#[tokio::test]
async fn a_template_that_was_announced_while_the_service_wants_to_be_left_alone_is_fetched_after_that() {
    let phone = Phone::new().with_chance(0.0);
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    phone.server.next(Asked::Fetch, Trouble::Refuse { status: 503, retry_after: Some(300) });
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            phone.server.set("backfillEnabled", "false");
        },
        listening.next()
    );
    assert!(matches!(told, Told::Trouble(Problem::Throttled { .. })), "{told:?}");
    let ((), told) = tokio::join!(phone.pass_when_awaited(minutes(5)), listening.next());
    assert_eq!(told, news(&["backfillEnabled"], 2));
}

#[tokio::test]
async fn news_are_told_once_and_name_what_came_what_changed_and_what_went() {
    let phone = Phone::new().with_chance(0.0);
    let value = |text: &str| json!({ "defaultValue": { "value": text } });
    phone.server.publish(json!({ "parameters": { "same": value("1"), "changed": value("1"), "gone": value("1") } }));
    let config = phone.launch().await;
    let mut listening = phone.listening(&config).await;
    let template = json!({ "parameters": { "same": value("1"), "changed": value("2"), "new": value("1") } });
    let ((), told) = tokio::join!(
        async {
            phone.is_hearing().await;
            phone.server.publish(template.clone());
        },
        listening.next()
    );
    assert_eq!(told, news(&["changed", "gone", "new"], 2));
    // The same again under another version, and then something else.
    config.activate().await.unwrap();
    let ((), told) = tokio::join!(
        async {
            phone.server.publish(template);
            phone.was_asked(Asked::Fetch, 3).await;
            phone.server.set("new", "2");
        },
        listening.next()
    );
    assert_eq!(told, news(&["new"], 4));
}

#[tokio::test]
async fn a_phone_that_never_fetched_does_so_when_it_begins_to_listen() {
    let phone = Phone::new();
    phone.server.set("backfillEnabled", "true");
    let config = phone.launch().await;
    assert_eq!(config.listen().next().await, news(&["backfillEnabled"], 1));
}
