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
///
/// Of several plans, as one for each old release of an app, the one is checked that names the store's schema in
/// `schema`, or else the one that names none. Without a store all are checked.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The plan, or several of which one is for the store
    #[arg(required = true, value_name = "PLAN")]
    plans: Vec<PathBuf>,
    /// The app's store; without it only what the plan says by itself is checked
    #[arg(long)]
    store: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut out = terminal::out();
    let Some(path) = &arguments.store else {
        for plan in plan::check_alone(&arguments.plans, &firestore::rules())? {
            let (file, name) = (clean(plan.file()), clean(plan.name()));
            writeln!(out, "{file}: ok by itself, plan {name} version {}", plan.version())?;
        }
        writeln!(out, "Whether its entities and fields are there, a store can tell: --store STORE")?;
        return Ok(out.flush()?);
    };
    let source = store::open(path, &arguments.reading)?;
    let (file, checked) = plan::check(&arguments.plans, &*store::schema(&source)?, &firestore::rules())?;
    checked.warnings.iter().for_each(terminal::tell);
    let Plan { name, version, fingerprint, passes, .. } = &checked.plan;
    let moves: usize = passes.iter().map(|pass| pass.moves.len()).sum();
    let file = clean(file);
    writeln!(out, "{file}: ok for {}, plan {} version {version}", clean(path.display()), clean(name))?;
    writeln!(out, "{moves} moves of {} entities, warnings: {}", passes.len(), checked.warnings.len())?;
    writeln!(out, "fingerprint {fingerprint}")?;
    Ok(out.flush()?)
}
