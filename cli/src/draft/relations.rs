//! A relation of an entity as a line of a plan: kept on the side where it stays small, and where it has an order.

use rehome_core::schema::{Entity, Relation, Schema};

/// What becomes of a relation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// The document refers to the one at the other end.
    Reference,
    /// The document has a list of those at the other end.
    References,
    /// The other end refers to this document, by this relation.
    OtherSide(String),
}

pub(super) fn keep(schema: &Schema, relation: &Relation) -> Keep {
    match (relation.many, inverse_of(schema, relation)) {
        (false, _) => Keep::Reference,
        // No other side knows the order.
        (true, _) if relation.ordered => Keep::References,
        (true, Some(inverse)) if !inverse.many || inverse.ordered || kept_by(relation, inverse) => {
            Keep::OtherSide(inverse.name.to_string())
        }
        (true, _) => Keep::References,
    }
}

fn inverse_of<'s>(schema: &'s Schema, relation: &Relation) -> Option<&'s Relation> {
    schema.entity(&relation.target)?.relation(relation.inverse.as_deref()?)
}

/// Of two sides that are both lists without an order one is enough: the one whose entity comes first by name.
fn kept_by(relation: &Relation, inverse: &Relation) -> bool {
    (&relation.target, &inverse.name) < (&inverse.target, &relation.name)
}

/// Whether the record at the other end belongs to this one alone, so that it could live within it: of two that belong
/// to each other, the one with more to it holds the other.
pub(super) fn could_embed(schema: &Schema, entity: &Entity, relation: &Relation) -> bool {
    let belongs = inverse_of(schema, relation).is_some_and(|inverse| !inverse.many);
    let smaller = schema.entity(&relation.target).is_some_and(|other| other.relations.len() < entity.relations.len());
    belongs && smaller && !relation.many
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(name: &str, target: &str, many: bool, inverse: Option<&str>) -> Relation {
        Relation {
            name: name.into(),
            target: target.into(),
            many,
            ordered: false,
            optional: true,
            inverse: inverse.map(Into::into),
            native: String::new(),
        }
    }

    fn schema(ours: &[Relation], theirs: &[Relation]) -> Schema {
        let habit = Entity { relations: ours.to_vec(), ..Entity::new("Habit") };
        let user = Entity { relations: theirs.to_vec(), ..Entity::new("User") };
        Schema { entities: vec![habit, user], ..Schema::default() }
    }

    #[test]
    fn a_list_whose_members_point_back_is_kept_by_them() {
        let owner = relation("owner", "User", false, Some("habits"));
        let habits = relation("habits", "Habit", true, Some("owner"));
        let schema = schema(std::slice::from_ref(&owner), std::slice::from_ref(&habits));
        assert_eq!(keep(&schema, &owner), Keep::Reference);
        assert_eq!(keep(&schema, &habits), Keep::OtherSide("owner".into()));
    }

    #[test]
    fn of_two_lists_exactly_one_is_kept() {
        let buddies = relation("buddies", "User", true, Some("shared"));
        let shared = relation("shared", "Habit", true, Some("buddies"));
        let schema = schema(std::slice::from_ref(&buddies), std::slice::from_ref(&shared));
        assert_eq!(keep(&schema, &buddies), Keep::References);
        assert_eq!(keep(&schema, &shared), Keep::OtherSide("buddies".into()));
    }

    #[test]
    fn a_list_in_order_is_kept_whatever_the_other_side_keeps() {
        let ordered = |relation| Relation { ordered: true, ..relation };
        let owner = relation("owner", "User", false, Some("habits"));
        let habits = ordered(relation("habits", "Habit", true, Some("owner")));
        assert_eq!(
            keep(&schema(std::slice::from_ref(&owner), std::slice::from_ref(&habits)), &habits),
            Keep::References
        );
        let buddies = relation("buddies", "User", true, Some("shared"));
        let shared = ordered(relation("shared", "Habit", true, Some("buddies")));
        let one = schema(std::slice::from_ref(&buddies), std::slice::from_ref(&shared));
        assert_eq!(keep(&one, &shared), Keep::References);
        assert_eq!(keep(&one, &buddies), Keep::OtherSide("shared".into()));
        let buddies = ordered(buddies);
        let both = schema(std::slice::from_ref(&buddies), std::slice::from_ref(&shared));
        assert_eq!((keep(&both, &buddies), keep(&both, &shared)), (Keep::References, Keep::References));
    }

    #[test]
    fn a_list_that_leads_to_itself_is_kept() {
        let friends = relation("friends", "Habit", true, Some("friends"));
        assert_eq!(keep(&schema(std::slice::from_ref(&friends), &[]), &friends), Keep::References);
    }
}
