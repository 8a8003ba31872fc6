//! The part of a plan that decides where documents go, so that all addresses can be met once before the real run
//! without reading, converting and hashing what lies at them.

use super::{Move, Part, Pass, Path, Plan, Slot};
use crate::record::Name;
use crate::store::{RelationShape, Shape};

/// A plan that takes at least as many records to the same addresses as the given one, and reads as little as it can.
pub(crate) fn addresses_only(plan: &Plan) -> Plan {
    Plan { passes: plan.passes.iter().map(reduced).collect(), ..plan.clone() }
}

fn reduced(pass: &Pass) -> Pass {
    if pass.moves.iter().any(needs_its_fields) {
        return pass.clone();
    }
    let mut shape = empty(&pass.shape);
    let moves = pass.moves.iter().map(|one| moved_into(one, &pass.shape, &mut shape)).collect();
    Pass { shape, moves }
}

fn needs_its_fields(one: &Move) -> bool {
    !one.unique.is_empty() || one.document.0.contains(&Part::Hash)
}

fn moved_into(one: &Move, old: &Shape, new: &mut Shape) -> Move {
    let mut one = Move { fields: Vec::new(), stamps: Vec::new(), revision: None, ..one.clone() };
    let in_address = one.document.0.iter_mut().filter_map(|part| match part {
        Part::Value { from, .. } => Some(from),
        Part::Literal(_) | Part::Owner | Part::Now { .. } | Part::Version | Part::Hash => None,
    });
    let in_filter = one.filter.iter_mut().map(|condition| &mut condition.of);
    in_address.chain(in_filter).for_each(|path| carry(path, old, new));
    one
}

/// Points the path into the new shape, which gains what the path needs.
fn carry(path: &mut Path, mut old: &Shape, mut new: &mut Shape) {
    for position in &mut path.relations {
        let relation = &old.relations[*position];
        *position = relation_in(new, relation);
        new = &mut new.relations[*position].shape;
        old = &relation.shape;
    }
    if let Slot::Field(position, _) = &mut path.slot {
        *position = field_in(new, &old.fields[*position]);
    }
}

fn relation_in(shape: &mut Shape, relation: &RelationShape) -> usize {
    let same = |other: &RelationShape| other.name == relation.name && other.join == relation.join;
    shape.relations.iter().position(same).unwrap_or_else(|| {
        shape.relations.push(RelationShape { shape: empty(&relation.shape), ..relation.clone() });
        shape.relations.len() - 1
    })
}

fn field_in(shape: &mut Shape, field: &Name) -> usize {
    shape.fields.iter().position(|other| other == field).unwrap_or_else(|| {
        shape.fields.push(field.clone());
        shape.fields.len() - 1
    })
}

fn empty(shape: &Shape) -> Shape {
    Shape { entity: shape.entity.clone(), fields: Vec::new(), relations: Vec::new(), claims_strays: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Comparison, Condition, Deletes, Escape, FieldRule, Fingerprint, Nulls, Outline, Rule, Template};
    use crate::store::Join;

    fn path(relations: &[usize], slot: Slot) -> Path {
        Path { relations: relations.into(), slot, name: "x".into() }
    }

    fn value(from: Path) -> Part {
        Part::Value { from, convert: None, escape: Escape::Segment }
    }

    fn plan(document: Vec<Part>, unique: Vec<Name>) -> Plan {
        let habit = RelationShape {
            name: "habit".into(),
            join: Join::Known,
            many: false,
            shape: Shape::of("Habit", &["title", "id"]),
        };
        let mut shape = Shape::of("Completion", &["amount", "note", "id", "isSkipped"]);
        shape.relations = vec![RelationShape { name: "other".into(), ..habit.clone() }, habit];
        shape.claims_strays = true;
        let take = Rule::Take { from: path(&[], Slot::Field(1, vec![])), convert: None, nulls: Nulls::Keep };
        let one = Move {
            line: 1,
            document: Template(document),
            filter: vec![Condition { of: path(&[], Slot::Field(3, vec![])), is: Comparison::Exists(true) }],
            fields: vec![FieldRule { name: "note".into(), rule: take }],
            stamps: vec![],
            revision: Some(path(&[], Slot::Field(0, vec![]))),
            own_id: false,
            deletes: Deletes::Carry,
            unique,
        };
        Plan {
            name: "p".into(),
            version: 1,
            fingerprint: Fingerprint([0; 32]),
            outline: Outline::default(),
            schema: String::new(),
            passes: vec![Pass { shape, moves: vec![one] }],
        }
    }

    #[test]
    fn only_what_the_address_and_the_filter_need_is_read() {
        let whole =
            plan(vec![value(path(&[1], Slot::Field(1, vec![]))), value(path(&[], Slot::Field(2, vec![])))], vec![]);
        let reduced = addresses_only(&whole);
        let pass = &reduced.passes[0];
        assert_eq!(pass.shape.fields, ["id".into(), "isSkipped".into()]);
        assert_eq!(pass.shape.relations.len(), 1);
        assert_eq!(&*pass.shape.relations[0].name, "habit");
        assert_eq!(pass.shape.relations[0].shape.fields, ["id".into()]);
        assert!(!pass.shape.claims_strays);
        let expected = [value(path(&[0], Slot::Field(0, vec![]))), value(path(&[], Slot::Field(0, vec![])))];
        assert_eq!(pass.moves[0].document.0, expected);
        assert_eq!(pass.moves[0].filter[0].of.slot, Slot::Field(1, vec![]));
        assert!(pass.moves[0].fields.is_empty());
    }

    #[test]
    fn an_address_made_of_the_content_needs_everything() {
        let whole = plan(vec![Part::Hash], vec![]);
        assert_eq!(addresses_only(&whole), whole);
    }

    #[test]
    fn unique_fields_need_the_fields() {
        let whole = plan(vec![value(path(&[], Slot::Key))], vec!["note".into()]);
        assert_eq!(addresses_only(&whole), whole);
    }
}
