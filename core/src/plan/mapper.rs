//! Maps records, one after the other, to documents.

use std::collections::HashSet;
use std::sync::Arc;

use super::evaluate::Evaluator;
use super::expand::Expander;
use super::fault::Fault;
use super::filter;
use super::follow::value_at;
use super::seal::{Draft, Seal};
use super::uploads::{Pending, Step};
use super::{ContentHash, Document, FieldRule, Move, Part, Path, Plan, Rule, Slot, Stamped, Template};
use crate::record::{Name, Reason, Record, Rejection, Timestamp};
use crate::rules::Rules;

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
pub enum Mapped {
    /// A document, ready to be written.
    Document(Document),
    /// Nothing: its filter leaves the record out.
    LeftOut,
    /// A document, once parts of it are uploaded.
    Upload(Pending),
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
        let passes = plan.passes.iter().map(|pass| prepare(&pass.moves, rules)).collect();
        Self { expander: Expander { context, version: plan.version }, passes, form: Vec::new() }
    }

    /// What the moves of a pass, by its position in the plan, make of a record: one answer for each, in order.
    /// Where one of them cannot have it, none does.
    ///
    /// # Panics
    ///
    /// Where the plan has no such pass.
    pub fn map(&mut self, pass: usize, mut record: Record) -> Result<Vec<Mapped>, Rejection> {
        let moves = &self.passes[pass];
        let mut mapped = Vec::with_capacity(moves.len());
        for prepared in moves {
            if !filter::holds(&prepared.rules.filter, &record) {
                mapped.push(Mapped::LeftOut);
                continue;
            }
            let evaluator = Evaluator { expander: self.expander, awaited: Vec::new() };
            let drafted = prepared.draft(evaluator, &mut record);
            let (draft, evaluator) = drafted.map_err(|fault| fault.of(&record.id))?;
            mapped.push(if evaluator.awaited.is_empty() {
                Mapped::Document(prepared.seal.close(draft, &mut self.form)?)
            } else {
                Mapped::Upload(Pending::new(draft, evaluator.awaited, prepared.seal.clone()))
            });
        }
        Ok(mapped)
    }
}

/// A move with what is the same for all its documents.
struct Prepared<'a> {
    rules: &'a Move,
    names: Arc<[Name]>,
    stamps: Vec<Stamp<'a>>,
    /// For each field the position in the record of the value that it may take along, because nobody needs it later.
    takes: Vec<Option<usize>>,
    seal: Arc<Seal>,
}

/// A stamp by its way into maps.
struct Stamp<'a> {
    way: Arc<[Name]>,
    field: &'a FieldRule,
}

impl Prepared<'_> {
    fn draft<'e>(&self, mut evaluator: Evaluator<'e>, record: &mut Record) -> Result<(Draft, Evaluator<'e>), Fault> {
        let address = evaluator.expander.address(&self.rules.document, record)?;
        let revision = self.rules.revision.as_ref().map(|path| value_at(record, path).into_owned());
        let stamps = self.stamps(&mut evaluator, record)?;
        let mut values = Vec::with_capacity(self.rules.fields.len());
        for (position, (field, takes)) in self.rules.fields.iter().zip(&self.takes).enumerate() {
            let own = takes.and_then(|taken| record.values.get_mut(taken)).map(std::mem::take);
            values.push(evaluator.field(field, record, own, Step::Field(position))?);
        }
        let document = Document {
            source: record.id.clone(),
            address: String::new(),
            names: self.names.clone(),
            values,
            stamps,
            hash: ContentHash([0; 32]),
            revision: revision.filter(|revision| !revision.is_null()),
            bytes: 0,
        };
        Ok((Draft { document, address }, evaluator))
    }

    fn stamps(&self, evaluator: &mut Evaluator<'_>, record: &Record) -> Result<Vec<Stamped>, Fault> {
        let mut stamps = Vec::with_capacity(self.stamps.len());
        for stamp in &self.stamps {
            if let Some(value) = evaluator.field(stamp.field, record, None, Step::Name(stamp.field.name.clone()))? {
                stamps.push((stamp.way.clone(), value));
            }
        }
        if !evaluator.awaited.is_empty() {
            return Err(Fault::new(Reason::NotConvertible, "a stamp cannot be uploaded"));
        }
        Ok(stamps)
    }
}

fn prepare<'a>(moves: &'a [Move], rules: &Rules) -> Vec<Prepared<'a>> {
    let mut later = HashSet::new();
    let mut prepared: Vec<Prepared<'a>> =
        moves.iter().rev().map(|rule| prepare_move(rule, rules, &mut later)).collect();
    prepared.reverse();
    prepared
}

/// `later` are the record's values that are needed after this move; afterwards it has those that it needs itself too.
fn prepare_move<'a>(of: &'a Move, rules: &Rules, later: &mut HashSet<usize>) -> Prepared<'a> {
    let mut takes: Vec<Option<usize>> = of.fields.iter().rev().map(|field| take(&field.rule, later)).collect();
    takes.reverse();
    of.stamps.iter().for_each(|field| note_rule(&field.rule, later));
    of.filter.iter().for_each(|condition| note_path(&condition.of, later));
    of.revision.iter().for_each(|path| note_path(path, later));
    note_template(&of.document, later);

    let mut stamps = Vec::new();
    flatten(&of.stamps, &mut Vec::new(), &mut stamps);
    let names: Arc<[Name]> = of.fields.iter().map(|field| field.name.clone()).collect();
    let seal = Arc::new(Seal::new(rules, &names, stamps.iter().map(|stamp| &stamp.way)));
    Prepared { rules: of, names, stamps, takes, seal }
}

fn flatten<'a>(fields: &'a [FieldRule], way: &mut Vec<Name>, stamps: &mut Vec<Stamp<'a>>) {
    for field in fields {
        way.push(field.name.clone());
        match &field.rule {
            Rule::Map(inner) => flatten(inner, way, stamps),
            _ => stamps.push(Stamp { way: way.as_slice().into(), field }),
        }
        way.pop();
    }
}

/// The position of the value that a rule may take along, where nothing later needs it.
fn take(rule: &Rule, later: &mut HashSet<usize>) -> Option<usize> {
    if let Rule::Upload { to, .. } = rule {
        note_template(to, later);
    }
    let own = match rule {
        Rule::Take { from, .. } | Rule::Upload { from, .. } => match own_field(from) {
            Some((position, [])) if !later.contains(&position) => Some(position),
            _ => None,
        },
        _ => None,
    };
    note_rule(rule, later);
    own
}

fn note_rule(rule: &Rule, later: &mut HashSet<usize>) {
    match rule {
        Rule::Take { from, .. } => note_path(from, later),
        Rule::Text(template) => note_template(template, later),
        Rule::Map(fields) => fields.iter().for_each(|field| note_rule(&field.rule, later)),
        Rule::JsonText(of) => note_rule(of, later),
        Rule::Upload { from, to, .. } => {
            note_path(from, later);
            note_template(to, later);
        }
        // These need values of other records alone.
        Rule::Reference { .. } | Rule::References { .. } | Rule::Embed { .. } | Rule::List { .. } => {}
        Rule::Constant(_) => {}
    }
}

fn note_template(template: &Template, later: &mut HashSet<usize>) {
    for part in &template.0 {
        if let Part::Value { from, .. } = part {
            note_path(from, later);
        }
    }
}

fn note_path(path: &Path, later: &mut HashSet<usize>) {
    later.extend(own_field(path).map(|(position, _)| position));
}

/// The position of a path's value in the record itself, and the way into it.
fn own_field(path: &Path) -> Option<(usize, &[String])> {
    match &path.slot {
        Slot::Field(position, way) if path.relations.is_empty() => Some((*position, way)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
