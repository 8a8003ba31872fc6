//! Values too large for a document: they are handed out, and the document waits for what is stored instead.

use std::sync::Arc;

use super::Document;
use super::expand::Address;
use super::fault::Fault;
use super::seal::Seal;
use crate::record::{Name, Reason, RecordId, Rejection, Value};
use crate::store::Upload;

/// A document that is whole once its uploads are answered.
#[derive(Clone, Debug)]
pub struct Pending {
    document: Document,
    address: Address,
    awaited: Vec<Awaited>,
    seal: Arc<Seal>,
}

/// An upload, and the way into the document to where its answer goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Awaited {
    pub(crate) upload: Upload,
    pub(crate) way: Vec<Step>,
}

impl Awaited {
    pub(crate) fn new(upload: Upload) -> Self {
        Self { upload, way: Vec::new() }
    }
}

/// A step on the way into a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// A field of the document, by its position.
    Field(usize),
    /// An entry of a map.
    Name(Name),
    /// An item of an array.
    Item(usize),
}

impl Pending {
    pub(crate) fn new(document: Document, address: Address, awaited: Vec<Awaited>, seal: Arc<Seal>) -> Self {
        Self { document, address, awaited, seal }
    }

    /// The record that the document comes from.
    pub fn source(&self) -> &RecordId {
        &self.document.source
    }

    /// What is to be uploaded.
    pub fn uploads(&self) -> impl ExactSizeIterator<Item = &Upload> {
        self.awaited.iter().map(|awaited| &awaited.upload)
    }

    /// The document, with what each upload was answered, in their order. An upload without an answer did not happen.
    pub fn resume(mut self, answers: Vec<Value>) -> Result<Document, Rejection> {
        if answers.len() != self.awaited.len() {
            return Err(self.without_port());
        }
        for (awaited, answer) in self.awaited.iter().zip(answers) {
            if let Some(place) = place(&mut self.document.values, &awaited.way) {
                *place = answer;
            }
        }
        match self.seal.close(&mut self.document, self.address, &mut Vec::new()) {
            Ok(()) => Ok(self.document),
            Err(fault) => Err(fault.of(&self.document.source)),
        }
    }

    /// Why the record cannot be moved where nobody takes uploads.
    pub fn without_port(self) -> Rejection {
        let rejected = self.awaited.first().map(|awaited| {
            let bytes = awaited.upload.bytes.len();
            let detail =
                format!("the value has {bytes} bytes and is to be uploaded, and there is nothing to upload it with");
            Fault::new(Reason::TooLarge, detail).at(&awaited.upload.field)
        });
        let rejected = rejected.unwrap_or_else(|| Fault::new(Reason::TooLarge, "nothing to upload with"));
        rejected.of(&self.document.source)
    }
}

fn place<'v>(values: &'v mut [Option<Value>], way: &[Step]) -> Option<&'v mut Value> {
    let (Step::Field(position), rest) = way.split_first()? else { return None };
    let mut value = values.get_mut(*position)?.as_mut()?;
    for step in rest {
        value = match (step, value) {
            (Step::Name(name), Value::Map(fields)) => fields.get_mut(&**name)?,
            (Step::Item(item), Value::Array(items)) => items.get_mut(*item)?,
            _ => return None,
        };
    }
    Some(value)
}
