//! Two hundred installations, and a slider that goes from 10 to 50 to 100.

use rehome_core::rollout::{Bucket, Percentage};

use super::*;

#[tokio::test]
async fn a_percentage_that_is_raised_lets_in_exactly_those_whose_bucket_says_so_and_drops_nobody() {
    let apps: Vec<App> = (0..200).map(|number| App::of(&format!("user-{number}"), 2)).collect();
    let mut before: Vec<&str> = Vec::new();
    for percentage in ["0", "10", "50", "100"] {
        let remote = Voice::of(Kind::Remote, [ALL[0], ("backfillRolloutPercentage", percentage)]);
        let channels: [&dyn Channel; 1] = [&remote];
        for app in &apps {
            app.refresh(&channels).await;
            let is_carried = matches!(app.run(&channels).await, Steered::Ran(_));
            let bucket = Bucket::of("backfillRolloutPercentage", &app.user).unwrap();
            assert_eq!(is_carried, percentage.parse::<Percentage>().unwrap().admits(bucket), "{}", app.user);
        }
        let carried: Vec<&str> = apps.iter().filter(|app| app.arrived() == 2).map(|app| app.user.as_str()).collect();
        assert!(before.iter().all(|user| carried.contains(user)), "at {percentage} %");
        assert!(before.len() < carried.len() || percentage == "0", "at {percentage} %");
        before = carried;
    }
    assert_eq!(before.len(), 200);
}
