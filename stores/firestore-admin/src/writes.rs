//! Writing with BatchWrite: each write for itself, and an answer for each.

use std::collections::HashSet;
use std::ops::Range;

use firestore::gcloud_sdk::google::firestore::v1 as wire;
use firestore::gcloud_sdk::google::rpc;
use firestore::gcloud_sdk::prost::Message;
use firestore::gcloud_sdk::tonic::{Code, Status};
use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::store::{Condition, Fields, Outcome, Refusal, Target, Write};
use rehome_core::stores::firestore::{call_failed, field_paths, write_failed};
use wire::precondition::ConditionType;
use wire::write::Operation;

use crate::AdminStore;
use crate::values::{to_wire, update_time, version};

/// Below what an emulator takes in a request; Google takes two and a half times that.
const MOST_BYTES: usize = 3_500_000;

/// A write on its way.
struct Sent<'w> {
    /// Its place among all.
    place: usize,
    write: &'w Write,
    message: wire::Write,
}

impl AdminStore {
    pub(crate) async fn write_each(&self, writes: &[Write]) -> Result<Vec<Outcome>> {
        // Until it is sent, none has happened.
        let mut outcomes = vec![Outcome::Retry; writes.len()];
        let mut sent = Vec::with_capacity(writes.len());
        for (place, write) in writes.iter().enumerate() {
            match self.message(write)? {
                Some(message) => sent.push(Sent { place, write, message }),
                None => outcomes[place] = Outcome::Refused(Refusal::invalid("Firestore holds no decimals")),
            }
        }
        let mut waiting = requests(&sent, self.rules().batch.max_writes);
        let mut is_first = true;
        while let Some(range) = waiting.pop() {
            let request = &sent[range.clone()];
            match self.batch_write(request).await {
                Ok(answer) => tell(request, &answer, &mut outcomes),
                // Firestore refuses all for the sake of one and does not say which: it is among these or among those.
                Err(status) if is_about_a_write(&status) && request.len() > 1 => {
                    let middle = range.start + request.len() / 2;
                    waiting.extend([middle..range.end, range.start..middle]);
                    continue;
                }
                Err(status) => match request {
                    [only] if is_about_a_write(&status) => outcomes[only.place] = answered(only, &status),
                    _ if status.code() == Code::PermissionDenied => {
                        request.iter().for_each(|sent| outcomes[sent.place] = answered(sent, &status));
                    }
                    _ if is_first => return Err(failed(status)),
                    // Something was written before: what became of it has to be told.
                    _ => {
                        let outcome = if may_have_happened(status) { Outcome::Unknown } else { Outcome::Retry };
                        request.iter().for_each(|sent| outcomes[sent.place] = outcome.clone());
                        return Ok(outcomes);
                    }
                },
            }
            is_first = false;
        }
        Ok(outcomes)
    }

    /// None where a value is of a kind that Firestore does not hold.
    fn message(&self, write: &Write) -> Result<Option<wire::Write>> {
        let name = self.root.name(&write.address);
        let operation = match &write.fields {
            None => Operation::Delete(name),
            Some(fields) => match to_wire(&self.root, fields.content()) {
                Some(fields) => Operation::Update(wire::Document { name, fields, ..wire::Document::default() }),
                None => return Ok(None),
            },
        };
        let condition = match &write.condition {
            Condition::Always => None,
            Condition::Absent => Some(ConditionType::Exists(false)),
            Condition::Version(version) => Some(ConditionType::UpdateTime(update_time(version)?)),
        };
        let mask = match (&write.fields, &write.condition) {
            (Some(Fields::Among(_, say)), Condition::Always | Condition::Version(_)) => Some(say),
            (None | Some(Fields::All(_)), _) | (_, Condition::Absent) => None,
        };
        Ok(Some(wire::Write {
            operation: Some(operation),
            update_mask: mask.map(|say| wire::DocumentMask { field_paths: field_paths(say).collect() }),
            current_document: condition.map(|condition| wire::Precondition { condition_type: Some(condition) }),
            ..wire::Write::default()
        }))
    }

    async fn batch_write(&self, writes: &[Sent<'_>]) -> Result<wire::BatchWriteResponse, Status> {
        let request = wire::BatchWriteRequest {
            database: self.root.database().to_owned(),
            writes: writes.iter().map(|sent| sent.message.clone()).collect(),
            ..wire::BatchWriteRequest::default()
        };
        let mut client = self.db.client().get();
        let late = |_| Err(Status::new(Code::DeadlineExceeded, "no answer before our own deadline"));
        let answer = tokio::time::timeout(self.deadline, client.batch_write(request)).await.unwrap_or_else(late);
        Ok(answer?.into_inner())
    }
}

/// How the writes are divided, the last request first: none is too large, and none is about a document twice, which
/// Firestore refuses.
fn requests(sent: &[Sent<'_>], most_writes: usize) -> Vec<Range<usize>> {
    let mut requests = Vec::new();
    let (mut start, mut bytes, mut addresses) = (0, 0, HashSet::new());
    for (end, Sent { write, message, .. }) in sent.iter().enumerate() {
        let size = message.encoded_len();
        let is_full = end - start >= most_writes || bytes + size > MOST_BYTES;
        if end > start && (is_full || addresses.contains(&write.address)) {
            requests.push(start..end);
            (start, bytes) = (end, 0);
            addresses.clear();
        }
        bytes += size;
        addresses.insert(&write.address);
    }
    requests.extend((start < sent.len()).then_some(start..sent.len()));
    requests.reverse();
    requests
}

/// The request as a whole failed.
fn failed(status: Status) -> Error {
    call_failed(status.code() as i32, status.message(), status.details()).because(status)
}

fn is_about_a_write(status: &Status) -> bool {
    matches!(status.code(), Code::InvalidArgument | Code::OutOfRange)
}

fn may_have_happened(status: Status) -> bool {
    let kind = failed(status).kind();
    matches!(kind, ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Busy | ErrorKind::Io)
}

fn answered(sent: &Sent<'_>, status: &Status) -> Outcome {
    write_failed(sent.write, status.code() as i32, status.message()).unwrap_or(Outcome::Unknown)
}

/// What the server says of each write.
fn tell(writes: &[Sent<'_>], answer: &wire::BatchWriteResponse, outcomes: &mut [Outcome]) {
    let is_whole = answer.status.len() == writes.len() && answer.write_results.len() == writes.len();
    for (index, sent) in writes.iter().enumerate() {
        let said = answer.status.get(index).zip(answer.write_results.get(index)).filter(|_| is_whole);
        outcomes[sent.place] = said.map_or(Outcome::Unknown, |(status, result)| outcome(sent.write, status, result));
    }
}

fn outcome(write: &Write, status: &rpc::Status, result: &wire::WriteResult) -> Outcome {
    match Code::from_i32(status.code) {
        Code::Ok if write.fields.is_none() => Outcome::Durable(None),
        Code::Ok => {
            let version = result.update_time.as_ref().and_then(version);
            version.map_or(Outcome::Unknown, |version| Outcome::Durable(Some(version)))
        }
        // Said of a single write, these mean that it was given up for another's sake.
        Code::Aborted | Code::ResourceExhausted => Outcome::Retry,
        _ => write_failed(write, status.code, &status.message).unwrap_or(Outcome::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(addresses: &[&str], most_writes: usize, padding: usize) -> Vec<Range<usize>> {
        let writes: Vec<Write> = addresses
            .iter()
            .map(|address| Write { address: (*address).into(), fields: None, condition: Condition::Always })
            .collect();
        let message = wire::Write { operation: Some(Operation::Delete("x".repeat(padding))), ..Default::default() };
        let sent = writes.iter().enumerate().map(|(place, write)| Sent { place, write, message: message.clone() });
        let mut requests = requests(&sent.collect::<Vec<_>>(), most_writes);
        requests.reverse();
        requests
    }

    #[test]
    fn requests_are_divided_by_number_by_size_and_before_a_document_comes_twice() {
        assert!(divided(&[], 2, 1).is_empty());
        assert_eq!(divided(&["a", "b", "c", "d", "e"], 2, 1), [0..2, 2..4, 4..5]);
        assert_eq!(divided(&["a", "b", "a", "a", "b"], 500, 1), [0..2, 2..3, 3..5]);
        assert_eq!(divided(&["a", "b", "c"], 500, MOST_BYTES / 2 - 10), [0..2, 2..3]);
        assert_eq!(divided(&["a", "b"], 500, MOST_BYTES + 1), [0..1, 1..2], "the server may judge of it");
    }

    #[test]
    fn an_answer_that_does_not_fit_leaves_everything_open() {
        let write = Write { address: "a/1".into(), fields: None, condition: Condition::Always };
        let sent = [0, 1].map(|place| Sent { place, write: &write, message: wire::Write::default() });
        let mut outcomes = vec![Outcome::Retry; 2];
        let status = vec![rpc::Status::default()];
        let answer = wire::BatchWriteResponse { write_results: vec![wire::WriteResult::default()], status };
        tell(&sent, &answer, &mut outcomes);
        assert_eq!(outcomes, [Outcome::Unknown, Outcome::Unknown]);
    }
}
