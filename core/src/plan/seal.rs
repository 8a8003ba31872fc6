//! The last step of a document's making: cut to the target's steps, checked against its rules, counted and hashed.

use std::sync::Arc;

use super::canonical::{Canonical, NameForm};
use super::expand::Address;
use super::fault::Fault;
use super::limits::{Counted, Limits, Share, Tally};
use super::{ContentHash, Document, Stamped};
use crate::record::{Name, Reason, Value};
use crate::rules::Rules;

/// What all documents of a move have in common when they are finished.
#[derive(Debug)]
pub(crate) struct Seal {
    limits: Limits,
    names: Vec<NameForm>,
    takes_names: bool,
    /// What the stamps count, where they are the same in all documents and lie beside their fields.
    stamps: Option<Share>,
    /// The ways of those stamps that lead into fields of the document.
    inner_stamps: Vec<Arc<[Name]>>,
}

impl Seal {
    pub(crate) fn new<'s>(rules: &Rules, names: &[Name], stamps: impl Iterator<Item = &'s Arc<[Name]>>) -> Self {
        let inner = stamps.filter(|way| way.first().is_some_and(|first| names.contains(first)));
        let inner_stamps = inner.cloned().collect();
        let limits = Limits::new(rules);
        let takes_names = names.iter().all(|name| limits.takes_name(name));
        let names = names.iter().map(|name| NameForm::new(name)).collect();
        Self { limits, names, takes_names, stamps: None, inner_stamps }
    }

    /// Counts stamps that all documents have, once for all of them.
    pub(crate) fn count_ahead(&mut self, stamps: &[Stamped]) {
        if self.inner_stamps.is_empty() {
            let mut tally = self.limits.begin_a_share();
            // What the target does not take is told of each record.
            self.stamps = count_stamps(&mut tally, &[], &[], stamps).is_ok().then(|| tally.share());
        }
    }

    /// Cuts moments to what the target keeps, so that a document is what will be read back.
    #[inline]
    pub(crate) fn cut(&self, value: &mut Value) {
        match value {
            Value::Timestamp(moment) => *moment = moment.cut_to(self.limits.rules().timestamps.step_nanos),
            Value::Array(items) => self.cut_all(&mut items.iter_mut()),
            Value::Map(fields) => self.cut_all(&mut fields.values_mut()),
            _ => {}
        }
    }

    #[inline(never)]
    fn cut_all(&self, values: &mut dyn Iterator<Item = &mut Value>) {
        values.for_each(|value| self.cut(value));
    }

    /// Finishes a document, whose address, hash and bytes are still to come; `form` is a buffer for its canonical form.
    pub(crate) fn close(&self, document: &mut Document, address: Address, form: &mut Vec<u8>) -> Result<(), Fault> {
        document.revision.iter_mut().for_each(|revision| self.cut(revision));
        document.bytes = self.cut_and_count(document, address.as_str()).map_err(|fault| *fault)?;
        document.hash = self.hash(document, form);
        document.address = address.with_hash(&document.hash);
        Ok(())
    }

    fn cut_and_count(&self, document: &mut Document, address: &str) -> Counted {
        let mut tally = self.limits.begin(address)?;
        for (name, value) in document.names.iter().zip(&mut document.values) {
            if let Some(value) = value {
                self.cut(value);
                let counted = match self.takes_names {
                    true => tally.known_field(name, value),
                    false => tally.field(name, value, 0, 0),
                };
                counted.map_err(|fault| fault.at(name))?;
            }
        }
        match &self.stamps {
            Some(share) => tally.add(share),
            None => count_stamps(&mut tally, &document.names, &document.values, &document.stamps)?,
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

fn count_stamps(tally: &mut Tally<'_>, names: &[Name], values: &[Option<Value>], stamps: &[Stamped]) -> Counted<()> {
    let mut before: &[Name] = &[];
    for (way, value) in stamps {
        let Some((leaf, maps)) = way.split_last() else { continue };
        let there = maps_there(names, values, leaf, maps).map_err(Box::new);
        let counted = there.and_then(|there| count_stamp(tally, before, there, way, value));
        counted.map_err(|fault| match way.first() {
            Some(first) => fault.at(first),
            None => *fault,
        })?;
        before = way;
    }
    Ok(())
}

/// Counts a stamp, and those maps on its way that neither the document, which has so many, nor the stamp before it
/// brought.
fn count_stamp(tally: &mut Tally<'_>, before: &[Name], there: usize, way: &[Name], value: &Value) -> Counted<()> {
    let Some((leaf, maps)) = way.split_last() else { return Ok(()) };
    let shared = before.iter().zip(maps).take_while(|(before, name)| before == name).count();
    let there = shared.max(there);
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
fn maps_there(names: &[Name], values: &[Option<Value>], leaf: &Name, maps: &[Name]) -> Result<usize, Fault> {
    let clash =
        |what: &str| Err(Fault::new(Reason::NotConvertible, format!("a stamp goes into this field, which {what}")));
    let Some(first) = maps.first() else { return Ok(0) };
    let Ok(position) = names.binary_search(first) else { return Ok(0) };
    let Some(Some(mut value)) = values.get(position).map(Option::as_ref) else { return Ok(0) };
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
