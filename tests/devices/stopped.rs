//! A phone's run is stopped by a document that an administrator writes while it goes, read as the rules let a user.

use std::fs;

use rehome_core::backfill::{Pace, Settings, Start};
use rehome_core::record::{Map, Value};
use rehome_core::rollout::{Source, Stop};
use rehome_core::steering::{Channel, Kind, LocalFile, Steered, Steering, StopDocument};
use rehome_core::store::{Condition, Outcome, Target, Write};
use rehome_core::stores::firestore::FirestoreStore;
use rehome_core::testkit::clock::FakeClock;
use rehome_servers::proxy::{Fault, Rule};
use tonic::Code;

use super::carrying::{Cloud, Phone, is_complete, is_whole, small};

const FLAGS: &str = r#"{"backfillEnabled": true, "backfillRolloutPercentage": 100}"#;

async fn administrator_says(cloud: &Cloud, stop: bool) {
    let administrator = FirestoreStore::new(cloud.project.owner()).unwrap();
    let fields = Map::from([("stop".to_owned(), Value::Bool(stop))]);
    let word =
        Write { address: StopDocument::ADDRESS.to_owned(), fields: Some(fields.into()), condition: Condition::Always };
    assert!(matches!(administrator.write(&[word]).await.unwrap()[..], [Outcome::Durable(_)]));
}

/// A phone whose run sends one batch and then waits for a clock that stands: it goes on until somebody stops it.
fn slow() -> Phone {
    let phone = Phone::small();
    phone.control.settings(Settings { pace: Pace { start: Some(1.0), ceiling: Some(1.0), ..small().pace }, ..small() });
    phone
}

/// A run that is stopped in its midst by the administrator's word, and goes on by another one. After each of them this
/// happens.
async fn is_stopped_and_goes_on(cloud: &Cloud, after_a_word: impl Fn(&FakeClock)) {
    let phone = slow();
    let flags = phone.folder.path().join("flags.json");
    fs::write(&flags, FLAGS).unwrap();
    let (target, clock, file) = (cloud.user("ann"), FakeClock::standing(), LocalFile::at(&flags));
    let document = StopDocument::at(&target, &clock, StopDocument::ADDRESS);
    let channels: [&dyn Channel; 2] = [&file, &document];
    // Once it was asked for the first time, somebody tries to listen.
    let says = async |stop: bool, commits: u64| {
        let before = cloud.proxy.tally().calls("Listen");
        cloud.more_commits(commits).await;
        cloud.proxy.until(|tally| tally.calls("Listen") > before).await;
        administrator_says(cloud, stop).await;
        after_a_word(&clock);
    };
    let going = phone.launch(&target, Start::Resume, &clock, async |backfill, request| {
        let steering = Steering { channels: &channels, defaults: None, journal: backfill.journal, clock: &clock };
        let launch = steering.launch(&phone.uid, &request.scope).await?;
        let running = steering.run(&launch, backfill, request, &phone.control);
        let (stopped, ()) = tokio::join!(running, says(true, 1));
        let Steered::Stopped(Stop::Disabled(Source::StopDocument), Some(report)) = stopped? else {
            panic!("the document stops it")
        };
        assert!(report.counters.add_up() && report.counters.created < phone.rows(), "{report:?}");

        let launch = steering.launch(&phone.uid, &request.scope).await?;
        let (launch, ()) = tokio::join!(steering.until_carried(launch, request), says(false, 0));
        phone.control.settings(small());
        steering.run(&launch?, backfill, request, &phone.control).await
    });
    let Steered::Ran(report) = going.await.unwrap() else { panic!("it is allowed again") };
    is_complete(&report);
    cloud.wrote_each_once(phone.rows());
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn a_run_hears_of_a_stop_at_once_and_goes_on_as_soon_as_that_is_taken_back() {
    // By a clock that stands nobody is asked a second time.
    is_stopped_and_goes_on(&Cloud::new().await, |_| ()).await;
}

#[tokio::test]
async fn a_run_that_cannot_listen_asks() {
    let cloud = Cloud::new().await;
    cloud.proxy.appoint(Rule::every(Fault::code(Code::Unavailable)).of("Listen"));
    is_stopped_and_goes_on(&cloud, |clock| clock.pass(Kind::Stop.asked_every())).await;
}
