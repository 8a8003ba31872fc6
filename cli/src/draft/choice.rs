//! Which field really identifies the records of an entity, in the store as it is.

use std::collections::BTreeMap;
use std::path::Path;

use rehome_core::error::Result;
use rehome_core::record::Name;
use rehome_core::rehearse::{Identity, identity};
use rehome_core::schema::{Entity, Field, Schema};
use rehome_core::store::Source;

use super::ids::candidates;

/// The field that tells the records of an entity apart, and those that looked as if they did.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) field: Option<(Name, Identity)>,
    pub(super) refused: Vec<(Name, Identity)>,
}

/// For each line of inheritance, by the entity at its top, the choice for all of its records.
pub(super) type Choices = BTreeMap<Name, Choice>;

pub(super) async fn choices(source: &dyn Source, schema: &Schema, folder: &Path) -> Result<Choices> {
    let mut choices = Choices::new();
    for root in schema.entities.iter().filter(|entity| schema.root_of(entity).name == entity.name) {
        let mut choice = Choice::default();
        for field in candidates(root) {
            let found = of_all(source, schema, root, &field.name, folder).await?;
            if tells_apart(field, found) {
                choice.field = Some((field.name.clone(), found));
                break;
            }
            choice.refused.push((field.name.clone(), found));
        }
        choices.insert(root.name.clone(), choice);
    }
    Ok(choices)
}

async fn of_all(source: &dyn Source, schema: &Schema, root: &Entity, field: &str, folder: &Path) -> Result<Identity> {
    let mut found = Identity::default();
    for entity in schema.entities.iter().filter(|one| !one.is_abstract && schema.root_of(one).name == root.name) {
        found = found.and(identity(source, &entity.name, field, folder).await?);
    }
    Ok(found)
}

/// Damage is no reason to give up an id, as quarantine is there for it: of texts a little, of a field that can be
/// nothing else much of it.
fn tells_apart(field: &Field, found: Identity) -> bool {
    let most = if field.is_uuid() { found.records / 2 } else { found.records / 100 };
    found.missing + found.repeated <= most
}
