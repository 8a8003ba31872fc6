//! Routes by the rows of the checklist: of the habit app, of Cosmos DB to Firestore, of Firestore to PostgreSQL.

use rehome_core::error::{ErrorKind, Result};
use rehome_core::rollout::Side::{New, Old};
use rehome_core::rollout::Tried::{Failed, Took};
use rehome_core::rollout::{
    Carry, Decision, Fallback, Lists, Names, Next, Percentage, Policy, Route, Second, Side, Stage, Standing, Stop,
    User, Verdict, Writes,
};

use crate::{noon, remote};

const BEGUN: Standing = Standing { side: New, is_finished: false };
const FINISHED: Standing = Standing { side: New, is_finished: true };
/// Their bucket is at exactly ten percent.
const EARLY: &str = "user-8542864";
/// Their bucket is at exactly fifty percent.
const LATER: &str = "user-3718226";
/// Theirs is the last bucket of all.
const LAST: &str = "user-108119325";

fn decide<const N: usize>(flags: [(&str, &str); N], user: &str, standing: Standing) -> Decision {
    remote(flags).decide(&User::of(user), standing, noon())
}

const PHASE_1: [(&str, &str); 4] = [
    ("dualWriteEnabled", "true"),
    ("backfillEnabled", "true"),
    ("backfillRolloutPercentage", "10"),
    ("legacyReadFallbackEnabled", "true"),
];

fn phase(percentage: &'static str) -> [(&'static str, &'static str); 4] {
    [PHASE_1[0], PHASE_1[1], ("backfillRolloutPercentage", percentage), PHASE_1[3]]
}

#[test]
fn a5_a9_a10_firestore_is_written_first_and_has_to_take_it_and_cloudkit_follows_behind() {
    let route = decide(PHASE_1, LAST, Standing::default()).route;
    assert_eq!(route.writes, Writes::Both { first: New, policy: Policy::FirstRequired(Second::Behind) });
    // The caller sees the first one's failure, and never the second one's: that is in a queue by then.
    assert_eq!(route.writes.after(Failed), Next::Done(Verdict { is_safe: false, repair: None }));
    assert_eq!(route.writes.after(Took), Next::Queue(Old));
}

#[test]
fn a11_what_firestore_lacks_is_read_from_cloudkit_and_lists_come_from_both_until_all_is_carried() {
    let route = decide(PHASE_1, LAST, BEGUN).route;
    let reading = route.reading("habit-1");
    assert_eq!((reading.first, reading.fallback.where_missing, reading.is_compared), (New, true, false));
    assert_eq!(route.reads.lists, Lists::BothSides);
    let finished = decide(PHASE_1, LAST, FINISHED).route;
    assert!(finished.reading("habit-1").fallback.where_missing);
    assert_eq!(finished.reads.lists, Lists::OneSide);
}

#[test]
fn a80_in_phase_one_all_write_twice_and_a_tenth_is_carried() {
    for (user, carry) in [(EARLY, Carry::Run), (LATER, Carry::Outside), (LAST, Carry::Outside)] {
        let decision = decide(PHASE_1, user, Standing::default());
        assert_eq!((decision.carry, decision.route), (carry, Route::new_first(true, false)), "{user}");
    }
}

#[test]
fn a81_in_phase_two_half_is_carried_and_those_of_phase_one_among_them() {
    for (user, carry) in [(EARLY, Carry::Run), (LATER, Carry::Run), (LAST, Carry::Outside)] {
        assert_eq!(decide(phase("50"), user, BEGUN).carry, carry, "{user}");
    }
    // Consistency is verified by reads on both sides.
    let [a, b, c, d] = phase("50");
    let shadowed = decide([a, b, c, d, ("shadowReadPercentage", "100")], LAST, BEGUN).route;
    assert!(shadowed.reading("habit-1").is_compared);
}

#[test]
fn a82_in_phase_three_everybody_is_carried() {
    for user in [EARLY, LATER, LAST] {
        assert_eq!(decide(phase("100"), user, BEGUN).carry, Carry::Run, "{user}");
    }
}

#[test]
fn a83_in_phase_four_firestore_is_alone() {
    let [_, backfill, percentage, _] = phase("100");
    let flags = [("dualWriteEnabled", "false"), backfill, percentage, ("legacyReadFallbackEnabled", "false")];
    for standing in [FINISHED, BEGUN, Standing::default()] {
        assert_eq!(decide(flags, LAST, standing).route, Stage::Complete.route());
    }
}

#[test]
fn a90_dual_write_switched_off_leaves_everybody_where_they_wrote_last() {
    let [_, b, c, d] = phase("50");
    let flags = [("dualWriteEnabled", "false"), b, c, d];
    let begun = decide(flags, LAST, BEGUN).route;
    assert_eq!((begun.writes, begun.reads.first), (Writes::One(New), New));
    // What is not carried yet is still read from the old side, by itself and in lists.
    assert!(begun.reading("habit-1").fallback.where_missing);
    assert_eq!(begun.reads.lists, Lists::BothSides);
    assert_eq!(decide(flags, LAST, Standing::default()).route, Stage::Off.route());
}

#[test]
fn a91_backfill_switched_off_stops_it_and_leaves_the_route_as_it_is() {
    let [a, _, c, d] = phase("100");
    let decision = decide([a, ("backfillEnabled", "false"), c, d], EARLY, BEGUN);
    assert!(matches!(decision.carry, Carry::Stopped(Stop::Disabled(_))));
    assert_eq!(decision.route, Route::new_first(true, false));
    let decision = decide(phase("0"), EARLY, BEGUN);
    assert!(matches!(decision.carry, Carry::Stopped(Stop::Nobody(_))));
}

#[test]
fn a92_forced_completion_stops_the_backfill_and_keeps_what_is_not_carried_in_sight() {
    let [a, b, c, _] = phase("100");
    let flags = [a, b, c, ("legacyReadFallbackEnabled", "false"), ("forceMigrationComplete", "true")];
    let decision = decide(flags, EARLY, BEGUN);
    assert!(matches!(decision.carry, Carry::Stopped(Stop::Forced(_))));
    assert!(decision.route.reading("habit-1").fallback.where_missing);
    assert_eq!(decision.route.reads.lists, Lists::BothSides);
    let after_phase_four = [("dualWriteEnabled", "false"), flags[3], flags[4]];
    assert!(decide(after_phase_four, EARLY, BEGUN).route.reads.fallback.where_missing);
    // Who is finished needs no fallback.
    assert!(!decide(flags, EARLY, FINISHED).route.reads.fallback.where_missing);
}

#[test]
fn before_anybody_says_anything_the_old_side_is_alone() {
    let decision = decide([], LAST, Standing::default());
    assert_eq!(decision.route, Stage::Off.route());
    assert!(matches!(decision.carry, Carry::Stopped(Stop::Disabled(_))));
}

#[test]
fn who_is_outside_of_the_reads_percentage_reads_the_old_side_and_writes_it_first() {
    let share = |percentage| [("dualWriteEnabled", "true"), ("readRolloutPercentage", percentage)];
    let reads_new = |user, percentage| decide(share(percentage), user, Standing::default()).route.reads.first == New;
    assert!(!reads_new(EARLY, "0") && reads_new(EARLY, "100"));
    assert_eq!(decide(share("0"), EARLY, Standing::default()).route, Stage::DualWrite.route());
    // Some are in at a half, and nobody who was in at a tenth is not.
    let users: Vec<String> = (0..200).map(|number| format!("user-{number}")).collect();
    let at = |percentage| users.iter().filter(move |user| reads_new(user, percentage)).collect::<Vec<_>>();
    let (tenth, half) = (at("10"), at("50"));
    assert!(!tenth.is_empty() && tenth.len() < half.len() && half.len() < users.len());
    assert!(tenth.iter().all(|user| half.contains(user)));
}

#[test]
fn a_stage_by_name_takes_the_place_of_the_switches() {
    for stage in Stage::ALL {
        let flags = [("dualWriteEnabled", "true"), ("backfillEnabled", "true"), ("backfillRolloutPercentage", "100")];
        let [a, b, c] = flags;
        let decision = decide([a, b, c, ("migrationStage", stage.word())], LAST, BEGUN);
        assert_eq!(decision.route, stage.route());
        assert_eq!(matches!(decision.carry, Carry::Stopped(Stop::Off(_))), stage == Stage::Off);
    }
}

/// Of Cosmos DB and Firestore; what is not said is not set.
fn cosmos<const N: usize>(set: [(&str, &str); N]) -> Route {
    environment(Names { old: "cosmosdb", new: "firestore" }, set).unwrap()
}

fn environment<const N: usize>(names: Names<'_>, set: [(&str, &str); N]) -> Result<Route> {
    Route::from_environment(names, |name| {
        set.iter().find(|(variable, _)| *variable == name).map(|(_, text)| (*text).to_owned())
    })
}

const ANY_OF: [(&str, &str); 2] = [("DATABASE_TYPE", "dual"), ("MIGRATION_WRITE_POLICY", "any_of")];

fn verdict(writes: Writes, first: rehome_core::rollout::Tried, second: rehome_core::rollout::Tried) -> Verdict {
    let Next::Try(half) = writes.after(first) else { panic!("the second side is always tried") };
    half.then(second)
}

#[test]
fn b22_firestore_is_down_and_cosmos_goes_on_alone() {
    let writes = cosmos(ANY_OF).writes;
    assert_eq!(verdict(writes, Took, Failed), Verdict { is_safe: true, repair: Some(New) });
}

#[test]
fn b23_cosmos_is_down_and_firestore_goes_on_alone() {
    let route = cosmos(ANY_OF);
    assert_eq!(verdict(route.writes, Failed, Took), Verdict { is_safe: true, repair: Some(Old) });
    // Reads go on too.
    assert!(route.reading("student-1").fallback.where_failing);
}

#[test]
fn b24_both_are_down_and_the_operation_fails() {
    assert_eq!(verdict(cosmos(ANY_OF).writes, Failed, Failed), Verdict { is_safe: false, repair: None });
}

#[test]
fn b25_what_only_one_side_took_is_queued_for_the_other() {
    let writes = cosmos(ANY_OF).writes;
    let lacking = |first, second| verdict(writes, first, second).repair;
    assert_eq!([lacking(Took, Failed), lacking(Failed, Took), lacking(Took, Took)], [Some(New), Some(Old), None]);
}

#[test]
fn b27_phase_one_writes_both_and_reads_cosmos() {
    let [a, b] = ANY_OF;
    let route = cosmos([a, b, ("MIGRATION_SHADOW_READS", "0")]);
    assert_eq!(route.writes, Writes::Both { first: Old, policy: Policy::AnyOf });
    assert_eq!((route.reading("student-1").first, route.reading("student-1").is_compared), (Old, false));
}

#[test]
fn b28_phase_two_compares_what_both_sides_say() {
    let reading = cosmos(ANY_OF).reading("student-1");
    assert_eq!((reading.first, reading.is_compared), (Old, true));
}

#[test]
fn b29_in_phase_three_firestore_is_primary_and_cosmos_a_backup() {
    let [a, b] = ANY_OF;
    let route = cosmos([a, b, ("MIGRATION_READ_PRIMARY", "firestore")]);
    assert_eq!(route.writes, Writes::Both { first: New, policy: Policy::AnyOf });
    let reading = route.reading("student-1");
    assert_eq!((reading.first, reading.fallback), (New, Fallback { where_missing: true, where_failing: true }));
}

#[test]
fn b30_in_phase_four_cosmos_is_written_no_more() {
    assert_eq!(cosmos([("DATABASE_TYPE", "firestore")]), Stage::Complete.route());
}

#[test]
fn b31_without_firestores_configuration_cosmos_goes_on_alone() {
    assert_eq!(cosmos([]), Stage::Off.route());
    assert_eq!(cosmos([("DATABASE_TYPE", "")]), Stage::Off.route());
}

const POSTGRESQL: Names<'static> = Names { old: "firestore", new: "postgresql" };

fn postgresql<const N: usize>(set: [(&str, &str); N]) -> Route {
    environment(POSTGRESQL, set).unwrap()
}

#[test]
fn c7_both_are_written_firestore_is_read_and_compared_and_postgresql_reads_more_and_more() {
    let dual = [("DATABASE_TYPE", "dual"), ("MIGRATION_READ_PRIMARY", "firestore"), ("MIGRATION_DUAL_WRITE", "true")];
    let route = postgresql(dual);
    assert_eq!(route.writes, Writes::Both { first: Old, policy: Policy::FirstRequired(Second::Awaited) });
    assert_eq!((route.reading("task-1").first, route.reading("task-1").is_compared), (Old, true));
    let keys: Vec<String> = (0..1000).map(|number| format!("task-{number}")).collect();
    let by_postgresql = |share: &str| -> Vec<&String> {
        let [a, b, c] = dual;
        let route = postgresql([a, b, c, ("MIGRATION_READ_SHARE", share)]);
        keys.iter().filter(|key| route.reading(key).first == New).collect()
    };
    let (none, some, more, all) = (by_postgresql("0"), by_postgresql("10"), by_postgresql("60"), by_postgresql("100"));
    assert!(none.is_empty() && all.len() == 1000);
    assert!((70..130).contains(&some.len()) && (550..650).contains(&more.len()), "{} {}", some.len(), more.len());
    assert!(some.iter().all(|key| more.contains(key)));
    // A key that PostgreSQL is asked for and lacks is read from Firestore; not the other way round.
    let [a, b, c] = dual;
    let route = postgresql([a, b, c, ("MIGRATION_READ_SHARE", "10")]);
    assert!(route.reading(some[0]).fallback.where_missing);
    let old_first = keys.iter().find(|key| route.reading(key).first == Old).unwrap();
    assert!(!route.reading(old_first).fallback.where_missing);
}

#[test]
fn c8_postgresql_is_read_and_firestore_is_its_fallback() {
    let route = postgresql([("DATABASE_TYPE", "dual"), ("MIGRATION_READ_PRIMARY", "postgresql")]);
    let reading = route.reading("task-1");
    assert_eq!(reading.first, New);
    assert_eq!(reading.fallback, Fallback { where_missing: true, where_failing: true });
    assert!(reading.is_compared, "consistency is validated");
    assert_eq!(route.writes.first(), New);
}

#[test]
fn c9_firestore_is_written_no_more_then_the_fallback_goes_then_firestore_itself() {
    let set = [("DATABASE_TYPE", "dual"), ("MIGRATION_READ_PRIMARY", "postgresql"), ("MIGRATION_DUAL_WRITE", "false")];
    let route = postgresql(set);
    assert_eq!(route.writes, Writes::One(New));
    assert!(route.reading("task-1").fallback.where_missing);
    assert!(!route.reading("task-1").is_compared);
    assert_eq!(postgresql([("DATABASE_TYPE", "postgresql")]), Stage::Complete.route());
}

#[test]
fn c18_the_database_is_one_of_three_words() {
    assert_eq!(postgresql([("DATABASE_TYPE", "firestore")]), Stage::Off.route());
    assert_eq!(postgresql([("DATABASE_TYPE", "PostgreSQL")]), Stage::Complete.route());
    assert_eq!(postgresql([("DATABASE_TYPE", "dual")]).writes.second(), Some(New));
    let error = environment(POSTGRESQL, [("DATABASE_TYPE", "mysql")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    let message = "DATABASE_TYPE is set to `mysql`; set it to one of firestore, postgresql, dual";
    assert_eq!(error.to_string(), message);
}

#[test]
fn c20_who_is_read_first_is_written_first() {
    for (word, side) in [("firestore", Old), ("postgresql", New)] {
        let route = postgresql([("DATABASE_TYPE", "dual"), ("MIGRATION_READ_PRIMARY", word)]);
        assert_eq!((route.reads.first, route.writes.first()), (side, side));
    }
    assert_wrong([("MIGRATION_READ_PRIMARY", "dual")], "one of firestore, postgresql");
}

#[test]
fn c21_dual_write_is_true_or_false() {
    let route = postgresql([("DATABASE_TYPE", "dual"), ("MIGRATION_DUAL_WRITE", "false")]);
    assert_eq!(route, Stage::Off.route());
    assert_wrong([("MIGRATION_DUAL_WRITE", "maybe")], "one of true, false");
}

#[test]
fn c22_one_variable_is_enough_to_go_back() {
    let set =
        [("DATABASE_TYPE", "firestore"), ("MIGRATION_READ_PRIMARY", "postgresql"), ("MIGRATION_DUAL_WRITE", "oops")];
    assert_eq!(postgresql(set), Stage::Off.route());
}

#[test]
fn a_side_that_is_no_longer_written_is_not_read_first() {
    let set = [("MIGRATION_DUAL_WRITE", "false"), ("MIGRATION_READ_SHARE", "10")];
    assert_wrong(set, "MIGRATION_DUAL_WRITE to true");
    assert_wrong([("MIGRATION_READ_SHARE", "110")], "a number from 0 to 100");
    assert_wrong([("MIGRATION_WRITE_POLICY", "some_of")], "one of primary_required, any_of, all_of");
}

#[track_caller]
fn assert_wrong<const N: usize>(set: [(&'static str, &'static str); N], sentence: &str) {
    let look_up = |name: &str| {
        let dual = (name == "DATABASE_TYPE").then_some("dual");
        let said = set.iter().find(|(variable, _)| *variable == name).map(|(_, text)| *text);
        dual.or(said).map(str::to_owned)
    };
    let error = Route::from_environment(POSTGRESQL, look_up).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    assert!(error.to_string().contains(sentence), "{error}");
}

#[test]
fn a_route_is_shown_as_plain_data() {
    let shown = serde_json::to_value(Route::new_first(true, false)).unwrap();
    let expected = serde_json::json!({
        "reads": {
            "first": "new",
            "share": 0,
            "fallback": { "where_missing": true, "where_failing": false },
            "shadow": 0,
            "lists": "both_sides"
        },
        "writes": { "order": ["new", "old"], "policy": "primary_required", "second_awaited": false }
    });
    assert_eq!(shown, expected);
    assert_eq!(serde_json::to_value(Percentage::of(7)).unwrap(), 7);
    assert_eq!(serde_json::to_value(Side::Old).unwrap(), "old");
}
