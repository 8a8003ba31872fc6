//! What had been read and set aside when somebody looked and let a run go on: the error budget counts from there.

use crate::error::Result;
use crate::journal::{Counters, Journal, Run, Scope};

/// Remembers it, for every process that goes on with this generation.
pub(super) async fn remember(journal: &dyn Journal, scope: &Scope, run: &Run) -> Result<()> {
    let Counters { read, quarantined, .. } = run.counters;
    let text = format!("{} {read} {quarantined}", run.generation);
    journal.keep_memo(scope.owner.as_deref(), &name(scope), Some(&text)).await
}

/// What it was; nothing where nobody has looked in this generation. As long as nothing is set aside nobody is asked.
pub(super) async fn recall(journal: &dyn Journal, scope: &Scope, run: &Run) -> Result<Counters> {
    if run.counters.quarantined == 0 {
        return Ok(Counters::default());
    }
    let text = journal.memo(scope.owner.as_deref(), &name(scope)).await?.unwrap_or_default();
    let numbers: Vec<u64> = text.split(' ').map_while(|number| number.parse().ok()).collect();
    Ok(match numbers[..] {
        [generation, read, quarantined] if generation == u64::from(run.generation) => {
            Counters { read, quarantined, ..Counters::default() }
        }
        _ => Counters::default(),
    })
}

fn name(scope: &Scope) -> String {
    format!("backfill.allowed/{}/{}", scope.shard, scope.plan)
}
