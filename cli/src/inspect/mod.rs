//! `rehome inspect`: what is in a store, for a person or as JSON.

mod json;
mod page;

use std::path::{Path, PathBuf};

use clap::Args;
use rehome_core::record::Name;
use rehome_core::schema::Schema;
use rehome_core::stores::legacy::Facts;

use crate::failure::Failure;
use crate::store::{self, Reading, wait_for};
use crate::terminal;

/// Say what is in a store: entities, fields, relations, history, CloudKit
#[derive(Args)]
pub(crate) struct Arguments {
    /// The app's store: a file of SwiftData, Core Data, Room or another SQLite database
    store: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
}

/// All that a store says of itself.
struct Findings<'a> {
    file: &'a Path,
    schema: &'a Schema,
    /// Rows by entity.
    counts: Vec<(Name, u64)>,
    facts: Facts,
}

impl Findings<'_> {
    fn rows(&self, entity: &str) -> u64 {
        self.counts.iter().find(|(name, _)| **name == *entity).map_or(0, |(_, rows)| *rows)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = store::open(&arguments.store, &arguments.reading)?;
    let schema = store::schema(&source)?;
    let counts = wait_for(source.counts())?;
    let facts = wait_for(source.facts())?;
    let findings = Findings { file: &arguments.store, schema: &schema, counts, facts };
    match arguments.json {
        true => terminal::print_json(&json::of(&findings))?,
        false => page::print(&findings)?,
    }
    Ok(())
}
