//! `rehome rollback`: takes back what a migration wrote, and nothing that anybody has changed since.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rehome_core::clock::{Clock, SystemClock};
use rehome_core::error::Result;
use rehome_core::journal::{Journal, STUCK_AFTER, take_lease};
use rehome_core::rollback::{Left, Mode, Records, Report, Rollback, Sink, by_ledger, by_stamps};
use rehome_core::store::{Source, UploadPort};
use serde_json::json;

use crate::failure::Failure;
use crate::migration::{Ends, HOLDER, JournalFile, Migration, OwnJournal};
use crate::output::Output;
use crate::progress::Reporter;
use crate::store::wait_for;
use crate::terminal::{self, cell, counted, laid_out, number, table};
use crate::uploads::FolderUploads;

/// Delete from Firestore what the migration wrote and nobody has changed since
///
/// What was there before the migration, and what somebody has changed, is left, and told. The app's store is not
/// touched. Interrupted, the same command goes on.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    ends: Ends,
    #[command(flatten)]
    journal: JournalFile,
    /// Where the run put values that the plan uploads; they stay there
    #[arg(long, value_name = "FOLDER")]
    uploads: Option<PathBuf>,
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
    let own = arguments.journal.open(&arguments.ends.destination)?;
    let migration = arguments.ends.open()?;
    let inputs: Vec<PathBuf> = arguments.ends.files().map(Into::into).collect();
    let left = arguments.left.as_deref().map(|path| Output::begin(path, &inputs)).transpose()?;
    let mut findings = Findings { left, reporter: Reporter::new(arguments.json) };
    let report = wait_for(taken_back(arguments, &own, &migration, &mut findings))?;
    findings.left.map_or(Ok(()), Output::finish)?;
    if arguments.json {
        return Ok(terminal::print_json(&report)?);
    }
    print(&report)
}

async fn taken_back(
    arguments: &Arguments,
    own: &OwnJournal,
    migration: &Migration,
    findings: &mut Findings,
) -> Result<Report, Failure> {
    let (journal, clock) = (&own.journal, SystemClock::default());
    let lease = if arguments.dry_run {
        None
    } else {
        Some(take_lease(journal, &migration.scope, HOLDER, STUCK_AFTER, clock.now()).await?)
    };
    let mode = lease.as_ref().map_or(Mode::DryRun(&migration.scope), Mode::Delete);
    let voice = migration.voice(journal);
    let rollback = Rollback {
        target: &*migration.target,
        journal,
        plan: &migration.plan,
        clock: &clock,
        voice: Some(&voice),
        mode,
    };
    let report = if arguments.by_stamps {
        let uploads = arguments.uploads.as_deref().map(FolderUploads::to);
        let records = Records {
            source: &*migration.store,
            store: &migration.store.identity().await?.unwrap_or_default(),
            owner: &arguments.ends.destination.user,
            uploads: uploads.as_ref().map(|port| port as &dyn UploadPort),
        };
        by_stamps(&rollback, records, findings).await
    } else {
        by_ledger(&rollback, findings).await
    };
    if let Some(lease) = &lease {
        journal.release(lease).await?;
    }
    Ok(report?)
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
        self.reporter.tell("taking back", "documents", total.deleted + total.gone + total.left, None);
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
