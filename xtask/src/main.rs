//! The chores of this repository: `cargo xtask CHORE`.

mod bench;
mod beside;
mod bindings;
mod cached;
mod debian;
mod demo;
mod kotlin;
mod npm;
mod peers;
mod size;
mod steps;
mod swift;
mod system_sqlite;
mod test;
mod world;

use std::process::ExitCode;

const HELP: &str = "\
The chores of this repository.

Usage: cargo xtask <CHORE>

Chores:
  test   Check format, lints and documentation, and run all tests, with the bundled SQLite and the system's
  bench  Measure reading a million records, carrying 200,000 beside other clients, and what a phone would link
  size   Weigh the library that a phone links; --json for scripts, --record for the tests

  demo swift          Run the iOS demo without its screens, against servers of its own, and print what a user would see
  demo kotlin         The same of the Android demo

  bindings generate   Write the Swift and Kotlin sources that call the library; --check only compares
  bindings swift      Check the format of the Swift package, compile it and run its tests
  bindings kotlin     The same of the Kotlin library, on the JVM
  bindings notices    Write what an app has to show of whose code is in the library
  bindings ios        Build an XCFramework (on a Mac, with Xcode)
  bindings android    Build the libraries for Android's processors (with Android's NDK)

What they need they set up outside the checkout in ~/.cache/rehome (or $XDG_CACHE_HOME/rehome).
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chores: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match chores[..] {
        ["test"] => test::run(),
        ["bench"] => bench::run(),
        ["size"] => size::print(),
        ["size", "--json"] => size::print_json(),
        ["size", "--record"] => size::record(),
        ["bindings", "generate"] => bindings::generate(),
        ["bindings", "generate", "--check"] => bindings::check(),
        ["bindings", "notices"] => bindings::notices::write(),
        ["bindings", "swift"] => bindings::test_swift(),
        ["bindings", "kotlin"] => bindings::test_kotlin(),
        ["bindings", "ios"] => bindings::ios(),
        ["bindings", "android"] => bindings::android(),
        ["demo", "swift"] => demo::swift(),
        ["demo", "kotlin"] => demo::kotlin(),
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
