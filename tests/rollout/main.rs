//! Who is in, what is read and written, and why: the promises of a rollout, by the numbers of the checklist where it
//! has one.

mod buckets;
mod flags;
mod routes;
mod stages;
mod users;

use rehome_core::record::Timestamp;
use rehome_core::rollout::{Flags, Overrides, Rollout, Said, Values};

/// A rollout that Remote Config has these values for.
fn remote<const N: usize>(entries: [(&str, &str); N]) -> Rollout {
    let values = Values::of(entries);
    Rollout { flags: Flags::of(Said { remote: Some(&values), ..Said::default() }), overrides: Overrides::default() }
}

fn noon() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
}
