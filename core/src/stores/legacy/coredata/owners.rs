//! Records that others count among theirs, in a to-many relation without an inverse. Their table has the other's key
//! in a column that no property of theirs is for; they are given a field of the store's own for it.

use crate::record::{Kind, Name};
use crate::schema::{Entity, Field, Relation, owner_field};
use crate::stores::legacy::layout::{Codec, EntityLayout, FieldLayout, Layout, Link, Storage};

/// A field with the key of an owner, and the entity that it is for.
struct Owned {
    target: Name,
    field: Name,
    column: String,
}

/// Gives every entity that others count among theirs a field for each such relation.
pub(super) fn add(layout: &mut Layout) {
    let described = layout.schema.entities.iter().zip(&layout.entities);
    let owned: Vec<Owned> = described.flat_map(|(entity, laid)| owned_by(layout, entity, laid)).collect();
    for Owned { target, field, column } in owned {
        let is_one: Vec<bool> = layout.schema.entities.iter().map(|one| layout.schema.is_a(one, &target)).collect();
        let described = layout.schema.entities.iter_mut().zip(&mut layout.entities).zip(is_one);
        for ((entity, laid), _) in described.filter(|(_, is_one)| *is_one) {
            let shown = Field { column: Some(column.clone()), ..Field::new(field.clone(), Kind::Int).optional() };
            entity.system.push(shown);
            let storage = Storage::Cell { column: column.clone(), codec: Codec::Int { bits: 64 } };
            laid.owners.push(FieldLayout { name: field.clone(), optional: true, storage });
        }
    }
}

/// What the relations that an entity declares itself keep in the rows of others.
fn owned_by(layout: &Layout, entity: &Entity, laid: &EntityLayout) -> Vec<Owned> {
    let parent = entity.parent.as_deref().and_then(|parent| layout.schema.entity(parent));
    let inherited = |relation: &Relation| parent.is_some_and(|parent| parent.relation(&relation.name).is_some());
    let relations = entity.relations.iter().zip(&laid.relations);
    let own = relations.filter(|(relation, _)| relation.inverse.is_none() && !inherited(relation));
    let owned = own.filter_map(|(relation, link)| {
        let Link::Backward { columns, .. } = link else { return None };
        let field = owner_field(&entity.name, &relation.name);
        Some(Owned { target: relation.target.clone(), field, column: columns.first()?.clone() })
    });
    owned.collect()
}
