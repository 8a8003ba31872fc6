//! Documents as a screen reads them: the same before and after they were carried.

use std::collections::BTreeMap;

use rehome_core::phone::{Documents, Rehome};
use rehome_core::record::{Map, Value};
use rehome_core::remote_state::{StateAddress, Tombstone};
use rehome_core::rollout::Side;
use rehome_core::store::{Condition, Target, Write};
use serde_json::Value as Json;

use super::App;
use crate::carrying::Cloud;

const HABITS: &str = "users/ann/habits";

/// Every document of a list, by its path.
async fn all(documents: &Documents, from: Option<Side>) -> BTreeMap<String, Json> {
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let page = documents.list(HABITS, from, after, 3).await.unwrap();
        let found: Vec<Json> = serde_json::from_str(&page.json).unwrap();
        assert_eq!(found.len(), page.count);
        for document in found {
            let path = document["path"].as_str().unwrap().to_owned();
            assert!(all.insert(path, document).is_none(), "a document comes twice");
        }
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// Without what says when, and what is uploaded first.
fn content(documents: &BTreeMap<String, Json>) -> BTreeMap<String, Json> {
    let mut documents = documents.clone();
    for document in documents.values_mut() {
        document["data"].as_object_mut().unwrap().retain(|name, _| !name.starts_with("migrat") && name != "icon");
    }
    documents
}

async fn write(cloud: &Cloud, writes: &[Write]) {
    cloud.elsewhere("ann").write(writes).await.unwrap();
}

fn opened(app: &App, cloud: &Cloud) -> Rehome {
    app.open(cloud, "ann")
}

#[tokio::test]
async fn a_screen_sees_the_same_before_and_after() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = opened(&app, &cloud);
    let documents = rehome.documents("ann");
    let old = all(&documents, Some(Side::Old)).await;
    assert_eq!(old.len(), 8);
    assert_eq!(content(&all(&documents, None).await), content(&old), "the route reads the old side");
    assert!(all(&documents, Some(Side::New)).await.is_empty());
    rehome.migration("ann").run_if_needed().await.unwrap();
    let new = all(&documents, Some(Side::New)).await;
    assert_eq!(content(&new), content(&old));

    let (path, one) = old.first_key_value().unwrap();
    let found = documents.get(path, Some(Side::Old)).await.unwrap().unwrap();
    let found: Json = serde_json::from_str(&found).unwrap();
    assert_eq!(found["id"], one["id"]);
    assert!(documents.get(path, Some(Side::New)).await.unwrap().is_some());
    assert_eq!(documents.get(format!("{HABITS}/none"), Some(Side::Old)).await.unwrap(), None);
    assert_eq!(documents.get(format!("{HABITS}/none"), None).await.unwrap(), None);
    assert!(documents.list(HABITS, None, Some("nonsense".to_owned()), 3).await.is_err());
}

#[tokio::test]
async fn as_long_as_not_everything_is_carried_lists_are_of_both_sides_without_what_was_deleted() {
    let (cloud, app) = (Cloud::new().await, App::new());
    app.say(r#"{"dualWriteEnabled": true, "readRolloutPercentage": 100}"#);
    let rehome = opened(&app, &cloud);
    let documents = rehome.documents("ann");
    let old = all(&documents, Some(Side::Old)).await;
    let [changed, deleted, kept] = [0, 1, 2].map(|at| old.keys().nth(at).unwrap().clone());
    let fields = |title: &str| Map::from([("title".to_owned(), Value::from(title))]);
    let made = format!("{HABITS}/made-there");
    let create = |address: &str, title: &str| {
        let (address, fields) = (address.to_owned(), Some(fields(title).into()));
        Write { address, fields, condition: Condition::Absent }
    };
    write(&cloud, &[create(&changed, "changed"), create(&made, "made there")]).await;
    let state = StateAddress::of("ann").unwrap();
    let at = rehome_core::record::Timestamp::from_millis(0);
    let tombstone = Tombstone { address: &deleted, deleted_at: at, installation: "another", generation: 1 };
    write(&cloud, &[tombstone.write(&state)]).await;

    let seen = all(&documents, None).await;
    assert_eq!(seen.len(), old.len(), "one was deleted, one was made");
    assert_eq!(seen[&changed]["data"]["title"], "changed", "what both have is the new side's");
    assert_eq!(seen[&made]["data"]["title"], "made there");
    assert!(!seen.contains_key(&deleted), "what was deleted stays so");
    assert!(documents.get(&deleted, None).await.unwrap().is_none());
    assert!(documents.get(&kept, None).await.unwrap().is_some(), "what is missing there is read from the old side");
}
