//! Two devices of one user with overlapping records, at once.

use rehome_core::record::Value;

use super::carrying::{Cloud, Phone, few, is_complete};

#[tokio::test]
async fn two_devices_at_once_carry_what_both_have_once_and_of_each_record_the_newest() {
    let cloud = Cloud::new().await;
    let (phone, tablet) = (Phone::small(), Phone::of("ann", &few()));
    // Each lacks a fourth of the completions, and some of what both have was edited on the tablet since.
    let touch = "UPDATE ZCOMPLETION SET ZUPDATEDAT = 800000000";
    phone.app().execute(touch, []).unwrap();
    let deleted = phone.app().execute("DELETE FROM ZCOMPLETION WHERE Z_PK % 4 = 1", []).unwrap() as u64;
    let app = tablet.app();
    app.execute(touch, []).unwrap();
    app.execute("DELETE FROM ZCOMPLETION WHERE Z_PK % 4 = 2", []).unwrap();
    let edit = "UPDATE ZCOMPLETION SET ZNOTE = 'on the tablet', ZUPDATEDAT = 900000000 WHERE Z_PK % 4 = 3";
    let edited = app.execute(edit, []).unwrap() as u64;
    drop(app);
    assert!(deleted > 20 && edited > 20);

    let (here, there) = (cloud.user("ann"), cloud.user("ann"));
    let (one, other) = tokio::join!(phone.run(&here), tablet.run(&there));
    let (one, other) = (one.unwrap(), other.unwrap());
    [&one, &other].into_iter().for_each(is_complete);
    let documents = cloud.documents("ann").await;
    assert_eq!(documents.len() as u64, phone.rows(), "what either has");
    assert_eq!(one.counters.created + other.counters.created, phone.rows(), "created by one of them");
    assert_eq!(one.counters.quarantined + other.counters.quarantined, 0);
    let is_from_the_tablet = |value: Option<&Value>| value == Some(&Value::from("on the tablet"));
    let notes = documents.values().filter(|document| is_from_the_tablet(document.get("note"))).count();
    assert_eq!(notes as u64, edited);
    assert_eq!(one.counters.replaced, 0, "nothing newer is overwritten");
    let more: u64 = cloud.proxy.tally().writes().values().map(|times| times - 1).sum();
    assert_eq!(more, other.counters.replaced, "only what was older was written again");

    for device in [&phone, &tablet] {
        let receipt = device.verify(&here).await;
        assert!(receipt.verified, "{receipt:?}");
        let again = device.run(&here).await.unwrap();
        is_complete(&again);
    }
    assert_eq!(cloud.documents("ann").await, documents, "and both are at rest");
}
