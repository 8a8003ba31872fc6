//! `rehome verify`: holds every record against what is in Firestore, and writes a receipt.

mod findings;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rehome_core::backfill::{Closing, close};
use rehome_core::clock::{Clock, SystemClock};
use rehome_core::journal::{Journal, Lease, STUCK_AFTER, SqliteJournal, Status, take_lease};
use rehome_core::plan::Context;
use rehome_core::remote_state::Tombstones;
use rehome_core::store::UploadPort;
use rehome_core::verify::{Options, Receipt, Repair, Verification, verify};

use crate::failure::Failure;
use crate::migration::{Ends, HOLDER, JournalFile, Migration, OwnJournal};
use crate::output::Output;
use crate::progress::Reporter;
use crate::store::{temporary_folder, wait_for};
use crate::terminal::{self, cell, counted, laid_out, number, table};
use crate::uploads::FolderUploads;
use findings::Findings;

/// Hold every record of a store against its document in Firestore
///
/// A difference counts if it is still there at a second look, so that an app may write meanwhile. Exits with 1 where
/// something is missing or different.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    ends: Ends,
    #[command(flatten)]
    journal: JournalFile,
    /// Where the run put values that the plan uploads
    #[arg(long, value_name = "FOLDER")]
    uploads: Option<PathBuf>,
    /// Compare so many documents of a hundred, instead of all
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    sample: Option<u8>,
    /// Create what is missing and replace what is older than its record. Nothing newer is written over
    #[arg(long)]
    repair: bool,
    /// With --repair: say what would be done, and do nothing
    #[arg(long, requires = "repair")]
    dry_run: bool,
    /// Write the differences here, one a line: the record, the address, which fields; never values
    #[arg(long, value_name = "FILE")]
    differences: Option<PathBuf>,
    /// Write the receipt here, as JSON
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// How long to wait before the second look, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    settle: u64,
    /// Print the receipt as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let own = arguments.journal.open(&arguments.ends.destination)?;
    let journal = &own.journal;
    let migration = arguments.ends.open()?;
    let uploads = arguments.uploads.as_deref().map(FolderUploads::to);
    let folder = temporary_folder()?;
    let inputs: Vec<PathBuf> = arguments.ends.files().map(Into::into).collect();
    let differences = arguments.differences.as_deref().map(|path| Output::begin(path, &inputs)).transpose()?;
    let clock = SystemClock::default();
    let mut findings = Findings::new(differences, Reporter::new(arguments.json), arguments.settle);
    let verifying = async {
        let installation = &journal.installation().id;
        let deleted = Tombstones::read(&*migration.target, &migration.state, installation).await?;
        let lease = arguments.lease(journal, &migration).await?;
        let verification = Verification {
            source: &*migration.store,
            target: &*migration.target,
            plan: &migration.plan,
            context: Context { owner: &arguments.ends.destination.user, now: clock.now() },
            deleted: &deleted,
            journal,
            scope: &migration.scope,
            clock: &clock,
            uploads: uploads.as_ref().map(|port| port as &dyn UploadPort),
            folder: folder.path(),
            options: Options { sample_percent: arguments.sample, repair: arguments.repair(lease.as_ref()) },
        };
        let verified = verify(&verification, None, &mut findings).await;
        if let Some(lease) = &lease {
            journal.release(lease).await?;
        }
        verified
    };
    let receipt = wait_for(async { verifying.await.map_err(|error| arguments.ends.destination.failed(error)) })?;
    findings.finish()?;
    if let Some(path) = &arguments.receipt {
        let mut file = Output::begin(path, &inputs)?;
        let text = serde_json::to_string_pretty(&receipt);
        file.line(&text.map_err(|error| Failure::Work(format!("the receipt cannot be written as JSON: {error}")))?)?;
        file.finish()?;
    }
    if arguments.json {
        terminal::print_json(&receipt)?
    } else {
        print(&receipt)?
    }
    if receipt.verified {
        return if arguments.sample.is_none() { note(&own, &migration) } else { Ok(()) };
    }
    let tally = &receipt.tally;
    if tally.is_whole() {
        return Err(Failure::Work(not_complete(receipt.status)));
    }
    let message = format!(
        "{} missing and {} different. rehome verify --repair --dry-run says what can be mended",
        counted(tally.missing, "document"),
        terminal::grouped(tally.different),
    );
    Err(Failure::Work(message))
}

impl Arguments {
    fn repair<'l>(&self, lease: Option<&'l Lease>) -> Repair<'l> {
        match (self.repair, lease) {
            (false, _) => Repair::No,
            (true, None) => Repair::Rehearse,
            (true, Some(lease)) => Repair::Mend(lease),
        }
    }

    /// The right to write the journal, where something is to be mended.
    async fn lease(&self, journal: &SqliteJournal, migration: &Migration) -> rehome_core::error::Result<Option<Lease>> {
        if !self.repair || self.dry_run {
            return Ok(None);
        }
        let now = SystemClock::default().now();
        take_lease(journal, &migration.scope, HOLDER, STUCK_AFTER, now).await.map(Some)
    }
}

fn not_complete(status: Option<&str>) -> String {
    match status {
        Some(status) => format!(
            "nothing is missing of what the store has, but the migration is {status} and not complete: rehome run \
             until it is, then verify"
        ),
        None => "nothing is missing of what the store has, but the journal knows of no run: rehome run looks for what \
                 is there and carries the rest, then verify"
            .to_owned(),
    }
}

/// Notes in the journal that everything was verified, where the migration is complete.
fn note(own: &OwnJournal, migration: &Migration) -> Result<(), Failure> {
    let (journal, now) = (&own.journal, SystemClock::default().now());
    wait_for(async {
        let Some(run) = journal.run(&migration.scope).await? else { return Ok(()) };
        if run.status == Status::Complete {
            let lease = take_lease(journal, &migration.scope, HOLDER, STUCK_AFTER, now).await?;
            let noted = close(journal, &lease, Closing::Verified, now).await;
            journal.release(&lease).await?;
            noted?;
        }
        Ok::<_, Failure>(())
    })
}

fn print(receipt: &Receipt) -> Result<(), Failure> {
    let mut out = terminal::out();
    let tally = &receipt.tally;
    let mut rows = table(&["documents", ""]);
    let all = [
        ("as the plan says", tally.same),
        ("changed there since", tally.newer_there),
        ("deleted there since", tally.deleted_there),
        ("of records that were set aside", tally.set_aside),
        ("gone or changed while it was looked at", tally.moved_meanwhile),
        ("not in the sample", tally.not_sampled),
        ("missing", tally.missing),
        ("different", tally.different),
        ("mended, or that could be", tally.mended),
        ("there of other devices or of the app", tally.others),
    ];
    // A row of nothing says nothing; whether something is missing is what this is about.
    for (what, count) in all.into_iter().filter(|(what, count)| *count > 0 || matches!(*what, "missing" | "different"))
    {
        rows.add_row(vec![cell(what), number(count)]);
    }
    writeln!(out, "{}\n", laid_out(rows))?;
    let mut rows = table(&["collection", "expected", "there"]);
    for (name, collection) in &receipt.collections {
        rows.add_row(vec![cell(name), number(collection.expected), number(collection.there)]);
    }
    writeln!(out, "{}", laid_out(rows))?;
    let verdict = if receipt.verified { "Verified" } else { "NOT verified" };
    writeln!(
        out,
        "\n{verdict}: {} read, {} set aside, {} left out",
        counted(tally.read, "record"),
        terminal::grouped(tally.quarantined),
        terminal::grouped(tally.left_out),
    )?;
    Ok(out.flush()?)
}
