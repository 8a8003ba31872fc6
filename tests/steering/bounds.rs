//! Within which time a stop is obeyed, by a clock that stands unless the test lets it go on.

use std::future::{Future, pending};

use futures_util::stream;

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
    let steering = Steering { channels: &channels, defaults: None, journal: &*app.journal, clock: &*clock };
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

/// Lets time pass, a quarter of a second after the other, until it is done; within an hour everything here is.
async fn passing<T>(clock: &FakeClock, work: impl Future<Output = T>, mut each: impl FnMut()) -> T {
    let time = async {
        let end = clock.elapsed() + Duration::from_secs(3600);
        while clock.elapsed() < end {
            settle().await;
            each();
            clock.pass(Duration::from_millis(250));
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        () = time => panic!("an hour went by, and what was waited for did not come: something was lost"),
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

/// A channel with one line: a sign that is on its way keeps answers waiting.
struct OneLine<'a> {
    voice: &'a Voice,
    clock: &'a FakeClock,
    line: tokio::sync::Mutex<()>,
}

impl Channel for OneLine<'_> {
    fn kind(&self) -> Kind {
        self.voice.kind
    }

    fn ask(&self) -> Answer<'_, Option<Values>> {
        Box::pin(async {
            let _one = self.line.lock().await;
            self.voice.ask().await
        })
    }

    fn signs(&self) -> Signs<'_> {
        Box::pin(stream::unfold((), |()| async {
            let asked_next = self.kind().asked_every();
            self.clock.until(asked_next - Duration::from_secs(1)).await;
            let one = self.line.lock().await;
            self.clock.until(asked_next + Duration::from_secs(1)).await;
            drop(one);
            pending().await
        }))
    }
}

#[tokio::test]
async fn a_channel_that_is_asked_while_it_is_about_to_give_a_sign_answers_all_the_same() {
    let (app, voice, clock) = (App::of("ann", 1), Voice::of(Kind::Remote, []), FakeClock::standing());
    let channel = OneLine { voice: &voice, clock: &clock, line: tokio::sync::Mutex::default() };
    let channels: [&dyn Channel; 1] = [&channel];
    let steering = Steering { channels: &channels, defaults: None, journal: &*app.journal, clock: &clock };
    let (launch, request) = (app.launch(&channels).await, app.request());
    let publish = || {
        if clock.elapsed() == Duration::from_secs(10) {
            voice.publish(ALL);
        }
    };
    passing(&clock, steering.until_carried(launch, &request), publish).await.unwrap();
    let after = clock.elapsed() - Kind::Remote.asked_every();
    assert!(after < Duration::from_secs(2), "{after:?}");
}

#[test]
fn the_stated_times_are_those_that_people_are_told() {
    let stated = [Kind::Remote, Kind::Stop, Kind::File].map(|kind| kind.obeyed_within().as_secs());
    assert_eq!(stated, [360, 45, 2]);
}
