//! The last step of a document's making: cut to the target's steps, checked against its rules, counted and hashed.

use std::sync::Arc;

use super::canonical::{Canonical, NameForm};
use super::expand::Address;
use super::fault::Fault;
use super::limits::{Counted, Limits, Tally};
use super::{ContentHash, Document};
use crate::record::{Name, Reason, Value};
use crate::rules::Rules;

/// What all documents of a move have in common when they are finished.
#[derive(Debug)]
pub(crate) struct Seal {
    limits: Limits,
    names: Vec<NameForm>,
    /// The ways of those stamps that lead into fields of the document.
    inner_stamps: Vec<Arc<[Name]>>,
}

impl Seal {
    pub(crate) fn new<'s>(rules: &Rules, names: &[Name], stamps: impl Iterator<Item = &'s Arc<[Name]>>) -> Self {
        let inner = stamps.filter(|way| way.first().is_some_and(|first| names.contains(first)));
        let name_forms = names.iter().map(|name| NameForm::new(name)).collect();
        Self { limits: Limits::new(rules), names: name_forms, inner_stamps: inner.cloned().collect() }
    }

    /// Cuts moments to what the target keeps, so that a document is what will be read back.
    pub(crate) fn cut(&self, value: &mut Value) {
        match value {
            Value::Timestamp(moment) => *moment = moment.cut_to(self.limits.rules().timestamps.step_nanos),
            Value::Array(items) => items.iter_mut().for_each(|item| self.cut(item)),
            Value::Map(fields) => fields.values_mut().for_each(|value| self.cut(value)),
            _ => {}
        }
    }

    /// Finishes a document, whose address, hash and bytes are still to come; `form` is a buffer for its canonical form.
    pub(crate) fn close(&self, document: &mut Document, address: Address, form: &mut Vec<u8>) -> Result<(), Fault> {
        document.values.iter_mut().flatten().chain(&mut document.revision).for_each(|value| self.cut(value));
        document.bytes = self.count(document, address.as_str()).map_err(|fault| *fault)?;
        document.hash = self.hash(document, form);
        document.address = address.with_hash(&document.hash);
        Ok(())
    }

    fn count(&self, document: &Document, address: &str) -> Counted {
        let mut tally = self.limits.begin(address)?;
        for (name, value) in document.names.iter().zip(&document.values) {
            if let Some(value) = value {
                tally.field(name, value, 0, 0).map_err(|fault| fault.at(name))?;
            }
        }
        let mut before: &[Name] = &[];
        for (way, value) in document.stamps.iter() {
            count_stamp(&mut tally, document, before, way, value).map_err(|fault| match way.first() {
                Some(first) => fault.at(first),
                None => *fault,
            })?;
            before = way;
        }
        tally.end()
    }

    fn hash(&self, document: &Document, form: &mut Vec<u8>) -> ContentHash {
        form.clear();
        let mut canonical = Canonical::new(form, self.limits.rules());
        if self.inner_stamps.is_empty() {
            let fields = self.names.iter().zip(&document.values);
            canonical.plain_document(fields.filter_map(|(name, value)| Some((name, value.as_ref()?))));
        } else {
            let fields = document.names.iter().zip(&document.values);
            let fields = fields.filter_map(|(name, value)| Some((&**name, value.as_ref()?)));
            let stamps: Vec<&[Name]> = self.inner_stamps.iter().map(|way| &**way).collect();
            canonical.document(fields, &stamps);
        }
        ContentHash::of_form(form)
    }
}

/// Counts a stamp, and those maps on its way that neither the document nor the stamp before it brought.
fn count_stamp(
    tally: &mut Tally<'_>,
    document: &Document,
    before: &[Name],
    way: &[Name],
    value: &Value,
) -> Counted<()> {
    let Some((leaf, maps)) = way.split_last() else { return Ok(()) };
    let shared = before.iter().zip(maps).take_while(|(before, name)| before == name).count();
    let there = shared.max(maps_there(document, leaf, maps)?);
    let mut path = 0;
    for (depth, name) in maps.iter().enumerate() {
        if depth >= there {
            tally.map(name, depth)?;
        }
        path += name.len() as u64 + 1;
    }
    tally.field(leaf, value, maps.len(), path)
}

/// How many of the maps on a stamp's way the document itself has.
fn maps_there(document: &Document, leaf: &Name, maps: &[Name]) -> Result<usize, Fault> {
    let clash =
        |what: &str| Err(Fault::new(Reason::NotConvertible, format!("a stamp goes into this field, which {what}")));
    let Some(first) = maps.first() else { return Ok(0) };
    let Ok(position) = document.names.binary_search(first) else { return Ok(0) };
    let Some(Some(mut value)) = document.values.get(position).map(Option::as_ref) else { return Ok(0) };
    for depth in 1..=maps.len() {
        let Value::Map(fields) = value else {
            return clash(&format!("must be a map and is of kind {}", value.kind().word()));
        };
        let next = maps.get(depth).unwrap_or(leaf);
        match fields.get(&**next) {
            Some(inner) => value = inner,
            None => return Ok(depth),
        }
    }
    clash("already has a field of its name")
}
