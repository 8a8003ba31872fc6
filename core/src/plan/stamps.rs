//! What is written beside a document's fields.

use std::sync::Arc;

use super::evaluate::Evaluator;
use super::expand::Expander;
use super::fault::Fault;
use super::seal::Seal;
use super::uploads::Step;
use super::{FieldRule, Part, Rule, Stamped, Template};
use crate::record::{Key, Name, Reason, Record, RecordId};

/// The stamps of a move.
pub(crate) enum Stamps<'a> {
    /// The same for every document.
    Same(Arc<[Stamped]>),
    /// To be evaluated for each record.
    Each(Vec<Stamp<'a>>),
}

/// A stamp by its way into maps.
pub(crate) struct Stamp<'a> {
    pub(crate) way: Arc<[Name]>,
    field: &'a FieldRule,
}

impl<'a> Stamps<'a> {
    pub(crate) fn new(stamps: Vec<Stamp<'a>>, expander: Expander<'_>, seal: &Seal) -> Self {
        if stamps.iter().all(|stamp| needs_no_record(&stamp.field.rule)) {
            let nothing = RecordId { entity: "".into(), key: Key::Int(0) };
            let record = Record { id: nothing, values: Vec::new(), related: Vec::new() };
            let mut evaluator = Evaluator { expander, awaited: Vec::new() };
            // One that cannot be had is told of each record.
            if let Ok(stamped) = evaluate(&stamps, &mut evaluator, &record, seal) {
                return Stamps::Same(stamped);
            }
        }
        Stamps::Each(stamps)
    }

    pub(crate) fn of(
        &self,
        record: &Record,
        evaluator: &mut Evaluator<'_>,
        seal: &Seal,
    ) -> Result<Arc<[Stamped]>, Fault> {
        match self {
            Stamps::Same(stamped) => Ok(stamped.clone()),
            Stamps::Each(stamps) => evaluate(stamps, evaluator, record, seal),
        }
    }
}

impl Stamp<'_> {
    /// Whether it is the same in every document and at every time.
    pub(crate) fn is_lasting(&self) -> bool {
        let tells_time = |template: &Template| template.0.iter().any(|part| matches!(part, Part::Now { .. }));
        match &self.field.rule {
            Rule::Text(template) => needs_no_record(&self.field.rule) && !tells_time(template),
            rule => needs_no_record(rule),
        }
    }
}

fn evaluate(
    stamps: &[Stamp<'_>],
    evaluator: &mut Evaluator<'_>,
    record: &Record,
    seal: &Seal,
) -> Result<Arc<[Stamped]>, Fault> {
    let mut stamped = Vec::with_capacity(stamps.len());
    for stamp in stamps {
        if let Some(mut value) = evaluator.field(stamp.field, record, None, Step::Name(stamp.field.name.clone()))? {
            seal.cut(&mut value);
            stamped.push((stamp.way.clone(), value));
        }
    }
    if !evaluator.awaited.is_empty() {
        return Err(Fault::new(Reason::NotConvertible, "a stamp cannot be uploaded"));
    }
    Ok(stamped.into())
}

fn needs_no_record(rule: &Rule) -> bool {
    match rule {
        Rule::Constant(_) => true,
        Rule::Text(template) => !template.0.iter().any(|part| matches!(part, Part::Value { .. })),
        _ => false,
    }
}

/// Stamps by their ways, those inside maps each by itself.
pub(crate) fn flat(fields: &[FieldRule]) -> Vec<Stamp<'_>> {
    let mut stamps = Vec::new();
    flatten(fields, &mut Vec::new(), &mut stamps);
    stamps
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
