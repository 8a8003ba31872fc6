//! A process that is killed at any moment leaves nothing that the next one does not mend.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value as Json;

use super::rig::Rig;

const KILLS: u64 = 50;
const COMPLETIONS: u64 = 20_000;

/// Numbers that look random, and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        // Knuth's multiplier; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[test]
fn a_migration_killed_at_fifty_moments_finishes_as_if_it_had_not_been() {
    let seed = std::env::var("REHOME_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        now.as_secs()
    });
    println!("seed {seed}; to have the same moments again: REHOME_SEED={seed}");
    let rig = Rig::damaged(COMPLETIONS, 3);
    let mut dice = Dice(seed);
    let mut reached = 0;
    for kill in 0..KILLS {
        // All over the way: each life is to come a little further than the one before it.
        let until = COMPLETIONS * (kill + 1) / KILLS;
        let (moment, wait) = (dice.below(until.max(1)), Duration::from_micros(dice.below(30_000)));
        reached = reached.max(life_until(&rig, moment, wait));
    }
    assert!(reached > COMPLETIONS / 4, "no life came far: {reached}");

    let outcome = rig.run("phone.journal");
    let rehearsed = rig.rehearse(&rig.path("documents.ndjson"));
    assert_eq!(outcome["adds_up"], true, "{outcome}");
    assert_eq!(outcome["read"], rehearsed["read"]);
    assert_eq!(outcome["quarantined"], rehearsed["quarantined"]["total"]);
    assert_eq!(outcome["documents"]["created"], rehearsed["documents"], "each document is created once: {outcome}");
    assert_eq!(outcome["documents"]["replaced"], 0);
    let receipt = rig.verify("phone.journal");
    assert_eq!(receipt["verified"], true, "{receipt}");
    assert_eq!((&receipt["same"], &receipt["others"]), (&rehearsed["documents"], &Json::from(0)));
}

/// Begins a run, kills it some time after so many records were read, and answers how many it had read.
fn life_until(rig: &Rig, moment: u64, wait: Duration) -> u64 {
    let mut command = rig.command("run", "ann", "phone.journal");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let read = read_until(&mut child, moment);
    // No synchronisation: any moment will do, and this is how it is drawn.
    thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    read
}

/// Waits until a run has read so many records, as it says itself.
pub(crate) fn read_until(child: &mut Child, moment: u64) -> u64 {
    let mut read = 0;
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        let Ok(told) = serde_json::from_str::<Json>(&line) else { continue };
        read = told["progress"]["read"].as_u64().unwrap_or(read);
        if read >= moment {
            break;
        }
    }
    read
}
