//! The measurements that the README quotes.

use crate::bindings;
use crate::peers;
use crate::size;
use crate::steps::{Done, Steps, cache, cargo};

/// Where the measurement finds Google's clients for Python and Node.
const PYTHON: &str = "REHOME_PYTHON";
const NODE_MODULES: &str = "REHOME_NODE_MODULES";

pub(crate) fn run() -> Done {
    let cache = cache()?;
    let mut steps = Steps::of("bench");
    let whole_way = "bench --quiet --package rehome-tests --bench whole_way";
    steps.run("the whole way", cargo(whole_way).env("REHOME_CACHE", &cache));
    match peers::python().and_then(|python| Ok((python, peers::node_modules()?))) {
        Ok((python, modules)) => {
            let mut carry = cargo("bench --quiet --package rehome-tests --bench carry");
            carry.env("REHOME_CACHE", &cache).env(PYTHON, python).env(NODE_MODULES, modules);
            steps.run("carrying, beside others", &mut carry);
        }
        Err(why) => steps.fail("carrying, beside others", &why),
    }
    steps.run("a row of the ledger", &mut cargo("bench --quiet --package rehome-tests --bench journal"));
    let app = "bench --quiet --package rehome-tests --bench app";
    steps.run("an app with nothing to do", cargo(app).env("REHOME_CACHE", &cache));
    steps.work("1,000 documents in Kotlin", bindings::kotlin::crossing);
    bindings::swift::measure(&mut steps);
    steps.run("a decision", &mut cargo("bench --quiet --package rehome-tests --bench decision"));
    steps.work("what a phone links", size::print);
    steps.finish()
}
