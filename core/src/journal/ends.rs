//! A run is of one plan, one store and one target, and goes on with no other.

use std::fmt::Display;

use super::Run;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Plan;

/// How many lines of a difference are told.
const LINES: usize = 10;

impl Run {
    /// Whether this plan may go on with the run.
    ///
    /// # Errors
    /// [`Changed`](ErrorKind::Changed) where another one began it, with what differs.
    pub fn check_plan(&self, plan: &Plan) -> Result<()> {
        let difference = || self.outline.difference(&plan.outline);
        same("the plan", &self.fingerprint, &plan.fingerprint, difference)
    }

    /// Whether what was read from this store is what the run reads.
    ///
    /// # Errors
    /// [`Changed`](ErrorKind::Changed) where it is another store.
    pub fn check_store(&self, store: &str) -> Result<()> {
        same("the store", &*self.store, store, Vec::new)
    }

    /// Whether this target is the one that the run, and its ledger, are about.
    ///
    /// # Errors
    /// [`Changed`](ErrorKind::Changed) where it is another one.
    pub fn check_target(&self, target: &str) -> Result<()> {
        same("the target", &*self.target, target, Vec::new)
    }
}

fn same<T: PartialEq + Display + ?Sized>(
    what: &str,
    then: &T,
    now: &T,
    difference: impl FnOnce() -> Vec<String>,
) -> Result<()> {
    if then == now {
        return Ok(());
    }
    let mut message = format!(
        "{what} is another one than when this migration began (then {then}, now {now}); go on with the one that it \
         began with, or start anew: what is there already is found and not written twice"
    );
    let difference = difference();
    for line in difference.iter().take(LINES) {
        message.push_str("\n    ");
        message.push_str(line);
    }
    if let Some(more) = difference.len().checked_sub(LINES).filter(|more| *more > 0) {
        message.push_str(&format!("\n    and {more} more"));
    }
    Err(Error::new(ErrorKind::Changed, message))
}
