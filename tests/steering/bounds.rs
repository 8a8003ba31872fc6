//! Within which time a stop is obeyed, by a clock that stands unless the test lets it go on.

use std::future::Future;

use super::*;

/// Whatever can happen at this moment happens.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// How long after a stop was published without any sign the last write begins. It is published just after the channel
/// was asked, and every answer takes as long as it may.
async fn obeyed_after(kind: Kind, has_sign: bool) -> Duration {
    let clock = Arc::new(FakeClock::standing());
    let mut app = App::of("ann", 2000);
    let slow = Settings { pace: Pace { start: Some(1.0), ceiling: Some(1.0), ..settings().pace }, ..settings() };
    app.control = Control::new(slow);
    let almost = kind.answers_within() - Duration::from_millis(1);
    let voice = Voice { delay: Some((almost, clock.clone())), ..Voice::of(kind, []) };
    let remote = Voice::of(Kind::Remote, ALL);
    let channels: Vec<&dyn Channel> = if kind == Kind::Remote { vec![&voice] } else { vec![&remote, &voice] };
    voice.publish(ALL);
    let steering = Steering { channels: &channels, journal: &*app.journal, clock: &*clock };
    // Heard once, as by a launch before.
    passing(&clock, steering.refresh(), || ()).await.unwrap();
    let launch = steering.launch(&app.user, &app.scope()).await.unwrap();
    let last = Mutex::new(Duration::ZERO);
    let target = Watched::of(&app.target, |_| *last.lock().unwrap() = clock.elapsed());
    let backfill = Backfill {
        source: &app.source,
        target: &target,
        journal: &*app.journal,
        plan: &app.plan,
        clock: &*clock,
        uploads: None,
        state: None,
    };
    let request = app.request();
    let began = clock.elapsed();
    let mut published = None;
    // The first question is asked at once; the stop comes into the world a moment later.
    let publish = || {
        if published.is_none() && clock.elapsed() >= began + Duration::from_millis(250) {
            published = Some(clock.elapsed());
            if has_sign {
                voice.say([("backfillEnabled", "false")]);
            } else {
                voice.publish([("backfillEnabled", "false")]);
            }
        }
    };
    let steered = passing(&clock, steering.run(&launch, &backfill, &request, &app.control), publish).await.unwrap();
    assert!(matches!(steered, Steered::Stopped(_, Some(_))), "{steered:?}");
    let run = app.journal.run(&app.scope()).await.unwrap().unwrap();
    assert!(run.counters.add_up() && run.counters.created < 2000, "{:?}", run.counters);
    let last = *last.lock().unwrap();
    last.saturating_sub(published.unwrap())
}

/// Lets time pass, a quarter of a second after the other, until it is done.
async fn passing<T>(clock: &FakeClock, work: impl Future<Output = T>, mut each: impl FnMut()) -> T {
    let time = async {
        loop {
            settle().await;
            each();
            clock.pass(Duration::from_millis(250));
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        () = time => unreachable!("time goes on"),
    }
}

#[tokio::test]
async fn a_stop_is_obeyed_within_the_stated_time_of_its_channel() {
    for kind in [Kind::Remote, Kind::Stop, Kind::File] {
        let after = obeyed_after(kind, false).await;
        assert!(after <= kind.obeyed_within(), "{kind:?}: {after:?}");
        // The worst case is near the bound: it is no guess.
        assert!(after + Duration::from_secs(5) >= kind.obeyed_within(), "{kind:?}: {after:?}");
    }
}

#[tokio::test]
async fn a_sign_makes_it_sooner() {
    for kind in [Kind::Remote, Kind::Stop] {
        let after = obeyed_after(kind, true).await;
        assert!(after <= kind.answers_within() * 2, "{kind:?}: {after:?}");
    }
}

#[test]
fn the_stated_times_are_those_that_people_are_told() {
    let stated = [Kind::Remote, Kind::Stop, Kind::File].map(|kind| kind.obeyed_within().as_secs());
    assert_eq!(stated, [360, 45, 2]);
}
