//! The fields of a document or of an embedded map: those with rules, and the rest.

use std::collections::BTreeSet;

use super::super::problem::{Place, advise};
use super::super::resolved::{FieldRule, Nulls, Path, Rule, Slot};
use super::super::tree::{At, FieldText, FieldsText};
use super::model::Model;
use super::paths::{Scope, position};
use crate::record::Name;
use crate::rules::is_reserved_name;
use crate::schema::Entity;
use crate::store::Shape;

/// What holds for all rules of a move unless one says otherwise.
#[derive(Clone, Copy)]
pub(super) struct Manner<'n> {
    pub(super) nulls: &'n Nulls,
    /// Whether these are stamps: `{now}` and `{version}` mean something there.
    pub(super) stamp: bool,
    /// Whether all of it becomes JSON text, so that the target need not hold what is in it.
    pub(super) json: bool,
}

impl Model<'_> {
    /// The fields of a document or an embedded map, sorted by name.
    pub(super) fn fields(
        &self,
        scope: &mut Scope<'_>,
        text: &FieldsText,
        leave_out: &[At<String>],
        manner: Manner<'_>,
    ) -> Vec<FieldRule> {
        self.check_left_out(scope.entity, leave_out);
        let mut fields = self.named(scope, &text.rules, manner);
        let mut taken = BTreeSet::new();
        collect_taken(&fields, scope.shape, &mut taken);
        for name in leave_out.iter().filter(|name| taken.contains(&*name.it)) {
            let what = format!("\"{}\" is left out, and a rule takes it", name.it);
            self.report.error(name.place, what, "take it out of leave_out, or take the rule away");
        }
        if let Some(place) = text.rest {
            self.rest(scope, &mut fields, &taken, place, leave_out, manner);
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields
    }

    /// Fields with a rule each, sorted by name.
    pub(super) fn named(&self, scope: &mut Scope<'_>, rules: &[FieldText], manner: Manner<'_>) -> Vec<FieldRule> {
        let mut names = BTreeSet::new();
        let mut fields = Vec::new();
        for field in rules {
            self.check_name(&field.name.it, field.name.place);
            if !names.insert(&field.name.it) {
                self.report.error(
                    field.name.place,
                    format!("\"{}\" stands here twice", field.name.it),
                    "once is enough",
                );
            }
            if let Some(rule) = self.rule(scope, &field.rule, manner) {
                fields.push(FieldRule { name: field.name.it.clone(), rule });
            }
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields
    }

    /// Every field that no rule takes and that is not left out, under its own name.
    fn rest(
        &self,
        scope: &mut Scope<'_>,
        fields: &mut Vec<FieldRule>,
        taken: &BTreeSet<Name>,
        place: Place,
        leave_out: &[At<String>],
        manner: Manner<'_>,
    ) {
        let entity = scope.entity;
        if entity.open && entity.fields.is_empty() {
            let what = format!("nothing lists the fields of {}", entity.name);
            self.report.error(place, what, "name each in fields = [\"a\", \"b\"] or [move.fields]");
            return;
        }
        if entity.open {
            let what = format!("records of {} may have fields that nothing lists, and those stay behind", entity.name);
            self.report.warning(place, what, "name each field that is wanted instead of taking all");
        }
        for field in &entity.fields {
            if taken.contains(&field.name) || leave_out.iter().any(|name| *name.it == *field.name) {
                continue;
            }
            self.check_name(&field.name, place);
            if fields.iter().any(|rule| rule.name == field.name) {
                let what = format!("two fields would be called \"{}\"", field.name);
                let help =
                    format!("a rule makes one, and {} has its own: rename it, or name it in leave_out", entity.name);
                self.report.error(place, what, help);
                continue;
            }
            if !manner.json {
                let way = |rule: &str| format!("\"*\" = \"*\" and {} = {rule} in [move.fields]", key(&field.name));
                self.check_held(field.kind, &field.name, entity, place, way);
            }
            let slot = Slot::Field(position(scope.shape, &field.name), Vec::new());
            let from = Path { relations: Vec::new(), slot, name: field.name.clone() };
            let rule = Rule::Take { from, convert: None, nulls: manner.nulls.clone() };
            fields.push(FieldRule { name: field.name.clone(), rule });
        }
    }

    fn check_left_out(&self, entity: &Entity, leave_out: &[At<String>]) {
        for name in leave_out {
            let known = entity.field(&name.it).is_some() || entity.relation(&name.it).is_some();
            if !known && !entity.open {
                self.unknown(entity, &name.it, name.place);
            }
        }
    }

    /// Whether the target takes a field of this name.
    pub(super) fn check_name(&self, name: &str, place: Place) {
        let rules = self.rules.names;
        let refused = if name.is_empty() {
            Some("is empty".to_owned())
        } else if name.len() > rules.max_bytes {
            Some(format!("has {} bytes, {} are the most", name.len(), rules.max_bytes))
        } else if rules.reserved && is_reserved_name(name) {
            Some(format!("is one of the names __x__ that {} keeps for itself", self.rules.target))
        } else {
            None
        };
        if let Some(why) = refused {
            let shown: String = name.chars().take(40).collect();
            self.report.error(place, format!("the field name \"{shown}\" {why}"), "give the field another name");
        }
    }

    /// The names of a move that must be fields of its documents.
    pub(super) fn unique(&self, names: &[At<String>], fields: &[FieldRule]) -> Vec<Name> {
        let known = |name: &&At<String>| {
            let known = fields.iter().any(|field| *field.name == *name.it);
            if !known {
                let help = advise(&name.it, "the document has", fields.iter().map(|field| &*field.name));
                self.report.error(name.place, format!("unique field \"{}\" is not in the document", name.it), help);
            }
            known
        };
        let names: BTreeSet<Name> = names.iter().filter(known).map(|name| name.it.as_str().into()).collect();
        names.into_iter().collect()
    }
}

/// A name as a key of TOML: bare where it can be.
fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(bare) { name.to_owned() } else { toml::Value::from(name).to_string() }
}

/// The record's own fields that rules take whole.
fn collect_taken(fields: &[FieldRule], shape: &Shape, taken: &mut BTreeSet<Name>) {
    for field in fields {
        match &field.rule {
            Rule::Take { from, .. } | Rule::Upload { from, .. } => taken.extend(own_field(from, shape).cloned()),
            Rule::Map(fields) => collect_taken(fields, shape, taken),
            _ => {}
        }
    }
}

fn own_field<'s>(path: &Path, shape: &'s Shape) -> Option<&'s Name> {
    match &path.slot {
        Slot::Field(at, way) if path.relations.is_empty() && way.is_empty() => shape.fields.get(*at),
        _ => None,
    }
}
