use std::io::{self, Write};

use comfy_table::Table;
use rehome_core::schema::{Entity, Field, Relation};
use rehome_core::stores::legacy::Fact;

use super::Findings;
use crate::terminal::{self, cell, clean, counted, grouped, laid_out, number, table};

/// What stands where damaged pages keep something from being told.
const UNKNOWN: &str = "unknown";

/// Prints what there is to know of a store, for a person to read from the top down.
pub(super) fn print(findings: &Findings<'_>) -> io::Result<()> {
    let mut out = terminal::out();
    let schema = findings.schema;
    let version = schema.version.iter().map(|version| format!(", version {}", clean(version))).collect::<String>();
    writeln!(out, "{}: {}{version}", clean(findings.file.display()), schema.store)?;
    if let Some(framework) = findings.facts.framework {
        writeln!(out, "framework {framework}{}", generation(framework))?;
    }
    writeln!(out, "fingerprint {}\n", clean(&schema.fingerprint))?;
    writeln!(out, "{}", laid_out(entities(findings)))?;
    for entity in &schema.entities {
        let rows = findings.rows(&entity.name).map_or_else(|| UNKNOWN.to_owned(), grouped);
        writeln!(out, "\n{}, rows: {rows}\n{}", clean(&entity.name), laid_out(properties(entity)))?;
    }
    writeln!(out, "\n{}", history(findings))?;
    writeln!(out, "{}", cloud(findings))?;
    for warning in findings.warnings() {
        writeln!(out, "warning: {}", clean(warning))?;
    }
    out.flush()
}

/// The system that brought this version of Apple's framework, where the versions before and after are known.
fn generation(framework: i64) -> &'static str {
    match framework {
        1239..1340 => ", of iOS 16 and its time",
        1340..1405 => ", of iOS 17 and its time",
        1405..1518 => ", of iOS 18 and its time",
        1518.. => ", of iOS 26 or later",
        _ => "",
    }
}

fn entities(findings: &Findings<'_>) -> Table {
    let mut table = table(&["entity", "rows", "table", "remarks"]);
    for entity in &findings.schema.entities {
        let parent = entity.parent.iter().map(|parent| format!("a {parent}"));
        let is_abstract = entity.is_abstract.then(|| "abstract".to_owned());
        table.add_row(vec![
            cell(&entity.name),
            findings.rows(&entity.name).map_or_else(|| cell(UNKNOWN), number),
            cell(entity.table.as_deref().unwrap_or_default()),
            cell(parent.chain(is_abstract).collect::<Vec<_>>().join(", ")),
        ]);
    }
    table
}

fn properties(entity: &Entity) -> Table {
    let mut table = table(&["  name", "type", "column", "remarks"]);
    for field in &entity.fields {
        add_field(&mut table, entity, field, 1);
    }
    for relation in &entity.relations {
        table.add_row(vec![
            cell(format!("  {}", relation.name)),
            cell(format!("{} {}", if relation.many { "many" } else { "one" }, relation.target)),
            cell(""),
            cell(about_relation(relation)),
        ]);
    }
    table
}

fn add_field(table: &mut Table, entity: &Entity, field: &Field, depth: usize) {
    let optional = field.optional.then(|| "optional".to_owned());
    let key = entity.key.contains(&field.name).then(|| "key".to_owned());
    let unique = entity.unique.iter().any(|names| matches!(&names[..], [only] if *only == field.name));
    let unique = unique.then(|| "unique".to_owned());
    let remarks: Vec<String> = [key, unique, optional].into_iter().flatten().collect();
    table.add_row(vec![
        cell(format!("{}{}", "  ".repeat(depth), field.name)),
        cell(&field.native),
        cell(field.column.as_deref().unwrap_or_default()),
        cell(remarks.join(", ")),
    ]);
    field.elements.iter().for_each(|element| add_field(table, entity, element, depth + 1));
}

fn about_relation(relation: &Relation) -> String {
    let inverse = relation.inverse.iter().map(|inverse| format!("inverse {inverse}"));
    let ordered = relation.ordered.then(|| "ordered".to_owned());
    let required = (!relation.optional && !relation.many).then(|| "required".to_owned());
    inverse.chain(ordered).chain(required).collect::<Vec<_>>().join(", ")
}

fn history(findings: &Findings<'_>) -> String {
    let facts = match &findings.facts.history {
        Fact::Known(facts) => facts,
        Fact::Absent => return "history: none is kept".to_owned(),
        Fact::Unreadable => return format!("history: {UNKNOWN}"),
    };
    let between = facts.first.zip(facts.last).map(|(first, last)| format!(", {} to {}", first.date(), last.date()));
    let (changes, saves) = (counted(facts.changes, "change"), counted(facts.transactions, "save"));
    let (deletes, imports) = (grouped(facts.deletes), grouped(facts.imports));
    let between = between.unwrap_or_default();
    format!("history: {changes} in {saves}{between}; deletes: {deletes}, saves from other devices: {imports}")
}

fn cloud(findings: &Findings<'_>) -> String {
    let facts = match &findings.facts.cloudkit {
        Fact::Known(facts) => facts,
        Fact::Absent => return "CloudKit: not mirrored".to_owned(),
        Fact::Unreadable => return format!("CloudKit: {UNKNOWN}"),
    };
    let known = counted(facts.known, "row");
    let [pending, changed, deletes, orphans] =
        [facts.pending, facts.changed, facts.deletes, facts.orphans].map(grouped);
    format!(
        "CloudKit: knows {known}, {changed} of them changed since; waiting for their first upload: {pending}; \
         deletes it has yet to tell: {deletes}; names without a row: {orphans}"
    )
}
