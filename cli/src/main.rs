//! `rehome` explains an app's store, plans its move to a new home, and rehearses that move without sending anything.

mod check;
mod close;
mod demo;
mod destination;
mod draft;
mod failure;
mod flags;
mod inspect;
mod migration;
mod output;
mod plan;
mod price;
mod progress;
mod quarantine;
mod rehearse;
mod rollback;
mod run;
mod sample;
mod status;
mod store;
mod terminal;
mod uploads;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// Records are made on the thread that reads the store and freed on the one that maps them: this allocator is made for
/// that, and saves a tenth of the time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; quarantined records are a result, unless --strict is given
  1  the work failed: a file that cannot be read or written, a plan with mistakes, quarantine with --strict
  2  used wrongly: the command cannot be carried out as it was typed
Ctrl-C clears away what was begun and ends with 130, as a request to end does with 143.

Results go to standard output, progress and messages to standard error. Nothing is ever written to an app's store.
NO_COLOR turns colours off.";

#[derive(Parser)]
#[command(name = "rehome", version, about, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Inspect(inspect::Arguments),
    Draft(draft::Arguments),
    Check(check::Arguments),
    Rehearse(rehearse::Arguments),
    Run(run::Arguments),
    Status(status::Arguments),
    Verify(verify::Arguments),
    Quarantine(quarantine::Arguments),
    Seal(close::Seal),
    Force(close::Force),
    Flags(flags::Arguments),
    Rollback(rollback::Arguments),
    Sample(sample::Arguments),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Draft(arguments) => draft::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Rehearse(arguments) => rehearse::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Rollback(arguments) => rollback::run(&arguments),
        Command::Seal(arguments) => close::seal(&arguments),
        Command::Force(arguments) => close::force(&arguments),
        Command::Flags(arguments) => flags::run(&arguments),
        Command::Quarantine(arguments) => quarantine::run(&arguments),
        Command::Sample(arguments) => sample::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(),
    }
}
