use std::borrow::Cow;

use rehome_core::schema;
use rehome_core::stores::legacy::{CloudFacts, HistoryFacts};
use serde::Serialize;

use super::Findings;

/// What is in a store, for machines; the keys stand in an order that a person can read.
#[derive(Serialize)]
pub(super) struct Store<'a> {
    kind: &'a str,
    file: Cow<'a, str>,
    fingerprint: &'a str,
    version: Option<&'a str>,
    framework: Option<i64>,
    entities: Vec<Entity<'a>>,
    history: Option<History>,
    cloudkit: Option<CloudKit>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Entity<'a> {
    name: &'a str,
    table: Option<&'a str>,
    parent: Option<&'a str>,
    r#abstract: bool,
    rows: Option<u64>,
    key: Vec<&'a str>,
    unique: Vec<Vec<&'a str>>,
    attributes: Vec<Attribute<'a>>,
    relations: Vec<Relation<'a>>,
}

#[derive(Serialize)]
struct Attribute<'a> {
    name: &'a str,
    column: Option<&'a str>,
    r#type: &'a str,
    kind: &'a str,
    optional: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    elements: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
struct Relation<'a> {
    name: &'a str,
    target: &'a str,
    to_many: bool,
    ordered: bool,
    optional: bool,
    inverse: Option<&'a str>,
}

#[derive(Serialize)]
struct History {
    transactions: u64,
    changes: u64,
    deletes: u64,
    imports: u64,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Serialize)]
struct CloudKit {
    known: u64,
    pending: u64,
    changed: u64,
    deletes: u64,
    orphans: u64,
}

impl<'a> From<&'a Findings<'_>> for Store<'a> {
    fn from(findings: &'a Findings<'_>) -> Self {
        let (schema, facts) = (findings.schema, &findings.facts);
        Self {
            kind: &schema.store,
            file: findings.file.to_string_lossy(),
            fingerprint: &schema.fingerprint,
            version: schema.version.as_deref(),
            framework: facts.framework,
            entities: schema.entities.iter().map(|one| entity(one, findings.rows(&one.name))).collect(),
            history: facts.history.known().map(history),
            cloudkit: facts.cloudkit.known().map(cloud),
            warnings: findings.warnings(),
        }
    }
}

fn entity(entity: &schema::Entity, rows: Option<u64>) -> Entity<'_> {
    Entity {
        name: &entity.name,
        table: entity.table.as_deref(),
        parent: entity.parent.as_deref(),
        r#abstract: entity.is_abstract,
        rows,
        key: entity.key.iter().map(|name| &**name).collect(),
        unique: entity.unique.iter().map(|names| names.iter().map(|name| &**name).collect()).collect(),
        attributes: entity.fields.iter().map(attribute).collect(),
        relations: entity.relations.iter().map(relation).collect(),
    }
}

fn attribute(field: &schema::Field) -> Attribute<'_> {
    Attribute {
        name: &field.name,
        column: field.column.as_deref(),
        r#type: &field.native,
        kind: field.kind.word(),
        optional: field.optional,
        elements: field.elements.iter().map(attribute).collect(),
    }
}

fn relation(relation: &schema::Relation) -> Relation<'_> {
    Relation {
        name: &relation.name,
        target: &relation.target,
        to_many: relation.many,
        ordered: relation.ordered,
        optional: relation.optional,
        inverse: relation.inverse.as_deref(),
    }
}

fn history(facts: HistoryFacts) -> History {
    let HistoryFacts { transactions, changes, deletes, imports, first, last } = facts;
    let [first, last] = [first, last].map(|moment| moment.map(|moment| moment.to_string()));
    History { transactions, changes, deletes, imports, first, last }
}

fn cloud(facts: CloudFacts) -> CloudKit {
    let CloudFacts { known, pending, changed, deletes, orphans } = facts;
    CloudKit { known, pending, changed, deletes, orphans }
}
