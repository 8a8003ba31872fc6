//! What a run may cost, as far as that can be told before anything is written.

use super::run::Start;
use super::voyage::Voyage;
use crate::error::Result;
use crate::journal::Run;
use crate::plan::Plan;

/// How many operations the target will bill before everything that is there is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// What it has billed so far.
    pub(crate) billed: u64,
    /// What is still to come at least: each document is written, or looked at where something is there.
    pub(crate) least: u64,
    /// What is still to come where no record is left out, and nothing has to be looked at before it is written.
    pub(crate) likely: u64,
}

impl Cost {
    /// Of a run that goes on where it is, with so many records in each pass.
    pub(crate) fn of(plan: &Plan, run: &Run, records: &[u64]) -> Self {
        let mut cost = Self { billed: run.counters.billed(), least: 0, likely: 0 };
        let (begun, mut read) = (run.position.pass as usize, run.counters.read);
        for (number, (pass, records)) in plan.passes.iter().zip(records).enumerate() {
            let was_read = if number < begun { *records } else { read.min(*records) };
            read = read.saturating_sub(was_read);
            let (left, moves) = (records - was_read, pass.moves.len() as u64);
            let sure = pass.moves.iter().filter(|one| one.filter.is_empty()).count() as u64;
            cost.least = cost.least.saturating_add(left.saturating_mul(sure));
            cost.likely = cost.likely.saturating_add(left.saturating_mul(moves));
        }
        cost
    }

    /// All of it together, as it is likely.
    pub(crate) fn in_all(self) -> u64 {
        self.billed.saturating_add(self.likely)
    }

    /// Why it is not even begun under a cap that it is going to exceed.
    pub(crate) fn exceeds(self, cap: u64) -> Option<String> {
        let Self { billed, least, .. } = self;
        let is_too_much = least > 0 && billed.saturating_add(least) > cap;
        is_too_much.then(|| {
            format!(
                "at least {least} operations are still to be billed for what the store has, beside {billed} so far, and \
                 the cap is {cap}; raise it, or let it go on as far as the cap allows"
            )
        })
    }
}

impl Voyage<'_> {
    /// How many records each pass has, where the source can tell.
    pub(super) async fn records(&self) -> Result<Option<Vec<u64>>> {
        let mut records = Vec::new();
        for pass in &self.backfill.plan.passes {
            let Some(some) = self.backfill.source.estimate(&pass.shape.entity).await? else { return Ok(None) };
            records.push(some);
        }
        Ok(Some(records))
    }

    /// Why it is going to cost more than somebody wants to pay, unless they let it go on all the same.
    pub(super) fn too_dear(&self, cost: Option<Cost>) -> Option<String> {
        let cap = self.world.control.current().settings.cost_cap;
        let (cost, cap) = cost.zip(cap).filter(|_| self.start != Start::Allow)?;
        cost.exceeds(cap)
    }
}
