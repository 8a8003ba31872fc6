use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rehome_core::plan::Plan;
use rehome_core::stores::firestore;

use crate::failure::Failure;
use crate::plan;
use crate::store::{self, Reading};
use crate::terminal::{self, clean};

/// Find everything that is wrong with a plan, all at once and with its place
#[derive(Args)]
pub(crate) struct Arguments {
    /// The plan
    plan: PathBuf,
    /// The app's store; without it only what the plan says by itself is checked
    #[arg(long)]
    store: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let file = clean(arguments.plan.display());
    let mut out = terminal::out();
    let Some(path) = &arguments.store else {
        let plan = plan::check_alone(&arguments.plan, &firestore::rules())?;
        writeln!(out, "{file}: ok by itself, plan {} version {}", clean(plan.name()), plan.version())?;
        writeln!(out, "Whether its entities and fields are there, a store can tell: --store STORE")?;
        return Ok(out.flush()?);
    };
    let source = store::open(path, &arguments.reading)?;
    let checked = plan::check(&arguments.plan, &*store::schema(&source)?, &firestore::rules())?;
    checked.warnings.iter().for_each(terminal::tell);
    let Plan { name, version, fingerprint, passes } = &checked.plan;
    let moves: usize = passes.iter().map(|pass| pass.moves.len()).sum();
    writeln!(out, "{file}: ok for {}, plan {} version {version}", clean(path.display()), clean(name))?;
    writeln!(out, "{moves} moves of {} entities, warnings: {}", passes.len(), checked.warnings.len())?;
    writeln!(out, "fingerprint {fingerprint}")?;
    Ok(out.flush()?)
}
