//! `rehome run`: carries a store's records to Firestore, and goes on where it was interrupted.

mod outcome;
mod steer;
mod watch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use rehome_core::backfill::{Backfill, Control, Pace, Request, Settings, Start};
use rehome_core::clock::SystemClock;
use rehome_core::steering::Steered;

use crate::failure::Failure;
use crate::migration::{Ends, HOLDER};
use crate::store::wait_or_wind_down;
use outcome::{NotBegun, Outcome};
use steer::{Helm, Steer};

/// Carry a store's records to Firestore; interrupted at any moment, the same command goes on
///
/// Each record is written once. What is in Firestore already is left as it is, unless the plan's revision says that
/// it is older than the record. Records that cannot be moved are set aside: see rehome quarantine.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    ends: Ends,
    #[command(flatten)]
    steer: Steer,
    /// Go on although the run stands still until somebody has looked: after too many errors, many deletes, a cap
    #[arg(long, conflicts_with = "anew")]
    allow: bool,
    /// Read everything again and hold it against what was carried: records that were set aside are tried anew
    #[arg(long, conflicts_with_all = ["anew", "allow"])]
    again: bool,
    /// Begin a new generation: after the plan, the store or the database became another one. What is there already is
    /// found, and not written twice
    #[arg(long)]
    anew: bool,
    /// How many documents a second at most; without it as fast as Firestore takes them
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// How many documents go into one request
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=500))]
    batch: Option<u16>,
    /// How often in a row a request may fail before the run gives up for now
    #[arg(long, value_name = "NUMBER")]
    retries: Option<u32>,
    /// Stop before more than so many reads, writes and deletes are billed; where that is sure from the start, at once
    #[arg(long, value_name = "NUMBER")]
    cost_cap: Option<u64>,
    /// Print the outcome as JSON, and progress as lines of JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    start(arguments, arguments.start())
}

/// Runs again for the records that were set aside.
pub(crate) fn retry(arguments: &Arguments) -> Result<(), Failure> {
    start(arguments, Start::Again)
}

fn start(arguments: &Arguments, start: Start) -> Result<(), Failure> {
    let began = Instant::now();
    let migration = arguments.ends.open()?;
    let journal = &*migration.own.journal;
    let control = Control::new(arguments.settings());
    let clock = Arc::new(SystemClock::default());
    let request = Request { scope: migration.scope.clone(), start, holder: HOLDER.to_owned() };
    let destination = &arguments.ends.destination;
    let running = async {
        let target = migration.database.open().await?;
        let backfill = Backfill {
            source: &*migration.store,
            target: &*target,
            journal,
            plan: &migration.plan,
            clock: &*clock,
            uploads: migration.uploads(),
            state: Some(&migration.state),
        };
        // The user's other devices hear how it stands.
        let voice = migration.voice(&target);
        let helm = Helm {
            backfill,
            journal: migration.own.journal.clone(),
            clock: clock.clone(),
            project: &destination.project,
            user: &destination.user,
        };
        voice.beside(journal, &migration.scope, &*clock, arguments.steer.run(&helm, &request, &control)).await
    };
    let steered = {
        let _watched = watch::watch(&control, arguments.cost_cap, arguments.json);
        let running = async { running.await.map_err(|error| destination.failed(error)) };
        wait_or_wind_down(running, || control.cancel())?
    };
    let outcome = |report| Outcome::new(report, began.elapsed(), destination.server());
    match steered {
        Steered::Ran(report) => outcome(report).tell(arguments.json),
        Steered::Stopped(stop, Some(report)) => {
            outcome(report).because("stopped", steer::told(stop)).tell(arguments.json)
        }
        Steered::Stopped(stop, None) => NotBegun::new("stopped", steer::told(stop)).tell(arguments.json),
        Steered::Outside => NotBegun::new("outside", steer::OUTSIDE.to_owned()).tell(arguments.json),
        Steered::Forced(run) => NotBegun::forced(run.as_ref()).tell(arguments.json),
    }
}

impl Arguments {
    fn start(&self) -> Start {
        match self {
            Self { anew: true, .. } => Start::Anew,
            Self { allow: true, .. } => Start::Allow,
            Self { again: true, .. } => Start::Again,
            _ => Start::Resume,
        }
    }

    fn settings(&self) -> Settings {
        // A store that was taken out of its device gets nothing from CloudKit any more.
        let quiet = Some(Duration::ZERO);
        let mut settings = Settings { cost_cap: self.cost_cap, quiet, ..Settings::unthrottled() };
        if let Some(rate) = self.rate.map(f64::from) {
            settings.pace = Pace { start: Some(rate), ceiling: Some(rate), ..settings.pace };
        }
        if let Some(batch) = self.batch {
            settings.batch_records = batch.into();
        }
        if let Some(retries) = self.retries {
            settings.retries.attempts = retries;
        }
        settings
    }
}
