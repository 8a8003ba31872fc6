//! The writers of the `firestore` crate, with messages that are made before the clock starts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use firestore::gcloud_sdk::google::firestore::v1 as wire;
use firestore::{FirestoreBatchWriter, FirestoreDb, FirestoreStreamingBatchWriteOptions};
use futures_util::StreamExt;
use tokio::task::JoinSet;

use crate::client::{Lap, PROJECT, Used};
use crate::measure::Result;

/// A request for each batch, so many at a time.
pub(crate) async fn simple(at_once: usize, batches: Vec<Vec<wire::Write>>) -> Result<Used> {
    let batches = Arc::new(Mutex::new(VecDeque::from(batches)));
    let lap = Lap::begin();
    let db = FirestoreDb::new(PROJECT).await?;
    let mut workers = JoinSet::new();
    for _ in 0..at_once {
        workers.spawn(request_each(db.clone(), batches.clone()));
    }
    let mut documents = 0;
    while let Some(written) = workers.join_next().await {
        documents += written??;
    }
    lap.end(documents)
}

async fn request_each(db: FirestoreDb, batches: Arc<Mutex<VecDeque<Vec<wire::Write>>>>) -> Result<u64> {
    let writer = db.create_simple_batch_writer().await?;
    let next = || batches.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut written = 0;
    while let Some(batch) = next() {
        let answer = writer.write(batch).await?;
        written += answer.statuses.iter().filter(|status| status.code == 0).count() as u64;
    }
    Ok(written)
}

/// All batches over one stream, with its pause between them at the shortest.
pub(crate) async fn streaming(batches: Vec<Vec<wire::Write>>) -> Result<Used> {
    let lap = Lap::begin();
    let db = FirestoreDb::new(PROJECT).await?;
    let options = FirestoreStreamingBatchWriteOptions::new().with_throttle_batch_duration(Duration::from_millis(1));
    let (writer, mut answers) = db.create_streaming_batch_writer_with_options(options).await?;
    let heard = tokio::spawn(async move {
        let mut written = 0;
        while let Some(answer) = answers.next().await {
            written += answer?.write_results.len() as u64;
        }
        Result::Ok(written)
    });
    for batch in batches {
        writer.write(batch).await?;
    }
    writer.finish().await;
    let documents = heard.await??;
    lap.end(documents)
}
