//! `rehome flags`: what steers a migration from afar, seen and set by those who answer for it.

mod bucket;
mod difference;
mod evaluation;
mod explain;
mod get;
mod offer;
mod publish;
mod remote_template;
mod rollback;
mod service;
mod set;
mod show;
mod simulate;
mod template;
mod versions;

use clap::Subcommand;

use crate::failure::Failure;

/// See and set what steers a migration from afar: Remote Config's flags
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Show(show::Arguments),
    Explain(explain::Arguments),
    Bucket(bucket::Arguments),
    Simulate(simulate::Arguments),
    Get(get::Arguments),
    Set(set::Arguments),
    Publish(publish::Arguments),
    Rollback(rollback::Arguments),
    Versions(versions::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Show(arguments) => show::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Bucket(arguments) => bucket::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Get(arguments) => get::run(arguments),
        Command::Set(arguments) => set::run(arguments),
        Command::Publish(arguments) => publish::run(arguments),
        Command::Rollback(arguments) => rollback::run(arguments),
        Command::Versions(arguments) => versions::run(arguments),
    }
}
