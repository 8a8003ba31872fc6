//! `rehome seal` and `rehome force`: a migration ends by somebody's word.

use clap::Args;
use rehome_core::backfill::{Closing, close};
use rehome_core::clock::{Clock, SystemClock};
use rehome_core::journal::{STUCK_AFTER, take_lease};

use crate::failure::Failure;
use crate::migration::{HOLDER, Which};
use crate::store::wait_for;
use crate::terminal;

/// End a complete migration: later runs carry nothing any more
#[derive(Args)]
pub(crate) struct Seal {
    #[command(flatten)]
    which: Which,
}

/// End a migration as it is, in an emergency: it counts as forced, and never as verified
#[derive(Args)]
pub(crate) struct Force {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn seal(arguments: &Seal) -> Result<(), Failure> {
    end(&arguments.which, Closing::Sealed)
}

pub(crate) fn force(arguments: &Force) -> Result<(), Failure> {
    end(&arguments.which, Closing::Forced)
}

fn end(which: &Which, closing: Closing) -> Result<(), Failure> {
    let (own, scope) = which.open()?;
    let now = SystemClock::default().now();
    let run = wait_for(async {
        let lease = take_lease(&own.journal, &scope, HOLDER, STUCK_AFTER, now).await?;
        let run = close(&own.journal, &lease, closing, now).await;
        rehome_core::journal::Journal::release(&own.journal, &lease).await?;
        run
    })?;
    if which.json {
        let standing =
            serde_json::json!({ "plan": scope.plan, "status": run.status.word(), "generation": run.generation });
        return Ok(terminal::print_json(&standing)?);
    }
    terminal::tell(format_args!("{} is {} now", scope.plan, run.status.word()));
    Ok(())
}
