//! What a decision costs once the flags are parsed, and what parsing them costs:
//! `cargo bench -p rehome-tests --bench decision`. The best of several rounds: whatever else a machine does only makes
//! it slower.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rehome_core::record::Timestamp;
use rehome_core::rollout::{Flags, Overrides, Rollout, Said, Side, Standing, User, Values};

const ROUNDS: u32 = 20;
const TIMES: u32 = 20_000;

fn main() {
    // Neither nobody nor everybody, so that both buckets are reckoned.
    let remote = Values::of([
        ("dualWriteEnabled", "true"),
        ("backfillEnabled", "true"),
        ("backfillRolloutPercentage", "50"),
        ("readRolloutPercentage", "50"),
        ("backfillBatchSize", "100"),
    ]);
    let said = Said { remote: Some(&remote), ..Said::default() };
    let rollout = Rollout { flags: Flags::of(said), overrides: Overrides::default() };
    let user = User { device: "c1a2b3c4d5e6f7g8h9i0jk", ..User::of("3gZ0fUu7b5VQe1tYyqfYb0dKX2J2") };
    let standing = Standing { side: Side::New, is_finished: false };
    let now = Timestamp::from_millis(1_700_000_000_000);
    let decision = best(|| black_box(&rollout).decide(black_box(&user), standing, now));
    println!("a decision, two buckets among it: {:.2} µs", micros(decision));
    println!("reading every flag of a template: {:.2} µs", micros(best(|| Flags::of(black_box(said)))));
    let limit = Duration::from_micros(1);
    println!("a decision is to cost less than {limit:?}: {}", if decision < limit { "it does" } else { "IT DOES NOT" });
}

/// How long one of many takes, in the best round.
fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let round = |_| {
        let began = Instant::now();
        for _ in 0..TIMES {
            black_box(work());
        }
        began.elapsed() / TIMES
    };
    (0..ROUNDS).map(round).min().unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}
