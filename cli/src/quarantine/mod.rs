//! `rehome quarantine`: what was set aside, why, and what is to become of it.

mod entry;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use rehome_core::journal::{Journal, Scope, SetAside, SqliteJournal};

use crate::failure::Failure;
use crate::migration::Which;
use crate::output::Output;
use crate::run;
use crate::store::wait_for;
use crate::terminal::{self, cell, counted, laid_out, number, table};
use entry::Entry;

/// Look at the records that were set aside, and decide what becomes of them
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Count what was set aside by reason, and name each record
    List(Which),
    /// Show one record, with the document that Firestore refused where there is one: this shows the user's values
    Show(One),
    /// Try the records that were set aside again, as rehome run --again does
    Retry(Box<run::Arguments>),
    /// Write all that was set aside to a file, one a line, with the documents: this writes the user's values
    Export(Export),
    /// Forget what was set aside; the next run that reads these records decides anew
    Drop(Drop),
}

#[derive(Args)]
struct One {
    /// Its number in the list
    number: u64,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
struct Export {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
struct Drop {
    /// Their numbers in the list
    #[arg(required_unless_present = "all")]
    numbers: Vec<u64>,
    /// All of them
    #[arg(long, conflicts_with = "numbers")]
    all: bool,
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::List(which) => list(which),
        Command::Show(one) => show(one),
        Command::Retry(arguments) => run::retry(arguments),
        Command::Export(export) => write(export),
        Command::Drop(drop) => forget(drop),
    }
}

/// How many rows are read at a time.
const PAGE: usize = 500;

/// Gives each row in turn.
fn each(
    journal: &SqliteJournal,
    scope: &Scope,
    mut each: impl FnMut(u64, SetAside) -> Result<(), Failure>,
) -> Result<(), Failure> {
    wait_for(async {
        let mut after = 0;
        loop {
            let page = journal.quarantine(scope, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok::<_, Failure>(()) };
            after = *last;
            page.into_iter().try_for_each(|(number, one)| each(number, one))?;
        }
    })
}

fn list(which: &Which) -> Result<(), Failure> {
    let (journal, scope) = which.look()?;
    let mut all = Vec::new();
    each(&journal, &scope, |number, one| {
        all.push(Entry::without_values(number, one));
        Ok(())
    })?;
    if which.json {
        return Ok(terminal::print_json(&all)?);
    }
    let mut out = terminal::out();
    let mut rows = table(&["number", "record", "column", "reason", ""]);
    for entry in &all {
        rows.add_row(vec![
            number(entry.number),
            cell(format_args!("{} {}", entry.entity, entry.key)),
            cell(entry.column.as_deref().unwrap_or_default()),
            cell(&entry.reason),
            cell(&entry.detail),
        ]);
    }
    if !all.is_empty() {
        writeln!(out, "{}", laid_out(rows))?;
    }
    writeln!(out, "{} set aside", counted(all.len() as u64, "record"))?;
    Ok(out.flush()?)
}

fn show(one: &One) -> Result<(), Failure> {
    let (journal, scope) = one.which.look()?;
    let before = one.number.checked_sub(1);
    let mut page =
        before.map(|before| wait_for(journal.quarantine(&scope, before, 1))).transpose()?.unwrap_or_default();
    match page.pop() {
        Some((number, set_aside)) if number == one.number => {
            let documents = wait_for(journal.refused(&scope, number))?;
            Ok(terminal::print_json(&Entry::whole(number, set_aside, &documents)?)?)
        }
        _ => Err(Failure::Work(format!("nothing is set aside under number {}: rehome quarantine list", one.number))),
    }
}

fn write(export: &Export) -> Result<(), Failure> {
    let (journal, scope) = export.which.look()?;
    let mut file = Output::begin(&export.file, &[])?;
    let mut count = 0;
    wait_for(async {
        let mut after = 0;
        while let Some((number, one)) = journal.quarantine(&scope, after, 1).await?.pop() {
            let entry = Entry::whole(number, one, &journal.refused(&scope, number).await?)?;
            let entry = serde_json::to_string(&entry);
            let entry =
                entry.map_err(|error| Failure::Work(format!("number {number} cannot be written as JSON: {error}")))?;
            file.line(&entry)?;
            (count, after) = (count + 1, number);
        }
        Ok::<_, Failure>(())
    })?;
    file.finish()?;
    terminal::tell(format_args!("{} written to {}", counted(count, "record"), export.file.display()));
    Ok(())
}

fn forget(drop: &Drop) -> Result<(), Failure> {
    let (own, scope) = drop.which.open()?;
    let journal = &own.journal;
    let mut numbers = drop.numbers.clone();
    if drop.all {
        each(journal, &scope, |number, _| {
            numbers.push(number);
            Ok(())
        })?;
    }
    wait_for(journal.drop_quarantined(&scope, &numbers))?;
    terminal::tell(format_args!("{} no longer set aside", counted(numbers.len() as u64, "record")));
    Ok(())
}
