//! Maps records, one after the other, to documents.

use std::mem;
use std::sync::Arc;

use super::evaluate::Evaluator;
use super::expand::Expander;
use super::fault::Fault;
use super::filter;
use super::follow::value_at;
use super::reorder::Reorder;
use super::seal::Seal;
use super::stamps::{self, Stamps};
use super::takes::takes;
use super::uploads::{Pending, Step};
use super::{ContentHash, Document, Move, Nulls, Plan, Rule, Template};
use crate::record::{Name, Record, Rejection, Timestamp, Value};
use crate::rules::Rules;
use crate::store::Layout;

/// What a plan takes from the run and not from the records.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Whose data moves.
    pub owner: &'a str,
    /// The moment of the run, for stamps.
    pub now: Timestamp,
}

/// What one move makes of one record.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are documents, of which few are held in this form at a time")]
pub enum Mapped {
    /// A document, ready to be written.
    Document(Document),
    /// Nothing: its filter leaves the record out.
    LeftOut,
    /// A document, once parts of it are uploaded.
    Upload(Box<Pending>),
}

/// Maps records as a plan says, to documents as a target's rules allow.
pub struct Mapper<'a> {
    expander: Expander<'a>,
    passes: Vec<Vec<Prepared<'a>>>,
    /// The canonical form of one document at a time.
    form: Vec<u8>,
}

impl<'a> Mapper<'a> {
    /// Makes a plan ready to map many records.
    pub fn new(plan: &'a Plan, rules: &Rules, context: Context<'a>) -> Self {
        let expander = Expander { context, version: plan.version };
        let passes = plan.passes.iter().map(|pass| prepare(&pass.moves, rules, expander)).collect();
        Self { expander, passes, form: Vec::new() }
    }

    /// What the moves of a pass, by its position in the plan, make of a record: one answer for each, in order.
    /// Where one of them cannot have it, none does.
    ///
    /// # Panics
    ///
    /// Where the plan has no such pass.
    pub fn map(&mut self, pass: usize, record: Record) -> Result<Vec<Mapped>, Rejection> {
        let mut mapped = Vec::with_capacity(self.passes[pass].len());
        self.map_into(pass, record, &mut mapped)?;
        Ok(mapped)
    }

    /// The same for those who map many: the answers replace what `mapped` holds, which is empty where there are none.
    ///
    /// # Panics
    ///
    /// Where the plan has no such pass.
    pub fn map_into(&mut self, pass: usize, mut record: Record, mapped: &mut Vec<Mapped>) -> Result<(), Rejection> {
        mapped.clear();
        for prepared in &self.passes[pass] {
            if !filter::holds(&prepared.rules.filter, &record) {
                mapped.push(Mapped::LeftOut);
                continue;
            }
            let mut evaluator = Evaluator { expander: self.expander, awaited: Vec::new() };
            if let Err(fault) = prepared.make(&mut evaluator, &mut record, &mut self.form, mapped) {
                mapped.clear();
                return Err(fault.of(&record.id));
            }
        }
        Ok(())
    }
}

/// A move with what is the same for all its documents.
struct Prepared<'a> {
    rules: &'a Move,
    document: Template,
    names: Arc<[Name]>,
    stamps: Stamps<'a>,
    /// How fields and stamps lie together, where the stamps are the same in all documents and lie beside their fields.
    layout: Option<Layout>,
    /// For each field the position in the record of the value that it may take along, because nobody needs it later.
    takes: Vec<Option<usize>>,
    /// Where nobody needs the record later, and every field takes a value of its along.
    reorder: Option<Reorder>,
    seal: Arc<Seal>,
}

impl Prepared<'_> {
    fn make(
        &self,
        evaluator: &mut Evaluator<'_>,
        record: &mut Record,
        form: &mut Vec<u8>,
        mapped: &mut Vec<Mapped>,
    ) -> Result<(), Fault> {
        let address = evaluator.expander.address(&self.document, record)?;
        let revision = self.rules.revision.as_ref().map(|path| value_at(record, path).into_owned());
        let mut document = Document {
            source: record.id.clone(),
            address: String::new(),
            names: self.names.clone(),
            stamps: self.stamps.of(record, evaluator, &self.seal)?,
            layout: self.layout.clone(),
            values: self.values(evaluator, record)?,
            hash: ContentHash([0; 32]),
            revision: revision.filter(|revision| !revision.is_null()),
            bytes: 0,
        };
        if !evaluator.awaited.is_empty() {
            let awaited = mem::take(&mut evaluator.awaited);
            mapped.push(Mapped::Upload(Box::new(Pending::new(document, address, awaited, self.seal.clone()))));
            return Ok(());
        }
        self.seal.close(&mut document, address, form)?;
        mapped.push(Mapped::Document(document));
        Ok(())
    }

    fn values(&self, evaluator: &mut Evaluator<'_>, record: &mut Record) -> Result<Vec<Option<Value>>, Fault> {
        let fields = self.rules.fields.iter().enumerate();
        if let Some(mut values) = self.reorder.as_ref().and_then(|reorder| reorder.take(&mut record.values)) {
            for ((position, field), value) in fields.zip(&mut values) {
                if !takes_as_it_is(&field.rule) {
                    *value = evaluator.field(field, record, value.take(), Step::Field(position))?;
                }
            }
            return Ok(values);
        }
        let mut values = Vec::with_capacity(self.rules.fields.len());
        for ((position, field), takes) in fields.zip(&self.takes) {
            let own = takes.and_then(|taken| record.values.get_mut(taken)).map(mem::take);
            values.push(evaluator.field(field, record, own, Step::Field(position))?);
        }
        Ok(values)
    }
}

/// As nearly all rules do.
fn takes_as_it_is(rule: &Rule) -> bool {
    matches!(rule, Rule::Take { convert: None, nulls: Nulls::Keep, .. })
}

fn prepare<'a>(moves: &'a [Move], rules: &Rules, expander: Expander<'_>) -> Vec<Prepared<'a>> {
    let takes = takes(moves);
    let prepared = moves.iter().zip(takes).enumerate().map(|(position, (of, takes))| {
        let names: Arc<[Name]> = of.fields.iter().map(|field| field.name.clone()).collect();
        let stamps = stamps::flat(&of.stamps);
        let mut seal = Seal::new(rules, &names, stamps.iter().map(|stamp| &stamp.way));
        let stamps = Stamps::new(stamps, expander, &seal);
        let mut layout = None;
        if let Stamps::Same(stamps) = &stamps {
            seal.count_ahead(stamps);
            layout = Layout::of(&names).beside(stamps);
        }
        let only_takes = of.fields.iter().all(|field| matches!(field.rule, Rule::Take { .. }));
        let is_last = position + 1 == moves.len();
        let all: Option<Vec<usize>> = takes.iter().copied().collect();
        let reorder = all.filter(|_| only_takes && is_last).map(|positions| Reorder::of(&positions));
        Prepared {
            rules: of,
            document: expander.with_owner(&of.document),
            names,
            stamps,
            layout,
            takes,
            reorder,
            seal: Arc::new(seal),
        }
    });
    prepared.collect()
}

#[cfg(test)]
mod tests;
