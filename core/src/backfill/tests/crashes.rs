//! The process ends at any moment: what follows is the same as if it had not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::sources::Odd;
use super::*;
use crate::journal::{Ask, Carried, Leased, Position, Saved, Sent};
use crate::plan::ContentHash;
use crate::record::Timestamp;
use crate::remote_state::{Tombstone, Tombstones};
use crate::store::Refusal;
use crate::testkit::faults::Faulty;
use crate::testkit::mortal::{Life, Mortal};

/// A world in which everything that can become of a record does.
async fn every_outcome(capabilities: Capabilities) -> (World, Faulty<MemoryTarget>) {
    let world = World::of(0);
    (1..=14).for_each(|key| world.put(key, 5));
    let mut draft = note("n2", 5);
    draft.insert("draft".to_owned(), Value::Bool(true));
    world.source.put("Note", Key::Int(2), draft);
    let mut without_id = note("n3", 5);
    without_id.insert("id".to_owned(), Value::Null);
    world.source.put("Note", Key::Int(3), without_id);
    world.source.put("Note", Key::Int(11), note("n1", 6));

    let target = Faulty::new(target(capabilities), []).refusing(&address(10), Refusal::invalid("odd"));
    others(&target, &address(4), Some(theirs("n4", 5))).await;
    others(&target, &address(5), Some(theirs("n5", 1))).await;
    others(&target, &address(6), Some(theirs("n6", 9))).await;
    let deleted_at = Timestamp::from_millis(0);
    let tombstone = Tombstone { address: &address(7), deleted_at, installation: "another", generation: 1 };
    target.write(&[tombstone.write(&world.state)]).await.unwrap();
    (world, target)
}

/// What the second run finds changed.
fn change(world: &World) {
    world.put(1, 8);
    world.delete(4);
    world.delete(8);
    world.source.put("Note", Key::Int(30), note("n8", 8));
    world.source.put("Note", Key::Int(9), note("n99", 5));
    world.put(31, 1);
    world.put(3, 5);
    world.delete(12);
}

/// What a new generation finds changed.
async fn change_again(world: &World, target: &dyn Target) {
    others(target, &address(13), None).await;
    world.source.put("Note", Key::Int(14), note("n98", 5));
    let mut draft = note("n9", 5);
    draft.insert("draft".to_owned(), Value::Bool(true));
    world.source.put("Note", Key::Int(31), draft);
    world.put(32, 1);
    // What is refused again counts whenever it is tried, and a process more may try it once more.
    world.delete(10);
    world.delete(11);
}

type Happened = Mutex<Vec<String>>;

/// All that is left behind once a run is complete, as far as a crash may not change it.
#[derive(Debug, PartialEq)]
struct Left {
    texts: Vec<(String, String)>,
    deleted: Vec<bool>,
    counters: Counters,
    ledger: BTreeMap<String, (i64, ContentHash, bool)>,
    quarantine: BTreeMap<String, String>,
    /// The addresses of all notes that were written, one that was written twice twice.
    happened: Vec<String>,
}

async fn left(world: &World, target: &MemoryTarget, counters: Counters, happened: &Happened) -> Left {
    let mut happened = happened.lock().unwrap().clone();
    // To say twice that something was deleted does no harm.
    happened.retain(|address| address.contains("/notes/"));
    happened.sort();
    adds_up(&counters);
    let tombstones = Tombstones::read(target, &world.state, "test").await.unwrap();
    let rows = world.journal.ledger(&scope(), 0, 100).await.unwrap();
    let row = |(_, row): (u64, Carried)| {
        let Key::Int(key) = row.source.key else { panic!("a key of another kind") };
        (row.address, (key, row.hash, row.ours))
    };
    let set_aside = world.quarantine().await.into_iter();
    Left {
        texts: texts(target),
        deleted: (1..=31).map(|key| tombstones.is_deleted(&address(key))).collect(),
        counters: Counters {
            // What it cost may differ: what may have happened is looked for.
            billed_writes: 0,
            billed_reads: 0,
            billed_deletes: 0,
            retries: 0,
            ..counters
        },
        ledger: rows.into_iter().map(row).collect(),
        quarantine: set_aside.map(|one| (one.record.key.to_string(), one.reason)).collect(),
        happened,
    }
}

/// Runs with lives of so many moments, until a run comes to its end; how many ended before.
async fn run_through(
    world: &World,
    target: &Faulty<MemoryTarget>,
    generation: u32,
    lives: &mut dyn Iterator<Item = usize>,
    seed: usize,
    happened: &Happened,
) -> (Report, usize) {
    for ended in 0.. {
        let life = Arc::new(Life::of(lives.next().unwrap_or(usize::MAX)));
        world.journal.written_by(life.clone());
        let mortal = Mortal::new(target, &life, seed, happened);
        let run = world.journal.run(&scope()).await.unwrap();
        let is_old = run.is_some_and(|run| run.generation < generation);
        let start = if is_old { Start::Anew } else { Start::Resume };
        if let Some(report) = life.run(world.start(&mortal, start)).await {
            return (report.unwrap(), ended);
        }
    }
    unreachable!("some life is long enough")
}

async fn all_runs(
    capabilities: Capabilities,
    mut lives: impl Iterator<Item = usize>,
    seed: usize,
) -> ([Left; 3], usize) {
    let (world, target) = every_outcome(capabilities).await;
    let happened = Happened::default();
    let (first, ended) = run_through(&world, &target, 1, &mut lives, seed, &happened).await;
    assert!(matches!(first.ended, Ended::Complete));
    let after_first = left(&world, target.inner(), first.counters, &happened).await;
    change(&world);
    let (second, ended_then) = run_through(&world, &target, 1, &mut lives, seed, &happened).await;
    assert!(matches!(second.ended, Ended::Complete));
    let after_second = left(&world, target.inner(), second.counters, &happened).await;
    change_again(&world, &target).await;
    let (third, ended_last) = run_through(&world, &target, 2, &mut lives, seed, &happened).await;
    assert!(matches!(third.ended, Ended::Complete));
    let after_third = left(&world, target.inner(), third.counters, &happened).await;
    ([after_first, after_second, after_third], ended + ended_then + ended_last)
}

/// One crash after each number of moments, until the whole is over before.
#[tokio::test]
async fn a_crash_between_any_two_effects_changes_nothing_of_what_is_left_behind() {
    for capabilities in ALL {
        let (expected, _) = all_runs(capabilities, std::iter::empty(), 0).await;
        let mut crashes = 0;
        for moments in 0.. {
            let (left, ended) = all_runs(capabilities, std::iter::once(moments), 0).await;
            assert_eq!(left, expected, "{capabilities:?}, after {moments} moments");
            crashes += ended;
            if ended == 0 {
                break;
            }
        }
        assert!(crashes > 30, "{crashes}");
        // The same of each later run alone.
        for before in [1, 2] {
            for moments in 0.. {
                let lives = std::iter::repeat_n(usize::MAX, before).chain([moments]);
                let (left, ended) = all_runs(capabilities, lives, 0).await;
                assert_eq!(left, expected, "{capabilities:?}, after {moments} moments of run {before}");
                if ended == 0 {
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn one_crash_after_the_other_comes_to_the_same_end() {
    for capabilities in ALL {
        for seed in 0..2 {
            let (expected, _) = all_runs(capabilities, std::iter::empty(), seed).await;
            for moments in [7, 10, 13] {
                let lives = std::iter::repeat_n(moments, 40);
                let (left, ended) = all_runs(capabilities, lives, seed).await;
                assert_eq!(left, expected, "{capabilities:?}, every {moments} moments, {seed}");
                assert!(ended > 0);
            }
        }
    }
}

#[tokio::test]
async fn what_a_process_may_have_sent_stays_known_however_many_end_before_it_is_met() {
    let (world, target) = (World::of(20), target(ATOMIC));
    let quiet = Odd::without_history(&world.source);
    world.run_from(&quiet, &target).await.unwrap();
    let run = world.journal.run(&scope()).await.unwrap().unwrap();
    let sent = Some(Sent { pass: 1, cursor: None });
    let position = Position { sent: sent.clone(), ..run.position };
    let saved = Saved { position, counters: run.counters, ..Saved::default() };
    let lease = async || match world.journal.lease(&scope(), "test", Ask::Force, Timestamp::from_millis(0)).await {
        Ok(Leased::Yours(lease)) => lease,
        other => panic!("no lease but {other:?}"),
    };
    world.journal.save(&lease().await, &saved, Timestamp::from_millis(0)).await.unwrap();
    // Of its seven pages, read first for their keys alone, some are accounted for when somebody else takes over.
    let meddling = |page| {
        if page == 12 {
            drop(futures_util::FutureExt::now_or_never(lease()));
        }
    };
    let store = Odd { meddling: Box::new(meddling), ..Odd::without_history(&world.source) };
    world.run_from(&store, &target).await.unwrap_err();
    assert_eq!(world.journal.run(&scope()).await.unwrap().unwrap().position.sent, sent);
}
