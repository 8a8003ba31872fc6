//! What a run came to, for people and for machines.

use std::io::Write;
use std::time::Duration;

use rehome_core::backfill::{Ended, Report};
use rehome_core::error::ErrorKind;
use rehome_core::journal::{Counters, Run};
use serde::Serialize;

use crate::failure::Failure;
use crate::terminal::{self, bytes, cell, counted, laid_out, number, table};

/// What a run came to, with the numbers in the order in which they are read.
#[derive(Serialize)]
pub(crate) struct Outcome {
    ended: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    status: &'static str,
    generation: u32,
    read: u64,
    written: u64,
    already_there: u64,
    newer_there: u64,
    deleted_there: u64,
    left_out: u64,
    quarantined: u64,
    adds_up: bool,
    documents: Documents,
    billed: Billed,
    retries: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct Documents {
    created: u64,
    replaced: u64,
    deleted: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Billed {
    writes: u64,
    reads: u64,
    deletes: u64,
}

impl Outcome {
    pub(crate) fn new(report: Report, took: Duration, server: &str) -> Self {
        let (ended, why) = ending(&report.ended, server);
        let Counters { created, replaced, deleted, bytes, .. } = report.counters;
        let Counters { billed_writes: writes, billed_reads: reads, billed_deletes: deletes, .. } = report.counters;
        Self {
            ended,
            why,
            status: report.status.word(),
            generation: report.generation,
            read: report.counters.read,
            written: report.counters.carried,
            already_there: report.counters.already_there,
            newer_there: report.counters.newer_there,
            deleted_there: report.counters.deleted_there,
            left_out: report.counters.left_out,
            quarantined: report.counters.quarantined,
            adds_up: report.counters.add_up(),
            documents: Documents { created, replaced, deleted, bytes },
            billed: Billed { writes, reads, deletes },
            retries: report.counters.retries,
            seconds: took.as_secs_f64(),
        }
    }

    /// The same of a run that somebody ended for a reason of their own.
    pub(crate) fn because(self, ended: &'static str, why: String) -> Self {
        Self { ended, why: Some(why), ..self }
    }

    /// Prints it. A run that did not come to its end has failed, and the same command goes on with it.
    pub(crate) fn tell(&self, json: bool) -> Result<(), Failure> {
        if json {
            terminal::print_json(self)?;
        } else {
            self.print()?;
        }
        match &self.why {
            None => Ok(()),
            Some(why) => Err(Failure::Work(why.clone())),
        }
    }

    fn print(&self) -> Result<(), Failure> {
        let mut out = terminal::out();
        let mut rows = table(&["records", ""]);
        let all = [
            ("read", self.read),
            ("written", self.written),
            ("already there", self.already_there),
            ("changed there since, left as they are", self.newer_there),
            ("deleted there since, not brought back", self.deleted_there),
            ("left out by the plan", self.left_out),
            ("set aside with a reason", self.quarantined),
        ];
        for (what, count) in all {
            rows.add_row(vec![cell(what), number(count)]);
        }
        writeln!(out, "{}", laid_out(rows))?;
        let Documents { created, replaced, deleted, bytes: size } = self.documents;
        writeln!(
            out,
            "\n{} created ({}), {} replaced, {} deleted; billed {}, {} and {}; {} tried again; {:.1} s",
            counted(created, "document"),
            bytes(size),
            terminal::grouped(replaced),
            terminal::grouped(deleted),
            counted(self.billed.writes, "write"),
            counted(self.billed.reads, "read"),
            counted(self.billed.deletes, "delete"),
            counted(self.retries, "call"),
            self.seconds,
        )?;
        if self.quarantined > 0 {
            writeln!(out, "What was set aside and why: rehome quarantine list")?;
        }
        Ok(out.flush()?)
    }
}

/// What came of a run that carried nothing, because somebody from afar had it so.
#[derive(Serialize)]
pub(crate) struct NotBegun {
    ended: &'static str,
    why: String,
    /// Whether that is what somebody wanted for good.
    #[serde(skip)]
    is_done: bool,
}

impl NotBegun {
    pub(crate) fn new(ended: &'static str, why: String) -> Self {
        Self { ended, why, is_done: false }
    }

    /// Somebody declared it complete.
    pub(crate) fn forced(run: Option<&Run>) -> Self {
        let why = match run {
            Some(run) => format!("The migration is {}: forceMigrationComplete ends all of them", run.status.word()),
            None => "Nothing was begun: forceMigrationComplete ends all migrations".to_owned(),
        };
        Self { ended: "forced", why, is_done: true }
    }

    /// Prints it. What may still be carried has not come to its end.
    pub(crate) fn tell(&self, json: bool) -> Result<(), Failure> {
        if json {
            terminal::print_json(self)?;
        }
        match (self.is_done, json) {
            (false, _) => Err(Failure::Work(self.why.clone())),
            (true, true) => Ok(()),
            (true, false) => {
                terminal::tell(&self.why);
                Ok(())
            }
        }
    }
}

/// The word for how a run ended, and why it did not come to its end where that is so.
fn ending(ended: &Ended, server: &str) -> (&'static str, Option<String>) {
    match ended {
        Ended::Complete => ("complete", None),
        Ended::Closed => ("closed", None),
        Ended::Paused(why) => {
            ("paused", Some(format!("It stands still: {why}. When you have looked, run it again with --allow")))
        }
        Ended::Cancelled => ("cancelled", Some("It was stopped; the same command goes on where it was".to_owned())),
        Ended::Suspended => {
            ("suspended", Some("It was put to sleep; the same command goes on where it was".to_owned()))
        }
        Ended::Waiting(_) => ("waiting", Some("It waits for a condition of the device; run it again later".to_owned())),
        Ended::NotQuiet => ("not_quiet", Some("The store was changed just now; run it again in a while".to_owned())),
        Ended::Later(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout) => (
            "later",
            Some(format!(
                "Firestore at {server} does not answer now: see whether it is there and this machine is online. The same \
                 command goes on where it was"
            )),
        ),
        Ended::Later(error) => (
            "later",
            Some(format!(
                "It cannot go on now with Firestore at {server}: {error}. The same command goes on where it was"
            )),
        ),
    }
}
