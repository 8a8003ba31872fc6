//! The chores of this repository: `cargo xtask CHORE`.

mod bench;
mod beside;
mod peers;
mod steps;
mod system_sqlite;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
The chores of this repository.

Usage: cargo xtask <CHORE>

Chores:
  test   Check format, lints and documentation, and run all tests, with the bundled SQLite and the system's
  bench  Measure reading a million records, carrying 200,000 beside other clients, and what a phone would link

What they need they set up outside the checkout in ~/.cache/rehome (or $XDG_CACHE_HOME/rehome).
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chores: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match chores[..] {
        ["test"] => test::run(),
        ["bench"] => bench::run(),
        [] | ["help" | "-h" | "--help"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("There is no chore `{}`.\n\n{HELP}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
