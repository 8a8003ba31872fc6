//! Remote Config as a channel: asked, it fetches and puts in force; a stream is a sign to ask.

use futures_util::StreamExt;
use rehome_core::steering::{Channel, Kind};
use rehome_servers::remote_config::{Asked, Trouble};

use crate::phone::Phone;

#[tokio::test]
async fn a_channel_says_what_is_known_and_asks_as_often_as_it_promises() {
    let phone = Phone::new();
    phone.server.set("backfillEnabled", "true");
    let config = phone.launch().await;
    assert_eq!(config.known().unwrap(), None);
    let said = config.ask().await.unwrap();
    assert_eq!(said, Some(config.values()));
    assert_eq!(config.known().unwrap(), said);
    phone.server.set("backfillEnabled", "false");
    phone.clock.pass(Kind::Remote.asked_every());
    let said = config.ask().await.unwrap().unwrap();
    assert_eq!(said.entries["backfillEnabled"], "false");
    assert_eq!(phone.server.count(Asked::Fetch), 2);
    phone.clock.pass(Kind::Remote.asked_every());
    phone.server.next(Asked::Fetch, Trouble::status(503));
    assert_eq!(config.ask().await.unwrap_err().kind().word(), "exhausted");
    assert_eq!(config.known().unwrap(), Some(said));
}

#[tokio::test]
async fn whoever_asks_hears_what_holds_now_however_lately_somebody_asked() {
    let phone = Phone::new();
    phone.server.set("backfillEnabled", "false");
    let config = phone.launch().await;
    config.ask().await.unwrap();
    phone.server.set("backfillEnabled", "true");
    assert_eq!(config.ask().await.unwrap().unwrap().entries["backfillEnabled"], "true");
}

#[tokio::test]
async fn a_new_template_is_a_sign_and_is_in_force_once_the_channel_is_asked() {
    let phone = Phone::new().with_chance(0.0);
    phone.server.set("backfillEnabled", "true");
    let config = phone.launch().await;
    config.ask().await.unwrap();
    let mut signs = config.signs();
    let ((), sign) = tokio::join!(
        async {
            phone.server.until(|tally| tally.streams == 1).await;
            phone.server.set("backfillEnabled", "false");
        },
        signs.next()
    );
    assert_eq!(sign, Some(()));
    assert_eq!(config.known().unwrap().unwrap().entries["backfillEnabled"], "true");
    assert_eq!(config.ask().await.unwrap().unwrap().entries["backfillEnabled"], "false");
    assert_eq!(phone.server.count(Asked::Fetch), 2);
}
