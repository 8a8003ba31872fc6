//! `rehome flags simulate`: who gets what, among so many users.

mod count;
mod draw;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::evaluation::{Evaluation, text, undecided};
use crate::failure::Failure;
use crate::progress::Reporter;
use crate::terminal;
use count::Simulated;

/// Draw who gets what among so many users, and how many would be in at each percentage
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    evaluation: Evaluation,
    /// How many users: user-1, user-2 and so on, so that everybody gets the same picture
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=MOST))]
    users: u32,
    /// The users themselves instead, an id a line
    #[arg(long, value_name = "FILE", conflicts_with = "users")]
    ids: Option<PathBuf>,
    /// This flag alone; may be given several times
    #[arg(long = "flag", value_name = "NAME")]
    flags: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// More than this takes minutes, and draws the same picture.
const MOST: i64 = 10_000_000;

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let evaluated = arguments.evaluation.read()?;
    for name in &arguments.flags {
        if evaluated.template.parameter(name).is_none() {
            return Err(Failure::Usage(format!("the template has no flag {name}")));
        }
    }
    let mut reporter = Reporter::new(arguments.json);
    let mut tell = |users: u64, expected: Option<u64>| {
        reporter.tell("counting users", users, expected, json!({ "step": "counting users", "counted": users }));
    };
    let simulated = match &arguments.ids {
        Some(path) => {
            let text = text(path)?;
            let ids = text.lines().map(str::trim).filter(|id| !id.is_empty());
            Simulated::of(&evaluated, &arguments.flags, ids.map(str::to_owned), |users| tell(users, None))
        }
        None => {
            let ids = (1..=arguments.users).map(|number| format!("user-{number}"));
            let expected = Some(u64::from(arguments.users));
            Simulated::of(&evaluated, &arguments.flags, ids, |users| tell(users, expected))
        }
    };
    drop(reporter);
    let simulated = simulated.map_err(undecided)?;
    if simulated.users == 0 {
        return Err(Failure::Usage("there is no id to simulate with: an id a line is expected".to_owned()));
    }
    match arguments.json {
        true => terminal::print_json(&simulated)?,
        false => draw::print(&simulated)?,
    }
    Ok(())
}
