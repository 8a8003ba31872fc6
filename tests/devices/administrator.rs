//! An administrator carries a user's records: each write has its own answer, and either goes on where the other stopped.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rehome_core::journal::Journal;
use rehome_core::record::Reason;
use rehome_core::stores::firestore::Endpoint;
use rehome_firestore_admin::{AdminConfig, AdminStore};
use rehome_servers::proxy::{Call, Fault};
use tonic::Code;

use super::carrying::{Cloud, Phone, is_complete, is_whole};

/// Past the rules, through the proxy.
async fn administrator(cloud: &Cloud) -> AdminStore {
    let config = AdminConfig {
        project: cloud.project.id().to_owned(),
        database: "(default)".to_owned(),
        endpoint: Endpoint::Emulator(cloud.proxy.address().to_string()),
        service_account: None,
        deadline: Duration::from_secs(30),
    };
    AdminStore::connect(config).await.unwrap()
}

#[tokio::test]
async fn writes_that_are_refused_are_set_aside_one_by_one_and_all_others_arrive() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let refused = Arc::new(Mutex::new(Vec::new()));
    let chosen = refused.clone();
    // Two of the first full batch, and whatever they come with.
    cloud.proxy.appoint(move |call: &Call| {
        let mut chosen = chosen.lock().unwrap();
        if chosen.is_empty() && call.method == "BatchWrite" && call.documents.len() == 20 {
            chosen.extend([3, 15].map(|place| call.documents[place].clone()));
        }
        let is_among = call.documents.iter().any(|document| chosen.contains(document));
        is_among.then(|| Fault::code(Code::InvalidArgument))
    });
    let target = administrator(&cloud).await;
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.created, report.counters.quarantined), (phone.rows() - 2, 2));
    let set_aside = phone.quarantine().await;
    assert!(set_aside.iter().all(|(_, one)| one.reason == Reason::Refused.word()), "{set_aside:?}");
    let mut kept = Vec::new();
    for (number, _) in &set_aside {
        let documents = phone.journal().refused(&phone.scope(), *number).await.unwrap();
        kept.extend(documents.into_iter().map(|document| document.address));
    }
    assert_eq!(kept, *refused.lock().unwrap());
    cloud.wrote_each_once(phone.rows() - 2);
    is_whole(&phone.verify(&target).await, phone.rows() - 2);
}

#[tokio::test]
async fn an_administrator_goes_on_where_the_user_stopped_and_the_other_way_about() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let (user, administrator) = (cloud.user("ann"), administrator(&cloud).await);
    phone.run_and_die(&cloud, &user, 5).await;
    let is_half_way = async {
        cloud.proxy.until(|tally| tally.calls("BatchWrite") >= 4).await;
        phone.control.cancel();
    };
    let (stopped, ()) = tokio::join!(phone.run(&administrator), is_half_way);
    assert!(stopped.unwrap().counters.read < phone.rows());
    phone.control.clear();
    let report = phone.run(&user).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.created, report.counters.already_there), (phone.rows(), 0));
    cloud.wrote_each_once(phone.rows());
    let receipts = [phone.verify(&user).await, phone.verify(&administrator).await];
    receipts.iter().for_each(|receipt| is_whole(receipt, phone.rows()));
}
