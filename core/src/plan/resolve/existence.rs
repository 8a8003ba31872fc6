//! Whether what a record points to is there, where no rule would ask.

use super::super::resolved::Pass;
use super::model::Model;
use crate::record::Name;

impl Model<'_> {
    /// Lets a pass look at every to-one relation where a move takes all fields: what a relation says is lost without
    /// a rule for it, but a record that points to nothing is damaged, and must not pass as whole.
    pub(super) fn look_at_relations(&self, passes: &mut [Pass]) {
        for pass in passes {
            let Some(entity) = self.entity(&pass.shape.entity) else { continue };
            let take_all = self.moves_of(&entity.name).filter(|one| one.fields.rest.is_some());
            let looked_at =
                |name: &Name| take_all.clone().any(|one| !one.leave_out.iter().any(|out| *out.it == **name));
            for relation in entity.relations.iter().filter(|relation| !relation.many && looked_at(&relation.name)) {
                self.relation_position(entity, &mut pass.shape, relation);
            }
        }
    }
}
