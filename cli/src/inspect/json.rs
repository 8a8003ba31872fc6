use rehome_core::schema::{Entity, Field, Relation};
use rehome_core::stores::legacy::{CloudFacts, HistoryFacts};
use serde_json::{Map, Value as Json, json};

use super::Findings;

pub(super) fn of(findings: &Findings<'_>) -> Json {
    let schema = findings.schema;
    json!({
        "kind": schema.store,
        "file": findings.file.to_string_lossy(),
        "fingerprint": schema.fingerprint,
        "version": schema.version,
        "framework": findings.facts.framework,
        "entities": schema.entities.iter().map(|one| entity(one, findings.rows(&one.name))).collect::<Json>(),
        "history": findings.facts.history.known().map(|facts| history(&facts)),
        "cloudkit": findings.facts.cloudkit.known().map(|facts| cloud(&facts)),
        "warnings": findings.warnings(),
    })
}

fn entity(entity: &Entity, rows: Option<u64>) -> Json {
    json!({
        "name": &*entity.name,
        "table": entity.table,
        "parent": entity.parent.as_deref(),
        "abstract": entity.is_abstract,
        "rows": rows,
        "key": entity.key.iter().map(|name| json!(&**name)).collect::<Json>(),
        "unique": entity.unique.iter().map(|names| names.iter().map(|name| json!(&**name)).collect()).collect::<Vec<Json>>(),
        "attributes": entity.fields.iter().map(attribute).collect::<Json>(),
        "relations": entity.relations.iter().map(relation).collect::<Json>(),
    })
}

fn attribute(field: &Field) -> Json {
    let mut attribute = Map::from_iter([
        ("name".to_owned(), json!(&*field.name)),
        ("column".to_owned(), json!(field.column)),
        ("type".to_owned(), json!(field.native)),
        ("kind".to_owned(), json!(field.kind.word())),
        ("optional".to_owned(), json!(field.optional)),
    ]);
    if !field.elements.is_empty() {
        attribute.insert("elements".to_owned(), field.elements.iter().map(self::attribute).collect());
    }
    Json::Object(attribute)
}

fn relation(relation: &Relation) -> Json {
    json!({
        "name": &*relation.name,
        "target": &*relation.target,
        "to_many": relation.many,
        "ordered": relation.ordered,
        "optional": relation.optional,
        "inverse": relation.inverse.as_deref(),
    })
}

fn history(facts: &HistoryFacts) -> Json {
    json!({
        "transactions": facts.transactions,
        "changes": facts.changes,
        "deletes": facts.deletes,
        "imports": facts.imports,
        "first": facts.first.map(|moment| moment.to_string()),
        "last": facts.last.map(|moment| moment.to_string()),
    })
}

fn cloud(facts: &CloudFacts) -> Json {
    json!({
        "known": facts.known,
        "pending": facts.pending,
        "changed": facts.changed,
        "deletes": facts.deletes,
        "orphans": facts.orphans,
    })
}
