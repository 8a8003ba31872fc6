//! The six stages do what LaunchDarkly's test harness asks of them, and the three policies what the seeds ask.

use rehome_core::rollout::Side::{self, New, Old};
use rehome_core::rollout::Tried::{Failed, Took};
use rehome_core::rollout::{Next, Policy, Second, Stage, Tried, Verdict, Writes};

/// Who is read, whose answer counts, who is written in which order: rows of `server_side_migrations.go`.
#[test]
fn each_stage_reads_and_writes_as_launchdarkly_has_it() {
    let matrix: [(Stage, &[Side], Side, &[Side]); 6] = [
        (Stage::Off, &[Old], Old, &[Old]),
        (Stage::DualWrite, &[Old], Old, &[Old, New]),
        (Stage::Shadow, &[Old, New], Old, &[Old, New]),
        (Stage::Live, &[New, Old], New, &[New, Old]),
        (Stage::RampDown, &[New], New, &[New, Old]),
        (Stage::Complete, &[New], New, &[New]),
    ];
    for (stage, read, counts, written) in matrix {
        let route = stage.route();
        let reading = route.reading("any key");
        let hit: Vec<Side> =
            [Some(reading.first), reading.is_compared.then(|| reading.first.other())].into_iter().flatten().collect();
        assert_eq!((hit.as_slice(), reading.first), (read, counts), "{stage}");
        assert!(!reading.fallback.where_missing && !reading.fallback.where_failing, "{stage}");
        let order: Vec<Side> = [Some(route.writes.first()), route.writes.second()].into_iter().flatten().collect();
        assert_eq!(order, written, "{stage}");
        // The authority is written first, its failure is the write's, and then the other one is not tried.
        assert_eq!(order[0], counts, "{stage}");
        assert_eq!(route.writes.after(Failed), Next::Done(Verdict { is_safe: false, repair: None }), "{stage}");
        if order.len() == 2 {
            let Next::Try(half) = route.writes.after(Took) else { panic!("{stage} waits for its second write") };
            assert_eq!(half.then(Failed), Verdict { is_safe: true, repair: Some(order[1]) }, "{stage}");
        }
    }
}

#[test]
fn a_stage_is_known_by_its_name_however_people_write_it() {
    for stage in Stage::ALL {
        assert_eq!(Stage::named(stage.word()), Some(stage));
    }
    assert_eq!(Stage::named("Dual-Write"), Some(Stage::DualWrite));
    assert_eq!(Stage::named("ramp_down"), Some(Stage::RampDown));
    assert_eq!(Stage::named("on"), None);
}

/// Both answers, and what becomes of the write under each policy.
#[test]
fn every_policy_says_what_a_failure_means_and_which_side_is_mended() {
    let verdict = |is_safe, repair| Verdict { is_safe, repair };
    let all = [
        (Policy::AnyOf, Took, Some(Took), verdict(true, None)),
        (Policy::AnyOf, Took, Some(Failed), verdict(true, Some(New))),
        (Policy::AnyOf, Failed, Some(Took), verdict(true, Some(Old))),
        (Policy::AnyOf, Failed, Some(Failed), verdict(false, None)),
        (Policy::AllOf, Took, Some(Took), verdict(true, None)),
        (Policy::AllOf, Took, Some(Failed), verdict(false, Some(New))),
        (Policy::AllOf, Failed, None, verdict(false, None)),
        (Policy::FirstRequired(Second::Awaited), Took, Some(Took), verdict(true, None)),
        (Policy::FirstRequired(Second::Awaited), Took, Some(Failed), verdict(true, Some(New))),
        (Policy::FirstRequired(Second::Awaited), Failed, None, verdict(false, None)),
    ];
    for (policy, first, second, expected) in all {
        assert_eq!(becomes(Writes::Both { first: Old, policy }, first, second), expected, "{policy:?} {first:?}");
        // The other way round it is the same with the sides changed.
        let turned = Verdict { repair: expected.repair.map(Side::other), ..expected };
        assert_eq!(becomes(Writes::Both { first: New, policy }, first, second), turned, "{policy:?} {first:?}");
    }
}

fn becomes(writes: Writes, first: Tried, second: Option<Tried>) -> Verdict {
    match (writes.after(first), second) {
        (Next::Done(verdict), None) => verdict,
        (Next::Try(half), Some(second)) => {
            assert_eq!(Some(half.side()), writes.second());
            half.then(second)
        }
        (next, second) => panic!("{next:?} with {second:?}"),
    }
}
