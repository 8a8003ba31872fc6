//! The least that a client can do: requests that are ready to send, over one channel, and answers that nobody reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, BufMut, Bytes};
use firestore::gcloud_sdk::google::firestore::v1 as wire;
use firestore::gcloud_sdk::prost::Message;
use tokio::task::JoinSet;
use tonic::client::Grpc;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::client::{Lap, PROJECT, Used};
use crate::measure::Result;

const AT_ONCE: usize = 8;
const COMMIT: &str = "/google.firestore.v1.Firestore/Commit";

pub(crate) async fn write(address: &str, batches: Vec<Vec<wire::Write>>) -> Result<Used> {
    let documents = batches.iter().map(|batch| batch.len() as u64).sum();
    let database = format!("projects/{PROJECT}/databases/(default)");
    let commit = |writes| wire::CommitRequest { database: database.clone(), writes, ..wire::CommitRequest::default() };
    let requests: Arc<[Bytes]> = batches.into_iter().map(|batch| commit(batch).encode_to_vec().into()).collect();

    let lap = Lap::begin();
    let channel = Endpoint::from_shared(format!("http://{address}"))?.connect_lazy();
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        workers.spawn(send(channel.clone(), requests.clone(), next.clone()));
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    lap.end(documents)
}

async fn send(channel: Channel, requests: Arc<[Bytes]>, next: Arc<AtomicU64>) -> Result<()> {
    let mut grpc = Grpc::new(channel);
    while let Some(message) = requests.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed))?) {
        let largest = message.len();
        let mut request = Request::new(message.clone());
        request.metadata_mut().insert("authorization", MetadataValue::from_static("Bearer owner"));
        grpc.ready().await?;
        grpc.unary(request, PathAndQuery::from_static(COMMIT), Ready { largest }).await?;
    }
    Ok(())
}

/// Bytes out, nothing in.
struct Ready {
    largest: usize,
}

impl Codec for Ready {
    type Encode = Bytes;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self { largest: self.largest }
    }

    fn decoder(&mut self) -> Self {
        Self { largest: 0 }
    }
}

impl Encoder for Ready {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> std::result::Result<(), Status> {
        out.put(message);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        // With the header that stands before each message.
        BufferSettings::new(self.largest + 5, self.largest + 5)
    }
}

impl Decoder for Ready {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> std::result::Result<Option<()>, Status> {
        from.advance(from.remaining());
        Ok(Some(()))
    }
}
