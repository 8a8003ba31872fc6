//! Another client of the user changes, creates and deletes the same documents while they are carried.

use std::collections::BTreeSet;
use std::time::Duration;

use rehome_core::backfill::Start;
use rehome_core::record::{Map, Timestamp, Value};
use rehome_core::remote_state::{StateAddress, Tombstone};
use rehome_core::store::{Condition, Outcome, Target, Write};
use rehome_servers::proxy::{Fault, Rule};

use super::carrying::{Cloud, Phone, is_complete};

const COLLECTION: &str = "users/ann/completions";
/// After this every revision of the store's.
const LATER: i64 = 4_000_000_000;

/// What the app writes elsewhere.
fn theirs() -> Map {
    let later = Timestamp::new(LATER, 0).unwrap();
    Map::from([
        ("note".to_owned(), Value::from("written elsewhere")),
        ("updatedAt".to_owned(), Value::Timestamp(later)),
    ])
}

fn put(address: &str) -> Write {
    Write { address: address.to_owned(), fields: Some(theirs().into()), condition: Condition::Always }
}

/// A delete and the word that it was on purpose, in one batch.
fn delete(address: &str) -> [Write; 2] {
    let deleted_at = Timestamp::from_millis(0);
    let tombstone = Tombstone { address, deleted_at, installation: "browser", generation: 1 };
    let delete = Write { address: address.to_owned(), fields: None, condition: Condition::Always };
    [delete, tombstone.write(&StateAddress::of("ann").unwrap())]
}

async fn happens(target: &dyn Target, writes: &[Write]) {
    let outcomes = target.write(writes).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_))), "{outcomes:?}");
}

#[tokio::test]
async fn what_another_client_writes_and_deletes_meanwhile_stays_as_it_is() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    phone.app().execute("UPDATE ZCOMPLETION SET ZUPDATEDAT = 800000000", []).unwrap();
    // All addresses there will be, as another device's run of the same store shows.
    let twin = Cloud::new().await;
    is_complete(&Phone::small().run(&twin.user("ann")).await.unwrap());
    let all: BTreeSet<String> = twin.documents("ann").await.into_keys().collect();
    let all: BTreeSet<String> = all.into_iter().filter(|address| address.starts_with(COLLECTION)).collect();

    // So slow a line that there is time for both.
    cloud.proxy.appoint(Rule::every(Fault::Delay(Duration::from_millis(30))).of("Commit"));
    let target = cloud.user("ann");
    let meddling = async {
        cloud.more_commits(6).await;
        let elsewhere = cloud.elsewhere("ann");
        let there = elsewhere.list(COLLECTION, None, 1000, Some(&[])).await.unwrap().records;
        let there: BTreeSet<String> = there.into_iter().map(|(address, _)| address).collect();
        let ahead: Vec<String> = all.difference(&there).step_by(7).cloned().collect();
        let (changed, deleted): (Vec<_>, Vec<_>) = there.into_iter().enumerate().partition(|(place, _)| place % 2 == 0);
        let only = |places: Vec<(usize, String)>| places.into_iter().map(|(_, address)| address).step_by(5);
        let (changed, deleted): (Vec<_>, Vec<_>) = (only(changed).collect(), only(deleted).collect());
        happens(&elsewhere, &changed.iter().chain(&ahead).map(|address| put(address)).collect::<Vec<_>>()).await;
        happens(&elsewhere, &deleted.iter().flat_map(|address| delete(address)).collect::<Vec<_>>()).await;
        (changed, ahead, deleted)
    };
    let (report, (changed, ahead, deleted)) = tokio::join!(phone.run(&target), meddling);
    let report = report.unwrap();
    is_complete(&report);
    assert!(!changed.is_empty() && !ahead.is_empty() && !deleted.is_empty(), "it came in the midst of it");
    assert_eq!(report.counters.quarantined, 0);
    let as_they_left_it = async || {
        let documents = cloud.documents("ann").await;
        assert_eq!(documents.len() as u64, phone.rows() - deleted.len() as u64);
        changed.iter().chain(&ahead).for_each(|address| assert_eq!(documents[address], theirs(), "{address}"));
        deleted.iter().for_each(|address| assert!(!documents.contains_key(address), "{address}"));
    };
    as_they_left_it().await;

    let receipt = phone.verify(&target).await;
    assert!(receipt.verified, "{receipt:?}");
    let tally = &receipt.tally;
    assert_eq!(tally.newer_there, (changed.len() + ahead.len()) as u64);
    assert_eq!((tally.deleted_there, tally.missing), (deleted.len() as u64, 0));
    // Nor does a later run bring anything back, or one that begins anew.
    is_complete(&phone.run(&target).await.unwrap());
    as_they_left_it().await;
    let anew = phone.start(&target, Start::Anew).await.unwrap();
    is_complete(&anew);
    let counters = anew.counters;
    assert_eq!(counters.newer_there, (changed.len() + ahead.len()) as u64, "{counters:?}");
    assert_eq!((counters.deleted_there, counters.created), (deleted.len() as u64, 0), "{counters:?}");
    as_they_left_it().await;
}
