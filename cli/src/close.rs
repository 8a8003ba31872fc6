//! `rehome seal` and `rehome force`: a migration ends by somebody's word.

use clap::Args;
use rehome_core::backfill::{Closing, close};
use rehome_core::clock::{Clock, SystemClock};

use crate::failure::Failure;
use crate::migration::Which;
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
    let run = wait_for(own.leased(&scope, async |lease| close(&*own.journal, lease, closing, now).await))?;
    if which.json {
        let standing =
            serde_json::json!({ "plan": scope.plan, "status": run.status.word(), "generation": run.generation });
        return Ok(terminal::print_json(&standing)?);
    }
    terminal::tell(format_args!("{} is {} now", scope.plan, run.status.word()));
    Ok(())
}
