//! Which values of a record are moved into a document and which are copied.

use std::collections::HashSet;

use super::{Move, Part, Path, Rule, Slot, Template};

/// For each field of each move the position in the record of the value that it may take along, because no later
/// field or move needs it.
pub(crate) fn takes(moves: &[Move]) -> Vec<Vec<Option<usize>>> {
    let mut later = HashSet::new();
    let mut takes: Vec<Vec<Option<usize>>> = moves.iter().rev().map(|of| takes_of(of, &mut later)).collect();
    takes.reverse();
    takes
}

/// `later` are the positions that are needed after this move; afterwards it has those that it needs itself too.
fn takes_of(of: &Move, later: &mut HashSet<usize>) -> Vec<Option<usize>> {
    let mut takes: Vec<Option<usize>> = of.fields.iter().rev().map(|field| take(&field.rule, later)).collect();
    takes.reverse();
    // All of these are read before the fields.
    of.stamps.iter().for_each(|field| note_rule(&field.rule, later));
    of.filter.iter().for_each(|condition| note_path(&condition.of, later));
    of.revision.iter().for_each(|path| note_path(path, later));
    note_template(&of.document, later);
    takes
}

/// The position of the value that a rule may take along.
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
