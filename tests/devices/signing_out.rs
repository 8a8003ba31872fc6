//! A user signs out and another one signs in on the same device.

use rehome_core::clock::{Clock, SystemClock};
use rehome_core::error::ErrorKind;
use rehome_core::journal::{Forget, Journal};
use rehome_core::testkit::habits::{self, Damage, Options};

use super::carrying::{Cloud, Phone, few, is_complete, is_whole};

#[tokio::test]
async fn nothing_of_the_first_user_reaches_the_second() {
    let damage = vec![Damage::BadUtf8, Damage::UuidText];
    let anns = Options { damage, damaged_share: 0.05, seed: 3, ..few() };
    let (cloud, mut phone) = (Cloud::new().await, Phone::of("ann", &anns));
    let half = phone.run_until(&cloud, &cloud.user("ann"), 5, || phone.control.cancel()).await;
    assert!(half.counters.read < phone.rows());
    phone.control.clear();
    let (hers, commits) = (cloud.documents("ann").await, cloud.commits());
    assert!(!hers.is_empty());

    // Bob signs in while the store is still hers: whoever has the device, it is not his to move.
    phone.uid = "bob".to_owned();
    let refused = phone.run(&cloud.user("bob")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied, "{refused}");
    assert!(refused.to_string().contains("another user"), "{refused}");
    assert!(phone.quarantine().await.is_empty(), "he sees none of hers");
    assert_eq!(cloud.commits(), commits, "nothing was even sent");

    // The app signs her out: it makes a store for him, and our memory of her is wiped.
    phone.journal().wipe("ann", Forget::Everything, "app", SystemClock::default().now()).await.unwrap();
    std::fs::remove_file(phone.store_path()).unwrap();
    phone.truth = habits::generate(&phone.store_path(), &Options { seed: 4, ..few() }).unwrap();
    let target = cloud.user("bob");
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!((report.generation, report.counters.created), (1, phone.rows()));
    is_whole(&phone.verify(&target).await, phone.rows());
    assert_eq!(cloud.documents("ann").await, hers, "nor does his reach her");
    let ids = |address: &String| address.rsplit('/').next().map(str::to_owned);
    let his = cloud.documents("bob").await;
    let ids_of_hers: Vec<_> = hers.keys().filter_map(ids).collect();
    assert!(his.keys().filter_map(ids).all(|id| !ids_of_hers.contains(&id)));
    let text = format!("{his:?}");
    assert!(!text.contains("users/ann"), "and no reference leads to her");
}
