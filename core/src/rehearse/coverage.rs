//! What a plan leaves behind.

use crate::error::Result;
use crate::plan::Plan;
use crate::record::Name;
use crate::store::Source;

/// Entities with records that no document would hold, and how many those are where the store can tell.
pub(crate) async fn not_in_plan(source: &dyn Source, plan: &Plan) -> Result<Vec<(Name, Option<u64>)>> {
    let schema = source.schema().await?;
    let carried = plan.carried();
    let mut others = Vec::new();
    for entity in schema.entities.iter().filter(|entity| !entity.is_abstract && !carried.holds(&schema, entity)) {
        let rows = source.estimate(&entity.name).await?;
        if rows != Some(0) {
            others.push((entity.name.clone(), rows));
        }
    }
    Ok(others)
}
