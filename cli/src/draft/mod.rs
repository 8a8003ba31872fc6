//! `rehome draft`: writes a whole first plan from what a store says of itself.

mod choice;
mod fields;
mod ids;
mod names;
mod relations;
mod writer;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rehome_core::rules::Rules;
use rehome_core::stores::firestore;

use crate::failure::Failure;
use crate::store::{self, Reading, wait_for};
use crate::terminal;
use writer::Draft;

/// Write a first, complete plan for moving a store, from the schema inside it
///
/// The plan goes to standard output. It takes every entity and every field; what it cannot know it says in comments.
/// `rehome check` accepts it and `rehome rehearse` runs it as it is.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The app's store: a file of SwiftData, Core Data, Room or another SQLite database
    store: PathBuf,
    /// Where the data is to go
    #[arg(long, value_enum, default_value_t = TargetKind::Firestore)]
    to: TargetKind,
    /// The document that everything goes under; {uid} stands for the user
    #[arg(long, value_name = "PATH", default_value = "users/{uid}")]
    under: String,
    #[command(flatten)]
    reading: Reading,
}

/// The homes that a plan can be drafted for.
#[derive(Clone, Copy, ValueEnum)]
enum TargetKind {
    Firestore,
}

impl TargetKind {
    fn rules(self) -> Rules {
        match self {
            TargetKind::Firestore => firestore::rules(),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_under(&arguments.under)?;
    let source = store::open(&arguments.store, &arguments.reading)?;
    let schema = store::schema(&source)?;
    let folder = store::temporary_folder()?;
    let choices = wait_for(choice::choices(&*source, &schema, folder.path()))?;
    let draft = Draft {
        schema: &schema,
        choices: &choices,
        rules: &arguments.to.rules(),
        under: arguments.under.trim_matches('/'),
        file: &file_name(&arguments.store),
    };
    let mut out = terminal::out();
    out.write_all(draft.to_string().as_bytes())?;
    Ok(out.flush()?)
}

fn file_name(store: &Path) -> String {
    store.file_name().unwrap_or(store.as_os_str()).to_string_lossy().into_owned()
}

/// Documents lie under documents: pairs of a collection and an id.
fn check_under(under: &str) -> Result<(), Failure> {
    let under = under.trim_matches('/');
    let segments: Vec<&str> = under.split('/').filter(|_| !under.is_empty()).collect();
    let without_uid = under.replace("{uid}", "");
    if segments.len().is_multiple_of(2) && !segments.contains(&"") && !without_uid.contains(['{', '}']) {
        return Ok(());
    }
    let message = format!(
        "--under {under} is no document: give pairs of a collection and an id, as users/{{uid}}, \
         or nothing for collections at the top"
    );
    Err(Failure::Usage(message))
}
