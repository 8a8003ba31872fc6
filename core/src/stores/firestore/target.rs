//! Writing to Firestore, and looking at what is there.

use std::collections::HashMap;
use std::mem;

use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use prost::bytes::Bytes;
use tonic::Code;

use super::decode::Document;
use super::encode::{self, Encoded};
use super::query::{self, Part, Query};
use super::status::{Failure, Told, nonsense};
use super::store::FirestoreStore;
use super::version;
use super::wire::Method;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Name;
use crate::rules::Rules;
use crate::store::{
    Answer, Batches, Capabilities, Condition, Cursor, Found, Listing, Lookout, Outcome, Refusal, Target, Write,
};

impl FirestoreStore {
    async fn commit(&self, writes: &[Write]) -> Result<Vec<Outcome>> {
        let batch = self.rules.batch;
        if writes.len() > batch.max_writes {
            let message = format!("{} writes in one call, and Firestore takes {}", writes.len(), batch.max_writes);
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let message = match encode::commit(self.wire.root(), writes)? {
            Encoded::Commit(message) => message,
            Encoded::Unheld(place) => return Ok(only(place, writes, "Firestore holds no decimals")),
        };
        // Of a single document Firestore itself is the judge: it does not count the bytes on the wire.
        if message.len() as u64 > batch.max_bytes && writes.len() > 1 {
            let why = format!("together the writes have {} bytes, and {} are the most", message.len(), batch.max_bytes);
            return Ok(vec![Outcome::Refused(Refusal::invalid(why)); writes.len()]);
        }
        let mut results = Vec::new();
        let mut first = Some(message);
        let message = || match first.take() {
            Some(message) => Ok(message),
            None => self.encoded_again(writes),
        };
        let done = self.wire.call(Method::COMMIT, message, |answer: wire::CommitResponse| {
            results = answer.write_results;
            Ok(())
        });
        match done.await {
            Ok(()) => Ok(outcomes(writes, &results)),
            Err(Failure::Status(told)) => match outcome(writes, &told) {
                Some(outcome) => Ok(vec![outcome; writes.len()]),
                None => Err(Failure::Status(told).into()),
            },
            Err(failure) => Err(failure.into()),
        }
    }

    fn encoded_again(&self, writes: &[Write]) -> Result<Bytes> {
        match encode::commit(self.wire.root(), writes)? {
            Encoded::Commit(message) => Ok(message),
            Encoded::Unheld(_) => Err(nonsense()),
        }
    }

    async fn look_at(&self, addresses: &[String], fields: Option<&[Name]>) -> Result<Vec<Option<Found>>> {
        let mut all = vec![None; addresses.len()];
        let mut each = |place: usize, found: Found| all[place] = Some(found);
        self.look_at_each(addresses, fields, &mut each).await?;
        Ok(all)
    }

    async fn look_at_each(
        &self,
        addresses: &[String],
        fields: Option<&[Name]>,
        each: &mut (dyn FnMut(usize, Found) + Send),
    ) -> Result<()> {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::with_capacity(addresses.len());
        addresses.iter().enumerate().for_each(|(place, address)| places.entry(address).or_default().push(place));
        query::get_each(&self.wire, addresses, fields, |document| {
            let (address, found) = document.found()?;
            // Where it is asked for twice, the first answer is one for both.
            let places = mem::take(places.get_mut(&*address).ok_or_else(nonsense)?);
            if let Some((last, others)) = places.split_last() {
                others.iter().for_each(|place| each(*place, found.clone()));
                each(*last, found);
            }
            Ok(())
        })
        .await
    }

    fn directly_in<'c>(&self, collection: &'c str) -> Result<Query<'c>> {
        let (parent, collection) = self.wire.root().collection(collection)?;
        Ok(Query { parent, collection, everywhere: false, filter: None })
    }

    async fn list_part(
        &self,
        collection: &str,
        after: Option<&Cursor>,
        limit: usize,
        fields: Option<&[Name]>,
    ) -> Result<Listing> {
        let root = self.wire.root();
        let after = after.map(|cursor| address_in(collection, cursor)).transpose()?;
        let part = Part { after: after.map(|address| root.name(address)), limit, fields };
        let documents = self.directly_in(collection)?.run(&self.wire, part).await?;
        let records: Vec<_> = documents.into_iter().map(Document::found).collect::<Result<_>>()?;
        // A page that is not full is the last one; to ask whether there are more would be one more read to pay for.
        let last = records.last().filter(|_| records.len() >= limit);
        let next = last.map(|(address, _)| Cursor::new(address.clone()));
        Ok(Listing { records, next })
    }
}

impl Target for FirestoreStore {
    fn rules(&self) -> &Rules {
        &self.rules
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { batches: Batches::Atomic, conditional: true }
    }

    fn identity(&self) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(Some(self.wire.identity())) })
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        Box::pin(self.commit(writes))
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        Box::pin(self.look_at(addresses, fields))
    }

    fn look_each<'a>(
        &'a self,
        addresses: &'a [String],
        fields: Option<&'a [Name]>,
        each: &'a mut (dyn FnMut(usize, Found) + Send),
    ) -> Answer<'a, ()> {
        Box::pin(self.look_at_each(addresses, fields, each))
    }

    fn lookout<'a>(&'a self, address: &'a str) -> Option<Box<dyn Lookout + 'a>> {
        Some(Box::new(self.watch(address, None)))
    }

    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64> {
        Box::pin(async move { self.directly_in(collection)?.count(&self.wire).await })
    }

    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing> {
        Box::pin(self.list_part(collection, after, limit, fields))
    }
}

/// What became of the writes of a commit that happened.
fn outcomes(writes: &[Write], results: &[wire::WriteResult]) -> Vec<Outcome> {
    if results.len() != writes.len() {
        return vec![Outcome::Unknown; writes.len()];
    }
    let outcome = |(write, result): (&Write, &wire::WriteResult)| {
        if write.fields.is_none() {
            return Outcome::Durable(None);
        }
        version::of(result.update_time.as_ref()).map_or(Outcome::Unknown, |version| Outcome::Durable(Some(version)))
    };
    writes.iter().zip(results).map(outcome).collect()
}

/// What a status says of each write of a commit that did not happen: it does not say which one is at fault. None where
/// it is about the call and not about the writes.
pub(super) fn outcome(writes: &[Write], told: &Told) -> Option<Outcome> {
    let has = |is_so: fn(&Condition) -> bool| writes.iter().any(|write| is_so(&write.condition));
    let is_versioned = has(|condition| matches!(condition, Condition::Version(_)));
    let is_conditional = has(|condition| *condition != Condition::Always);
    match told.code {
        // Without a condition on a version it is the database that was not found.
        Code::NotFound if is_versioned => Some(Outcome::Exists),
        Code::AlreadyExists | Code::FailedPrecondition if is_conditional => Some(Outcome::Exists),
        Code::PermissionDenied => Some(Outcome::Refused(Refusal::denied(reason(told)))),
        Code::InvalidArgument | Code::OutOfRange => Some(Outcome::Refused(Refusal::invalid(reason(told)))),
        _ => None,
    }
}

fn reason(told: &Told) -> String {
    if told.message.is_empty() { format!("{:?}, without a reason", told.code) } else { told.message.clone() }
}

/// One write is at fault; the others did not happen for that alone.
fn only(at_fault: usize, writes: &[Write], why: &str) -> Vec<Outcome> {
    let outcome = |place| {
        if place == at_fault { Outcome::Refused(Refusal::invalid(why)) } else { Outcome::Retry }
    };
    (0..writes.len()).map(outcome).collect()
}

fn address_in<'c>(collection: &str, cursor: &'c Cursor) -> Result<&'c str> {
    let address = cursor.as_str();
    let id = address.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let is_in = id.is_some_and(|id| !id.is_empty() && !id.contains('/'));
    let foreign = || Error::new(ErrorKind::Changed, "the cursor is of another collection; list it from the start");
    is_in.then_some(address).ok_or_else(foreign)
}

#[cfg(test)]
mod tests;
