//! `rehome inspect`: what is in a store, for a person or as JSON.

mod json;
mod page;

use std::path::{Path, PathBuf};

use clap::Args;
use rehome_core::schema::Schema;
use rehome_core::stores::legacy::{Counts, Fact, Facts};

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
    counts: Counts,
    facts: Facts,
}

impl Findings<'_> {
    /// None where the entity's pages are damaged, so that its rows cannot be counted.
    fn rows(&self, entity: &str) -> Option<u64> {
        self.counts.entities.iter().find(|(name, _)| **name == *entity).and_then(|(_, rows)| *rows)
    }

    /// What the schema warns of, whose rows nobody knows, and what is damaged.
    fn warnings(&self) -> Vec<String> {
        let damaged = "pages of the file are damaged";
        let uncounted = self.counts.entities.iter().filter(|(_, rows)| rows.is_none()).map(|(entity, _)| {
            format!("the rows of {entity} cannot be counted: {damaged}; a rehearsal tells which rows are lost")
        });
        let history =
            (self.facts.history == Fact::Unreadable).then(|| format!("the history cannot be read: {damaged}"));
        let cloud = (self.facts.cloudkit == Fact::Unreadable)
            .then(|| format!("what CloudKit knows of the rows cannot be told: {damaged}"));
        let strays = self.counts.strays.iter().map(|(table, rows)| {
            format!(
                "table {table} has rows of entities that the store does not know ({rows}); a rehearsal quarantines each of them"
            )
        });
        self.schema.warnings.iter().cloned().chain(strays).chain(uncounted).chain(history).chain(cloud).collect()
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = store::open(&arguments.store, &arguments.reading)?;
    let schema = store::schema(&source)?;
    let counts = wait_for(source.counts())?;
    let facts = wait_for(source.facts())?;
    let findings = Findings { file: &arguments.store, schema: &schema, counts, facts };
    match arguments.json {
        true => terminal::print_json(&json::Store::from(&findings))?,
        false => page::print(&findings)?,
    }
    Ok(())
}
