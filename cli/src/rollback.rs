//! `rehome rollback`: takes back what a migration wrote, and nothing that anybody has changed since.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rehome_core::clock::SystemClock;
use rehome_core::error::Result;
use rehome_core::journal::Lease;
use rehome_core::rollback::{Left, Mode, Records, Report, Rollback, Sink, by_ledger, by_stamps};
use rehome_core::store::Source;
use serde_json::json;

use crate::failure::Failure;
use crate::migration::{Ends, Migration};
use crate::output::Output;
use crate::progress::Reporter;
use crate::store::wait_for;
use crate::terminal::{self, cell, counted, laid_out, number, table};

/// Delete from Firestore what the migration wrote and nobody has changed since
///
/// What was there before the migration, and what somebody has changed, is left, and told. The app's store is not
/// touched. Interrupted, the same command goes on.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    ends: Ends,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
    /// Know what was written by the plan's constant stamps: for when the journal is lost
    #[arg(long)]
    by_stamps: bool,
    /// Write what is left and why here, one a line
    #[arg(long, value_name = "FILE")]
    left: Option<PathBuf>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let migration = arguments.ends.open()?;
    let left = arguments.left.as_deref().map(|path| Output::begin(path, &arguments.ends.inputs())).transpose()?;
    let mut findings = Findings { left, reporter: Reporter::new(arguments.json) };
    let taking_back = async {
        let taken_back = match arguments.dry_run {
            true => taken_back(arguments, &migration, Mode::DryRun(&migration.scope), &mut findings).await,
            false => {
                let work =
                    async |lease: &Lease| taken_back(arguments, &migration, Mode::Delete(lease), &mut findings).await;
                migration.own.leased(&migration.scope, work).await
            }
        };
        taken_back.map_err(|error| arguments.ends.destination.failed(error))
    };
    let report = wait_for(taking_back)?;
    findings.left.map_or(Ok(()), Output::finish)?;
    if arguments.json {
        return Ok(terminal::print_json(&report)?);
    }
    print(&report)
}

async fn taken_back(
    arguments: &Arguments,
    migration: &Migration,
    mode: Mode<'_>,
    findings: &mut Findings,
) -> Result<Report> {
    let (target, clock) = (migration.database.open().await?, SystemClock::default());
    let voice = migration.voice(&target);
    let rollback = Rollback {
        target: &*target,
        journal: &*migration.own.journal,
        plan: &migration.plan,
        clock: &clock,
        voice: Some(&voice),
        mode,
    };
    if !arguments.by_stamps {
        return by_ledger(&rollback, findings).await;
    }
    let records = Records {
        source: &*migration.store,
        store: &migration.store.identity().await?.unwrap_or_default(),
        owner: &arguments.ends.destination.user,
        uploads: migration.uploads(),
    };
    by_stamps(&rollback, records, findings).await
}

struct Findings {
    left: Option<Output>,
    reporter: Reporter,
}

impl Sink for Findings {
    fn left(&mut self, left: &Left) -> Result<()> {
        let Some(file) = &mut self.left else { return Ok(()) };
        let line = json!({
            "address": left.address,
            "entity": &*left.source.entity,
            "key": left.source.key.to_string(),
            "why": left.why.word(),
        });
        file.line(&line.to_string())
    }

    fn progress(&mut self, report: &Report) {
        let total = report.total();
        let done = total.deleted + total.gone + total.left;
        self.reporter.tell("taking back documents", done, None, json!({ "step": "taking back", "read": done }));
    }
}

fn print(report: &Report) -> Result<(), Failure> {
    let mut out = terminal::out();
    let deleted = if report.dry_run { "would be deleted" } else { "deleted" };
    let mut rows = table(&["collection", deleted, "gone already", "left"]);
    for (name, tally) in &report.collections {
        rows.add_row(vec![cell(name), number(tally.deleted), number(tally.gone), number(tally.left)]);
    }
    writeln!(out, "{}\n", laid_out(rows))?;
    for (why, count) in &report.left {
        writeln!(out, "{} left: {}", counted(*count, "document"), why.replace('_', " "))?;
    }
    writeln!(out, "billed {} and {}", counted(report.billed_reads, "read"), counted(report.billed_deletes, "delete"))?;
    Ok(out.flush()?)
}
