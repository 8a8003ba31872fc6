//! The flags as an app asks for them.

use rehome_core::error::ErrorKind;
use rehome_core::phone::{Configuration, Ending, Rehome};
use rehome_core::rollout::{Force, Side, Stage, Values, Whom};

use super::{App, NONE};
use crate::carrying::Cloud;

#[tokio::test]
async fn what_the_app_was_built_with_counts_until_somebody_speaks() {
    let (cloud, app) = (Cloud::new().await, App::new());
    std::fs::remove_file(app.flags()).unwrap();
    let defaults = Values::of([("backfillEnabled", "true"), ("backfillRolloutPercentage", "100")]);
    let rehome = Rehome::open(Configuration { defaults, ..app.configuration(&cloud, "ann") }).unwrap();
    let flags = rehome.flags();
    assert!(flags.should_enable_backfill("ann").await.unwrap());
    let why = flags.explain("backfillEnabled", "ann").await.unwrap();
    assert_eq!(why.to_string(), "backfillEnabled = true (the app's defaults): true from the app's defaults");
    app.say(NONE);
    assert!(!flags.should_enable_backfill("ann").await.unwrap());
    let (waiting, at_once) = (flags.migration_status().await.unwrap(), flags.clone());
    let at_once = std::thread::spawn(move || {
        (at_once.should_enable_backfill_now("ann").unwrap(), at_once.migration_status_now().unwrap())
    });
    assert_eq!(at_once.join().unwrap(), (false, waiting), "whoever cannot wait hears the same");
    assert!(!flags.fetch_and_activate().await.unwrap(), "without Remote Config nothing changes");
    let unknown = flags.explain("backfilEnabled", "ann").await.unwrap_err();
    assert!(unknown.kind() == ErrorKind::BadInput && unknown.to_string().contains("backfillEnabled"), "{unknown}");
}

#[tokio::test]
async fn somebodys_word_for_one_user_counts_across_launches_until_it_is_taken_back() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let everybody = Whom::User("ann".to_owned());
    let rehome = app.open(&cloud, "ann");
    rehome.flags().force(everybody.clone(), Force::Out, "a tester".to_owned(), None).await.unwrap();
    assert_eq!(rehome.migration("ann").run_if_needed().await.unwrap().ending, Ending::Outside);
    rehome.close().await;
    let rehome = app.open(&cloud, "ann");
    let why = rehome.flags().explain("backfillRolloutPercentage", "ann").await.unwrap();
    assert!(why.is_in == Some(false) && why.rule.contains("a tester"), "{why:?}");
    assert_eq!(rehome.migration("ann").force_run().await.unwrap().ending, Ending::Complete, "the app insists");
    rehome.flags().lift(everybody.clone()).await.unwrap();
    assert!(rehome.flags().should_enable_backfill("ann").await.unwrap());
    rehome.flags().force(everybody, Force::Stage(Stage::Complete), "a tester".to_owned(), None).await.unwrap();
    assert_eq!(rehome.flags().route("ann").await.unwrap().reads.first, Side::New);
}

#[tokio::test]
async fn who_signs_in_keeps_what_they_had_taken() {
    let (cloud, app) = (Cloud::new().await, App::new());
    app.say(r#"{"backfillEnabled": true, "backfillRolloutPercentage": 50}"#);
    let rehome = app.open(&cloud, "anonymous");
    let bucket = |user: &'static str| {
        let flags = rehome.flags();
        async move { flags.explain("backfillRolloutPercentage", user).await.unwrap().bucket }
    };
    let before = bucket("anonymous").await;
    rehome.sign_in("anonymous", "ann").await.unwrap();
    assert_eq!(bucket("ann").await, before);
    assert_ne!(bucket("bob").await, before);
}
