//! What a call writes, and what of it the server did.

use bytes::{Buf, Bytes};
use googleapis_tonic_google_firestore_v1::google::firestore::v1::write::Operation;
use googleapis_tonic_google_firestore_v1::google::firestore::v1::{
    BatchWriteRequest, BatchWriteResponse, CommitRequest, Write,
};
use http::HeaderMap;
use http::request::Parts;
use prost::Message;

/// The calls that write, whose questions and answers are short enough to be held whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    Commit,
    BatchWrite,
}

impl Writing {
    pub(crate) fn of(head: &Parts) -> Option<Self> {
        match head.uri.path() {
            "/google.firestore.v1.Firestore/Commit" => Some(Self::Commit),
            "/google.firestore.v1.Firestore/BatchWrite" => Some(Self::BatchWrite),
            _ => None,
        }
    }

    /// The documents that it is about. What cannot be read is about none: the server will say so.
    pub(crate) fn documents(self, question: &Bytes) -> Vec<String> {
        let writes = match self {
            Self::Commit => message::<CommitRequest>(question).map(|commit| commit.writes),
            Self::BatchWrite => message::<BatchWriteRequest>(question).map(|batch| batch.writes),
        };
        writes.unwrap_or_default().into_iter().filter_map(document).collect()
    }

    /// Those of the documents that the server wrote or deleted.
    pub(crate) fn done(self, documents: Vec<String>, answer: &Bytes, trailers: Option<&HeaderMap>) -> Vec<String> {
        // A call that failed at once has its status in the headers, and no trailers.
        if trailers.and_then(|trailers| trailers.get("grpc-status")).is_none_or(|status| status != "0") {
            return Vec::new();
        }
        match self {
            Self::Commit => documents,
            Self::BatchWrite => {
                let answer = message::<BatchWriteResponse>(answer).unwrap_or_default();
                let pairs = documents.into_iter().zip(answer.status);
                pairs.filter(|(_, status)| status.code == 0).map(|(document, _)| document).collect()
            }
        }
    }
}

/// gRPC puts before a message whether it is compressed, which nobody here does, and its length.
fn message<M: Message + Default>(body: &Bytes) -> Option<M> {
    let mut body = body.clone();
    let is_plain = body.try_get_u8().ok()? == 0;
    let length = usize::try_from(body.try_get_u32().ok()?).ok()?;
    let body = body.get(..length).filter(|_| is_plain)?;
    M::decode(body).ok()
}

fn document(write: Write) -> Option<String> {
    let name = match write.operation? {
        Operation::Update(document) => document.name,
        Operation::Delete(name) => name,
        Operation::Transform(transform) => transform.document,
    };
    name.split_once("/documents/").map(|(_, address)| address.to_owned())
}
