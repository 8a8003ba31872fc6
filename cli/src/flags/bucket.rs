//! `rehome flags bucket`: where somebody stands in a rollout.

use std::io::Write;

use clap::Args;
use rehome_core::rollout::Bucket;
use serde::Serialize;

use crate::failure::Failure;
use crate::terminal;

/// Print where somebody stands in a rollout, in millionths of a percent: whoever stands at a percentage or below is in
#[derive(Args)]
pub(crate) struct Arguments {
    /// The seed: a flag's name, or that of a condition in percent. An empty one is none
    #[arg(long)]
    seed: String,
    /// The user, or any key
    #[arg(long)]
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Place<'a> {
    seed: &'a str,
    id: &'a str,
    micro_percent: u32,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { seed, id, json } = arguments;
    let Some(bucket) = Bucket::of(seed, id) else {
        return Err(Failure::Usage("an empty id stands nowhere: name a user with --id".to_owned()));
    };
    let micro_percent = bucket.micro_percent();
    if *json {
        return Ok(terminal::print_json(&Place { seed, id, micro_percent })?);
    }
    let mut out = terminal::out();
    writeln!(out, "{micro_percent}")?;
    Ok(out.flush()?)
}
