//! Buckets are Firebase's, bit for bit, spread evenly, and never lose anybody.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rehome_core::rollout::{Bucket, Flag, Percentage};

/// The vectors that every platform's tests read.
const VECTORS: &str = include_str!("../golden/rollout/buckets.json");

#[test]
fn every_vector_has_its_bucket_and_is_in_where_it_says() {
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = vectors["buckets"].as_array().unwrap();
    for vector in vectors {
        let (seed, id) = (vector["seed"].as_str().unwrap(), vector["id"].as_str().unwrap());
        let bucket = Bucket::of(seed, id).unwrap();
        assert_eq!(u64::from(bucket.micro_percent()), vector["micro_percent"].as_u64().unwrap(), "{seed:?} {id:?}");
        let is_in: BTreeMap<String, bool> = serde_json::from_value(vector["in"].clone()).unwrap();
        for (percent, is_in) in is_in {
            let percentage: Percentage = percent.parse().unwrap();
            assert_eq!(percentage.admits(bucket), is_in, "{seed:?} {id:?} at {percent} %");
        }
    }
    let published = vectors.iter().filter(|vector| vector["origin"] == "published").count();
    assert_eq!((published, vectors.len()), (12, 54));
}

/// Node's tests of `firebase-admin` say who is between 0 and 50 percent.
#[test]
fn the_published_vectors_are_in_half_of_all_or_not_as_published() {
    let half = |seed: &str, id: &str| Percentage::of(50).admits(Bucket::of(seed, id).unwrap());
    let dots = |count: usize| ".".repeat(count);
    for (seed, id, is_in) in [
        ("1", "one", false),
        ("2", "two", false),
        ("3", "three", true),
        ("4", "four", false),
        ("5", "five", true),
        ("", "😊", true),
        ("", "😀", false),
        ("hêl£o", "wørlÐ", false),
        ("řemøťe", "çōnfįġ", true),
        ("long", &dots(100), true),
        ("very-long", &dots(1000), false),
    ] {
        assert_eq!(half(seed, id), is_in, "{seed} {id}");
    }
}

#[test]
fn nobody_is_in_without_an_id() {
    assert_eq!(Bucket::of("seed", ""), None);
}

/// Chance that repeats itself (splitmix64).
fn chance(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[test]
fn of_a_hundred_thousand_ids_as_many_are_in_as_the_percentage_says_within_three_standard_deviations() {
    let mut state = 1;
    let mut id = || format!("{:016x}-{:016x}", chance(&mut state), chance(&mut state));
    let buckets: Vec<Bucket> =
        (0..100_000).map(|_| Bucket::of(Flag::BackfillPercentage.name(), &id()).unwrap()).collect();
    for (percent, tolerance) in [(10, 284), (20, 379), (50, 474)] {
        let count = buckets.iter().filter(|bucket| Percentage::of(percent).admits(**bucket)).count();
        assert!(count.abs_diff(percent as usize * 1000) <= tolerance, "{percent} %: {count}");
    }
}

#[test]
fn who_is_first_in_one_flag_is_not_first_in_another() {
    let half = Percentage::of(50);
    let is_in = |flag: Flag, id: &str| half.admits(Bucket::of(flag.name(), id).unwrap());
    let both = (0..1000).map(|number| format!("user-{number}"));
    let both = both.filter(|id| is_in(Flag::BackfillPercentage, id) && is_in(Flag::ReadPercentage, id)).count();
    assert!((200..300).contains(&both), "{both} of 1000 are in both halves; a quarter is expected");
}

proptest! {
    #[test]
    fn raising_a_percentage_drops_nobody(seed in ".{0,32}", id in ".{1,40}", a in 0_u32..=100_000_000, b in 0_u32..=100_000_000) {
        let percentage = |micro: u32| -> Percentage {
            format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000).parse().unwrap()
        };
        let bucket = Bucket::of(&seed, &id).unwrap();
        let (low, high) = (percentage(a.min(b)), percentage(a.max(b)));
        prop_assert!(!low.admits(bucket) || high.admits(bucket));
        prop_assert!(!Percentage::NONE.admits(bucket) && Percentage::ALL.admits(bucket));
    }

    #[test]
    fn a_percentage_is_what_it_is_written_as(micro in 0_u32..=100_000_000) {
        let percentage: Percentage = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000).parse().unwrap();
        prop_assert_eq!(percentage.micro_percent(), micro);
        prop_assert_eq!(percentage.to_string().parse::<Percentage>(), Ok(percentage));
    }
}
