//! `rehome status`: how the migrations stand that a journal knows.

use std::io::Write;

use clap::Args;
use rehome_core::journal::{Journal, Run, Scope};
use serde::Serialize;

use crate::failure::Failure;
use crate::migration::JournalFile;
use crate::store::wait_for;
use crate::terminal::{self, cell, laid_out, number, table};

/// Say how the migrations stand that were begun with this journal
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    journal: JournalFile,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Standing {
    plan: String,
    user: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<String>,
    generation: u32,
    started: String,
    heartbeat: String,
    finished: Option<String>,
    read: u64,
    written: u64,
    already_there: u64,
    quarantined: u64,
    fingerprint: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let journal = arguments.journal.look()?;
    let all = wait_for(async {
        let mut all = Vec::new();
        for scope in journal.scopes().await? {
            if let Some(run) = journal.run(&scope).await? {
                all.push(Standing::new(scope, &run));
            }
        }
        Ok::<_, Failure>(all)
    })?;
    if arguments.json {
        return Ok(terminal::print_json(&all)?);
    }
    print(&all)
}

impl Standing {
    fn new(scope: Scope, run: &Run) -> Self {
        Self {
            plan: scope.plan,
            user: scope.owner,
            status: run.status.word(),
            paused: run.paused.clone(),
            generation: run.generation,
            started: run.started.to_string(),
            heartbeat: run.heartbeat.to_string(),
            finished: run.finished.map(|finished| finished.to_string()),
            read: run.counters.read,
            written: run.counters.carried,
            already_there: run.counters.already_there,
            quarantined: run.counters.quarantined,
            fingerprint: run.fingerprint.to_string(),
        }
    }
}

fn print(all: &[Standing]) -> Result<(), Failure> {
    let mut out = terminal::out();
    if all.is_empty() {
        writeln!(out, "No migration was begun with this journal. To begin one: rehome run")?;
        return Ok(out.flush()?);
    }
    let mut rows = table(&["plan", "user", "status", "read", "written", "already there", "set aside", "last heard of"]);
    for one in all {
        rows.add_row(vec![
            cell(&one.plan),
            cell(one.user.as_deref().unwrap_or("everybody")),
            cell(one.status),
            number(one.read),
            number(one.written),
            number(one.already_there),
            number(one.quarantined),
            cell(&one.heartbeat),
        ]);
    }
    writeln!(out, "{}", laid_out(rows))?;
    for one in all {
        if let Some(why) = &one.paused {
            writeln!(out, "{} stands still: {why}", one.plan)?;
        }
    }
    Ok(out.flush()?)
}
