//! Several devices of one user, and an app that is in use meanwhile.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::error::{Error, ErrorKind};
use crate::record::Name;
use crate::remote_state::Tombstones;
use crate::rules::Rules;
use crate::store::{Answer, Cursor, Found, Listing};
use crate::testkit::mortal::{Life, Mortal};

/// A world on another device.
fn device(name: &str, keys: std::ops::RangeInclusive<i64>, edited: i64) -> World {
    let world = World { journal: MemoryJournal::of(name), ..World::of(0) };
    keys.for_each(|key| world.put(key, edited));
    world
}

#[tokio::test]
async fn two_devices_with_overlapping_records_carry_all_of_them_at_once() {
    for capabilities in ALL {
        for seed in 0..4 {
            let target = target(capabilities);
            let (phone, tablet) = (device("phone", 1..=20, 2), device("tablet", 11..=30, 3));
            let (life, happened) = (Life::of(usize::MAX), std::sync::Mutex::default());
            let slow = Mortal::new(&target, &life, seed, &happened);
            let quick = Mortal::new(&target, &life, seed + 3, &happened);
            let (one, other) = tokio::join!(phone.run(&slow), tablet.run(&quick));
            for report in [one.unwrap(), other.unwrap()] {
                assert!(matches!(report.ended, Ended::Complete));
                adds_up(&report.counters);
            }
            let there = texts(&target);
            if capabilities.conditional {
                // Who keeps no conditions may be overtaken between a look and a write.
                assert_eq!(there, expected((1..=10).map(|key| (key, 2)).chain((11..=30).map(|key| (key, 3)))));
            }
            assert_eq!(there.len(), 30);
        }
    }
}

#[tokio::test]
async fn what_the_app_writes_and_deletes_during_the_backfill_stays_as_it_is() {
    for capabilities in [ATOMIC, PARTIAL] {
        for when in 0..12 {
            let (world, target) = (World::of(20), target(capabilities));
            let live = async {
                for _ in 0..when * 5 {
                    tokio::task::yield_now().await;
                }
                for key in [2, 9, 18] {
                    others(&target, &address(key), Some(theirs(&format!("n{key}"), 50))).await;
                }
            };
            let (life, happened) = (Life::of(usize::MAX), std::sync::Mutex::default());
            let slow = Mortal::new(&target, &life, when, &happened);
            let (report, ()) = tokio::join!(world.run(&slow), live);
            adds_up(&report.unwrap().counters);
            let newer = |key: i64| if [2, 9, 18].contains(&key) { 50 } else { 1 };
            assert_eq!(texts(&target), expected((1..=20).map(|key| (key, newer(key)))), "{capabilities:?} {when}");
        }
    }
}

#[tokio::test]
async fn a_delete_that_one_device_carried_is_not_undone_by_another_ones_old_copy() {
    for capabilities in ALL {
        let target = target(capabilities);
        let (phone, tablet) = (device("phone", 1..=9, 1), device("tablet", 1..=9, 1));
        phone.run(&target).await.unwrap();
        phone.delete(4);
        phone.run(&target).await.unwrap();
        let report = tablet.run(&target).await.unwrap();
        assert_eq!((report.counters.already_there, report.counters.deleted_there), (8, 1));
        assert_eq!(texts(&target).len(), 8);
        assert_eq!(Tombstones::read(&target, &tablet.state, "tablet").await.unwrap().len(), 1);
    }
}

/// A target of which lists cannot be had so many times.
struct Unlisted<'a> {
    target: &'a MemoryTarget,
    fails: AtomicU32,
    kind: ErrorKind,
}

impl Target for Unlisted<'_> {
    fn rules(&self) -> &Rules {
        self.target.rules()
    }

    fn capabilities(&self) -> Capabilities {
        self.target.capabilities()
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        self.target.write(writes)
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        self.target.look(addresses, fields)
    }

    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64> {
        self.target.count(collection)
    }

    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing> {
        let fewer = |left: u32| left.checked_sub(1);
        if self.fails.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok() {
            return Box::pin(async { Err(Error::new(self.kind, "no list can be had")) });
        }
        self.target.list(collection, after, limit, fields)
    }
}

#[tokio::test]
async fn what_was_deleted_is_asked_for_again_where_the_network_fails_and_before_anything_is_sent() {
    for capabilities in ALL {
        let target = target(capabilities);
        let phone = device("phone", 1..=9, 1);
        phone.run(&target).await.unwrap();
        phone.delete(4);
        phone.run(&target).await.unwrap();
        let tablet = device("tablet", 1..=9, 1);
        let away = Unlisted { target: &target, fails: AtomicU32::new(3), kind: ErrorKind::Unavailable };
        let report = tablet.run(&away).await.unwrap();
        assert_eq!((report.counters.already_there, report.counters.deleted_there), (8, 1));
        assert_eq!((report.counters.retries, texts(&target).len()), (3, 8));
        // One tombstone, and a look at each document that was there.
        assert_eq!(report.counters.billed_reads, 1 + looks(&report.counters));
    }
}

/// How many documents a run looked at that found all of its own there.
fn looks(counters: &Counters) -> u64 {
    counters.already_there + counters.deleted_there
}

#[tokio::test]
async fn a_run_with_nothing_to_send_does_not_ask_what_was_deleted() {
    let (world, target) = (World::of(9), target(ATOMIC));
    world.run(&target).await.unwrap();
    let offline = Unlisted { target: &target, fails: AtomicU32::new(u32::MAX), kind: ErrorKind::Unavailable };
    assert!(matches!(world.run(&offline).await.unwrap().ended, Ended::Complete));
    world.put(3, 2);
    assert!(matches!(world.run(&offline).await.unwrap().ended, Ended::Later(_)));
    assert_eq!(texts(&target), expected((1..=9).map(|key| (key, 1))));
}

#[tokio::test]
async fn where_it_may_not_be_read_what_was_deleted_nothing_is_carried() {
    let (world, target) = (World::of(9), target(ATOMIC));
    let denied = Unlisted { target: &target, fails: AtomicU32::new(u32::MAX), kind: ErrorKind::Denied };
    assert_eq!(world.run(&denied).await.unwrap_err().kind(), ErrorKind::Denied);
    assert!(texts(&target).is_empty());
}
