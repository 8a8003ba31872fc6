//! What a launch decides, what it knows offline, and what stays as it is until the next one.

use rehome_core::backfill::Ended;
use rehome_core::record::Timestamp;
use rehome_core::rollout::{Carry, Flag, Force, Lists, Override, Percentage, Side, Source, Stage, Whom};

use super::*;

#[tokio::test]
async fn an_app_that_has_never_heard_anybody_does_nothing_new() {
    let (app, remote) = (App::of("ann", 3), Voice::of(Kind::Remote, ALL));
    remote.silence(true);
    let channels: [&dyn Channel; 1] = [&remote];
    let launch = app.launch(&channels).await;
    assert_eq!(launch.decision.route, Stage::Off.route());
    assert!(matches!(app.run(&channels).await, Steered::Stopped(_, None)));
    assert_eq!(app.arrived(), 0);
}

#[tokio::test]
async fn offline_an_app_goes_by_what_was_good_last() {
    let (app, remote) = (App::of("ann", 3), Voice::of(Kind::Remote, [ALL[0], ALL[1], ("dualWriteEnabled", "true")]));
    let channels: [&dyn Channel; 1] = [&remote];
    app.refresh(&channels).await;
    remote.silence(true);
    let unheard = app.refresh(&channels).await.unheard;
    assert!(matches!(&unheard[..], [(Kind::Remote, why)] if why.kind() == ErrorKind::Unavailable), "{unheard:?}");
    let launch = app.launch(&channels).await;
    assert_eq!(launch.decision.carry, Carry::Run);
    assert_eq!(launch.decision.route.writes.first(), Side::New);
    let why = launch.rollout.explain(Flag::BackfillPercentage, &launch.user(), app.clock.now());
    assert_eq!((why.source, why.is_in), (Source::LastGood, Some(true)));
    let Steered::Ran(report) = app.run(&channels).await else { panic!("it runs offline") };
    assert!(matches!(report.ended, Ended::Complete));
    // A template that is mistaken changes nothing either.
    remote.silence(false);
    remote.say([("backfillEnabled", "tru"), ("backfillRolloutPercentage", "1000"), ("dualWriteEnabled", "true")]);
    let Refreshed { rollout, unheard } = app.refresh(&channels).await;
    assert!(unheard.is_empty());
    assert_eq!(rollout.flags.remarks().len(), 2);
    assert_eq!(app.launch(&channels).await.decision.carry, Carry::Run);
}

#[tokio::test]
async fn a_stop_that_was_heard_holds_offline_until_somebody_hears_that_it_is_gone() {
    let app = App::of("ann", 3);
    let (remote, document) = (Voice::of(Kind::Remote, ALL), Voice::of(Kind::Stop, [("stop", "true")]));
    let channels: [&dyn Channel; 2] = [&remote, &document];
    app.refresh(&channels).await;
    document.silence(true);
    assert!(matches!(app.run(&channels).await, Steered::Stopped(_, None)));
    document.silence(false);
    document.withdraw();
    app.refresh(&channels).await;
    assert!(matches!(app.run(&channels).await, Steered::Ran(_)));
    // An app that has no such document any more is not held by it.
    let document = Voice::of(Kind::Stop, [("stop", "true")]);
    app.refresh(&[&remote, &document]).await;
    assert_eq!(app.launch(&[&remote]).await.decision.carry, Carry::Run);
}

#[tokio::test]
async fn who_and_what_stays_as_it_is_within_a_run_and_what_tunes_is_followed() {
    let (app, remote) = (App::of("ann", 40), Voice::of(Kind::Remote, ALL));
    let channels: [&dyn Channel; 1] = [&remote];
    app.refresh(&channels).await;
    // Lowered in the middle, so that the user is outside of it at the next launch; and larger batches from now on.
    let lowered = [ALL[0], ("backfillRolloutPercentage", "0.000001"), ("backfillBatchSize", "5")];
    let target = Watched::of(&app.target, |written| {
        if written == 5 {
            remote.say(lowered)
        }
    });
    let Steered::Ran(report) = app.run_to(&channels, &target).await else { panic!("it goes on") };
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!(app.arrived(), 40);
    let sizes = target.sizes();
    assert!(sizes[..5].iter().all(|size| *size <= 2) && sizes.contains(&5), "{sizes:?}");
    assert_eq!(app.launch(&channels).await.decision.carry, Carry::Outside);
    // The app's own settings are as they were.
    remote.say(ALL);
    app.refresh(&channels).await;
    (41..=60).for_each(|key| app.put(key));
    let target = Watched::of(&app.target, |_| ());
    assert!(matches!(app.run_to(&channels, &target).await, Steered::Ran(_)));
    assert!(!target.sizes().is_empty() && target.sizes().iter().all(|size| *size <= 2), "{:?}", target.sizes());
}

#[tokio::test]
async fn a_document_that_tightens_makes_no_more_of_anything_than_the_app_wants_itself() {
    let app = App::of("ann", 40);
    let document = Voice::of(Kind::Stop, [("backfillBatchSize", "100"), ("backfillDocumentsPerSecond", "400")]);
    let remote = Voice::of(Kind::Remote, ALL);
    let channels: [&dyn Channel; 2] = [&remote, &document];
    app.refresh(&channels).await;
    let target = Watched::of(&app.target, |_| ());
    assert!(matches!(app.run_to(&channels, &target).await, Steered::Ran(_)));
    assert_eq!(target.sizes(), [2; 20]);
}

#[tokio::test]
async fn an_app_that_stays_open_carries_as_soon_as_it_is_allowed() {
    let (app, remote) = (App::of("ann", 3), Voice::of(Kind::Remote, []));
    let channels: [&dyn Channel; 1] = [&remote];
    let steering = app.steering(&channels);
    let launch = app.launch(&channels).await;
    let request = app.request();
    let allow = async {
        tokio::task::yield_now().await;
        remote.say(ALL);
    };
    let (launch, ()) = tokio::join!(steering.until_carried(launch, &request), allow);
    assert_eq!(launch.unwrap().decision.carry, Carry::Run);
}

#[tokio::test]
async fn an_override_is_kept_across_launches_until_it_ends() {
    let (app, remote) = (App::of("ann", 3), Voice::of(Kind::Remote, [ALL[0], ("backfillRolloutPercentage", "0")]));
    let channels: [&dyn Channel; 1] = [&remote];
    app.refresh(&channels).await;
    let steering = app.steering(&channels);
    let whom = Whom::User("ann".to_owned());
    let until = Timestamp::from_millis(3_600_000);
    let word = Override { whom: whom.clone(), force: Force::In, reason: "a trial".to_owned(), until: Some(until) };
    steering.force(word.clone()).await.unwrap();
    assert_eq!(app.launch(&channels).await.decision.carry, Carry::Run);
    app.clock.pass(Duration::from_secs(3600));
    assert!(matches!(app.launch(&channels).await.decision.carry, Carry::Stopped(_)));
    steering.force(Override { until: None, ..word }).await.unwrap();
    assert_eq!(app.launch(&channels).await.decision.carry, Carry::Run);
    steering.lift(&whom).await.unwrap();
    assert!(matches!(app.launch(&channels).await.decision.carry, Carry::Stopped(_)));
}

#[tokio::test]
async fn an_anonymous_user_who_signs_in_stays_on_their_side() {
    let half =
        [ALL[0], ("backfillRolloutPercentage", "50"), ("dualWriteEnabled", "true"), ("readRolloutPercentage", "50")];
    let remote = Voice::of(Kind::Remote, half);
    let channels: [&dyn Channel; 1] = [&remote];
    for number in 0..50 {
        let (anonymous, named) = (App::of(&format!("anonymous-{number}"), 0), format!("user-{number}"));
        anonymous.refresh(&channels).await;
        let before = anonymous.launch(&channels).await;
        let steering = anonymous.steering(&channels);
        steering.sign_in(&anonymous.user, &named).await.unwrap();
        let scope = Scope::of("notes", &named);
        let after = steering.launch(&named, &scope).await.unwrap();
        assert_eq!(after.decision, before.decision);
        assert_eq!((after.user().id, after.user().bucket_id), (named.as_str(), anonymous.user.as_str()));
        // A second anonymous time on this device changes nothing for who was here before.
        steering.launch("somebody", &Scope::of("notes", "somebody")).await.unwrap();
        steering.sign_in("somebody", &named).await.unwrap();
        assert_eq!(steering.launch(&named, &scope).await.unwrap().decision, before.decision);
    }
}

#[tokio::test]
async fn once_all_is_carried_lists_come_from_one_side() {
    let flags = [ALL[0], ALL[1], ("dualWriteEnabled", "true"), ("readRolloutPercentage", "100")];
    let (app, remote) = (App::of("ann", 3), Voice::of(Kind::Remote, flags));
    let channels: [&dyn Channel; 1] = [&remote];
    app.refresh(&channels).await;
    let lists = |launch: Launch| launch.decision.route.reads.lists;
    assert_eq!(lists(app.launch(&channels).await), Lists::BothSides);
    assert!(matches!(app.run(&channels).await, Steered::Ran(_)));
    assert_eq!(lists(app.launch(&channels).await), Lists::OneSide);
    assert_eq!(app.launch(&channels).await.rollout.flags.decisions().read_percentage, Percentage::ALL);
}
