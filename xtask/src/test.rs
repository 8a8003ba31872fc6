//! The whole test command: what has to hold before anything lands.

use std::path::PathBuf;

use crate::beside;
use crate::bindings;
use crate::peers;
use crate::size;
use crate::steps::{Done, Steps, cargo};
use crate::system_sqlite::SystemSqlite;

/// Where the tests find a Python with Google's Firestore client, and Node's modules with Firebase's client for the web.
const PYTHON: &str = "REHOME_PYTHON";
const NODE_MODULES: &str = "REHOME_NODE_MODULES";

pub(crate) fn run() -> Done {
    let mut steps = Steps::of("test");
    // Tests that pass keep what they print to themselves; what they will not read is told here.
    if let Err(why) = beside::tell() {
        steps.fail("what lies beside the checkout", &why);
    }
    steps.run("format", &mut cargo("fmt --all --check"));
    steps.run("lints", &mut cargo("clippy --quiet --workspace --all-targets -- -D warnings"));
    steps.run("documentation", cargo("doc --quiet --workspace --no-deps").env("RUSTDOCFLAGS", "-Dwarnings"));

    // Without them those tests that need them fail, and say so.
    let mut peer = |installed: Result<PathBuf, String>| {
        installed.unwrap_or_else(|why| {
            steps.fail("a client that we did not write", &why);
            PathBuf::new()
        })
    };
    let (python, modules) = (peer(peers::python()), peer(peers::web_modules()));
    // The system's SQLite stands for the copy that an app has. Tests load it beside the bundled one; then core is
    // built and tested with it alone, as on Apple's systems.
    match SystemSqlite::find_or_fetch() {
        Err(why) => {
            steps.run("tests", cargo("test --quiet --workspace").env(PYTHON, python).env(NODE_MODULES, modules));
            steps.fail("the system's SQLite", &why);
        }
        Ok(sqlite) => {
            let mut tests = cargo("test --quiet --workspace");
            steps.run("tests", sqlite.lend_to_load(tests.env(PYTHON, python).env(NODE_MODULES, modules)));
            let core = "test --quiet --package rehome-core --features testkit";
            steps.run("core with the system's SQLite", sqlite.lend_to_link(&mut cargo(core)));
            let live = "test --quiet --package rehome-tests --no-default-features --test live_reading";
            steps.run("live reading with the system's SQLite", sqlite.lend_to_link(&mut cargo(live)));
        }
    }
    bindings::steps(&mut steps);
    steps.work("what a phone links", size::check);
    steps.finish()
}
