use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use rehome_core::testkit::habits::{self, Damage};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::{store, terminal};

/// Make a habit app's store, as SwiftData would have written it, and a plan for it
///
/// A little of it is damaged, as in any store that has lived for a while.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder to put default.store and habits.toml in; it is made where it is not there
    folder: PathBuf,
    /// How many completions of habits the store is to have
    #[arg(long, value_name = "NUMBER", default_value_t = COMPLETIONS)]
    completions: u64,
    /// Another number makes another store, the same number the same one
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

const COMPLETIONS: u64 = 5_000;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder).map_err(|error| Failure::file("created", folder, &error))?;
    let (plan, store) = (plan_in(folder), store_in(folder));
    if plan.exists() {
        let message = format!("{} is there already: remove it, or name another folder", plan.display());
        return Err(Failure::Work(message));
    }
    fill(folder, arguments.completions, arguments.seed)?;
    let (plan, store) = (plan.display(), store.display());
    let mut out = terminal::out();
    writeln!(out, "Made {store} and {plan}. What now:")?;
    writeln!(out, "    rehome inspect {store}")?;
    writeln!(out, "    rehome draft {store}")?;
    writeln!(out, "    rehome rehearse {plan} --store {store} --user some-user")?;
    Ok(out.flush()?)
}

/// The habit app's store for one rehearsal, gone with it.
pub(crate) struct Sample {
    folder: TempDir,
}

impl Sample {
    pub(crate) fn in_a_temporary_folder() -> Result<Self, Failure> {
        let folder = store::temporary_folder()?;
        fill(folder.path(), COMPLETIONS, 1)?;
        Ok(Self { folder })
    }

    pub(crate) fn plan(&self) -> PathBuf {
        plan_in(self.folder.path())
    }

    pub(crate) fn store(&self) -> PathBuf {
        store_in(self.folder.path())
    }
}

pub(crate) fn plan_in(folder: &Path) -> PathBuf {
    folder.join("habits.toml")
}

pub(crate) fn store_in(folder: &Path) -> PathBuf {
    folder.join("default.store")
}

pub(crate) fn fill(folder: &Path, completions: u64, seed: u64) -> Result<(), Failure> {
    let damaged = habits::Options {
        completions,
        seed,
        damage: Damage::ALL.to_vec(),
        damaged_share: 0.004,
        history_share: 0.02,
        ..habits::Options::default()
    };
    habits::generate(&store_in(folder), &damaged)?;
    let plan = plan_in(folder);
    fs::write(&plan, include_str!("habits.toml")).map_err(|error| Failure::file("written", &plan, &error))
}
