//! Remote Config's own client as a channel, with a double of the service that somebody publishes at.

use rehome_core::clock::SystemClock;
use rehome_core::remote_config::{Dice, Endpoint, FirebaseApp, RemoteConfig};
use rehome_core::rollout::{Carry, Flag, Source};
use rehome_servers::remote_config::{API_KEY, APP_ID, PROJECT, RemoteConfigServer};

use super::*;

/// Nobody waits to let others go first.
struct AtOnce;

impl Dice for AtOnce {
    fn roll(&self) -> u64 {
        0
    }
}

#[tokio::test]
async fn a_run_is_stopped_by_what_is_published_while_it_goes_and_finishes_when_that_is_taken_back() {
    let server = RemoteConfigServer::start().unwrap();
    for (name, text) in ALL {
        server.set(name, text);
    }
    let mut project = FirebaseApp::new(PROJECT, API_KEY, APP_ID);
    project.endpoint = Endpoint::At(server.url());
    let (journal, clock) = (Arc::new(MemoryJournal::default()), Arc::new(SystemClock::default()));
    let remote = RemoteConfig::open_with(project, journal.clone(), clock.clone(), Arc::new(AtOnce)).await.unwrap();
    let channels: [&dyn Channel; 1] = [&remote];
    let steering = Steering { channels: &channels, defaults: None, journal: &*journal, clock: &*clock };

    let app = App::of("ann", 2000);
    let scope = app.scope();
    assert!(matches!(steering.launch("ann", &scope).await.unwrap().decision.carry, Carry::Stopped(_)));
    assert!(steering.refresh().await.unwrap().unheard.is_empty());
    let launch = steering.launch("ann", &scope).await.unwrap();
    assert_eq!(launch.decision.carry, Carry::Run);
    let why = launch.rollout.explain(Flag::BackfillPercentage, &launch.user(), clock.now());
    assert_eq!((why.source, why.template_version), (Source::Remote, Some(2)));

    let target = Watched::of(&app.target, |written| {
        if written == 10 {
            server.set("backfillEnabled", "false");
        }
    });
    let backfill = Backfill {
        source: &app.source,
        target: &target,
        journal: &*journal,
        plan: &app.plan,
        clock: &*clock,
        uploads: None,
        state: None,
    };
    let stopped = steering.run(&launch, &backfill, &app.request(), &app.control).await.unwrap();
    let Steered::Stopped(_, Some(report)) = stopped else { panic!("{stopped:?}") };
    assert!(report.counters.add_up() && (18..2000).contains(&report.counters.created), "{:?}", report.counters);

    let launch = steering.launch("ann", &scope).await.unwrap();
    assert!(matches!(launch.decision.carry, Carry::Stopped(_)));
    server.set("backfillEnabled", "true");
    let launch = steering.until_carried(launch, &app.request()).await.unwrap();
    let quick = Control::new(Settings::unthrottled());
    let Steered::Ran(report) = steering.run(&launch, &backfill, &app.request(), &quick).await.unwrap() else {
        panic!("it is allowed again")
    };
    assert_eq!((report.counters.created, report.counters.already_there, app.arrived()), (2000, 0, 2000));
}
