//! Whether what a record points to is there, where no rule would ask.

use super::super::resolved::Pass;
use super::model::Model;
use crate::record::Name;
use crate::schema::{Entity, KEY, owner_field};
use crate::store::{Join, RelationShape, Shape};

impl Model<'_> {
    /// Lets a pass look at every to-one relation where a move takes all fields: what a relation says is lost without
    /// a rule for it, but a record that points to nothing is damaged, and must not pass as whole. The same goes for
    /// the record that has this one among its own, where the store keeps that with this one.
    pub(super) fn look_at_relations(&self, passes: &mut [Pass]) {
        for pass in passes {
            let Some(entity) = self.entity(&pass.shape.entity) else { continue };
            let take_all = self.moves_of(&entity.name).filter(|one| one.fields.rest.is_some());
            let looked_at =
                |name: &Name| take_all.clone().any(|one| !one.leave_out.iter().any(|out| *out.it == **name));
            for relation in entity.relations.iter().filter(|relation| !relation.many && looked_at(&relation.name)) {
                self.relation_position(entity, &mut pass.shape, relation);
            }
            pass.shape.relations.extend(self.owners(entity).filter(|owner| looked_at(&owner.name)));
        }
    }

    /// The records that have one of this entity among their own.
    fn owners(&self, entity: &Entity) -> impl Iterator<Item = RelationShape> {
        let relations =
            self.schema.entities.iter().flat_map(|owner| owner.relations.iter().map(move |one| (owner, one)));
        relations.filter_map(|(owner, relation)| {
            let ours = owner_field(&owner.name, &relation.name);
            entity.field(&ours)?;
            let join = Join::Equal { ours: ours.clone(), theirs: KEY.into() };
            Some(RelationShape { name: ours, join, many: false, shape: Shape::of(owner.name.clone(), &[]) })
        })
    }
}
