//! `rehome verify`: holds every record against what is in Firestore, and writes a receipt.

mod findings;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use rehome_core::backfill::{Closing, close};
use rehome_core::clock::{Clock, SystemClock};
use rehome_core::error::Result as Answer;
use rehome_core::journal::{Journal, Lease, Status};
use rehome_core::plan::Context;
use rehome_core::remote_state::Tombstones;
use rehome_core::verify::{Options, Receipt, Repair, Tally, Verification, verify};

use crate::failure::Failure;
use crate::migration::{Ends, Migration};
use crate::output::Output;
use crate::progress::Reporter;
use crate::store::{temporary_folder, wait_for};
use crate::terminal::{self, cell, counted, laid_out, number, table};
use findings::Findings;

/// Hold every record of a store against its document in Firestore
///
/// A difference counts if it is still there at a second look, so that an app may write meanwhile. Exits with 1 where
/// something is missing or different.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    ends: Ends,
    /// Compare so many documents of a hundred, instead of all
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    sample: Option<u8>,
    /// Create what is missing and replace what is older than its record. Nothing newer is written over
    #[arg(long)]
    repair: bool,
    /// With --repair: say what would be done, and do nothing
    #[arg(long, requires = "repair")]
    dry_run: bool,
    /// Begin anew where a verification was interrupted less than a day ago, instead of going on with it
    #[arg(long)]
    anew: bool,
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
    let migration = arguments.ends.open()?;
    let inputs = arguments.ends.inputs();
    let differences = arguments.differences.as_deref().map(|path| Output::begin(path, &inputs)).transpose()?;
    let folder = temporary_folder()?;
    let mut findings = Findings::new(differences, Reporter::new(arguments.json), arguments.settle);
    let verifying = async {
        let mut verifying = async |repair: Repair<'_>| {
            // A list of all differences begins with the first record.
            let anew = arguments.anew || arguments.differences.is_some();
            let options = Options { sample_percent: arguments.sample, repair, anew };
            verified(arguments, &migration, options, folder.path(), &mut findings).await
        };
        let verified = match (arguments.repair, arguments.dry_run) {
            (false, _) => verifying(Repair::No).await,
            (true, true) => verifying(Repair::Rehearse).await,
            (true, false) => {
                let work = async |lease: &Lease| verifying(Repair::Mend(lease)).await;
                migration.own.leased(&migration.scope, work).await
            }
        };
        verified.map_err(|error| arguments.ends.destination.failed(error))
    };
    let receipt = wait_for(verifying)?;
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
        return if arguments.sample.is_none() { note(&migration) } else { Ok(()) };
    }
    let tally = &receipt.tally;
    if tally.is_whole() {
        return Err(Failure::Work(not_complete(receipt.status)));
    }
    Err(Failure::Work(findings_of(tally)))
}

/// What is not as it should be, and what to do about each.
fn findings_of(tally: &Tally) -> String {
    let mut all = Vec::new();
    if tally.missing > 0 || tally.different > 0 {
        all.push(format!(
            "{} missing and {} different. rehome verify --repair --dry-run says what can be mended",
            counted(tally.missing, "document"),
            terminal::grouped(tally.different),
        ));
    }
    if tally.orphaned > 0 {
        all.push(format!(
            "{} carried for records that the store no longer has: see whether it is the right one and whole; if so, \
             rehome run deletes them",
            counted(tally.orphaned, "document"),
        ));
    }
    all.join("\n")
}

async fn verified(
    arguments: &Arguments,
    migration: &Migration,
    options: Options<'_>,
    folder: &Path,
    findings: &mut Findings,
) -> Answer<Receipt> {
    let (journal, clock) = (&*migration.own.journal, SystemClock::default());
    let target = migration.database.open().await?;
    let deleted = Tombstones::read(&*target, &migration.state, &journal.installation().id).await?;
    let verification = Verification {
        source: &*migration.store,
        target: &*target,
        plan: &migration.plan,
        context: Context { owner: &arguments.ends.destination.user, now: clock.now() },
        deleted: &deleted,
        journal,
        scope: &migration.scope,
        clock: &clock,
        uploads: migration.uploads(),
        folder,
        options,
    };
    verify(&verification, findings).await
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
fn note(migration: &Migration) -> Result<(), Failure> {
    let (own, scope, now) = (&migration.own, &migration.scope, SystemClock::default().now());
    wait_for(async {
        let run = own.journal.run(scope).await?;
        if run.is_some_and(|run| run.status == Status::Complete) {
            own.leased(scope, async |lease| close(&*own.journal, lease, Closing::Verified, now).await).await?;
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
        ("carried for records that the store no longer has", tally.orphaned),
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
