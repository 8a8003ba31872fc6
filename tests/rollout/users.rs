//! One user: overrides, what they keep when they sign in, why they are in or out, and everything at a glance.

use rehome_core::record::Timestamp;
use rehome_core::rollout::{
    Bucket, Carry, Flag, Flags, Force, Override, Overrides, Percentage, Rollout, Route, Said, Side, Source, Stage,
    Standing, Taken, User, Values, Whom,
};

use crate::{noon, remote};

/// At exactly fifty percent.
const ANN: User<'static> = User { id: "user-3718226", bucket_id: "user-3718226", device: "phone" };

fn overridden<const N: usize>(flags: [(&str, &str); N], whom: Whom, force: Force) -> Rollout {
    let mut rollout = remote(flags);
    rollout.overrides.put(Override { whom, force, reason: "ticket 12".to_owned(), until: None });
    rollout
}

fn user() -> Whom {
    Whom::User(ANN.id.to_owned())
}

fn device() -> Whom {
    Whom::Device(ANN.device.to_owned())
}

const AT_TEN: [(&str, &str); 2] = [("backfillEnabled", "true"), ("backfillRolloutPercentage", "10")];

#[test]
fn an_override_forces_one_user_or_device_in_or_out_and_nobody_else() {
    let bob = User { id: "user-45825418", bucket_id: "user-45825418", device: "tablet" };
    for whom in [user(), device()] {
        let rollout = overridden(AT_TEN, whom, Force::In);
        assert!(rollout.should_enable_backfill(&ANN, noon()) && !rollout.should_enable_backfill(&bob, noon()));
    }
    let all = [AT_TEN[0], ("backfillRolloutPercentage", "100")];
    for whom in [user(), device()] {
        let rollout = overridden(all, whom, Force::Out);
        assert!(!rollout.should_enable_backfill(&ANN, noon()) && rollout.should_enable_backfill(&bob, noon()));
        // To be outside is no stop: it counts from the next launch.
        assert_eq!(rollout.stop(&ANN, noon()), None);
    }
}

#[test]
fn an_override_lets_a_first_user_in_before_anybody_else_and_a_stop_holds_for_them_too() {
    let first = [AT_TEN[0], ("backfillRolloutPercentage", "0")];
    assert!(overridden(first, user(), Force::In).should_enable_backfill(&ANN, noon()));
    let stopped = [("backfillEnabled", "false"), AT_TEN[1]];
    assert!(!overridden(stopped, user(), Force::In).should_enable_backfill(&ANN, noon()));
}

#[test]
fn an_override_forces_a_stage() {
    for stage in Stage::ALL {
        let decision = overridden(AT_TEN, user(), Force::Stage(stage)).decide(&ANN, Standing::default(), noon());
        assert_eq!(decision.route, stage.route());
        assert_eq!(matches!(decision.carry, Carry::Stopped(_)), stage == Stage::Off);
    }
}

#[test]
fn what_is_said_for_the_device_wins_over_what_is_said_for_the_user() {
    let mut rollout = overridden(AT_TEN, user(), Force::In);
    rollout.overrides.put(Override {
        whom: device(),
        force: Force::Out,
        reason: "a test phone".to_owned(),
        until: None,
    });
    assert!(!rollout.should_enable_backfill(&ANN, noon()));
    rollout.overrides.lift(&device());
    assert!(rollout.should_enable_backfill(&ANN, noon()));
}

#[test]
fn an_override_ends_when_it_says_and_is_kept_as_text_until_then() {
    let until = Timestamp::parse("2026-03-02T00:00:00Z").unwrap();
    let mut rollout = remote(AT_TEN);
    rollout.overrides.put(Override {
        whom: user(),
        force: Force::In,
        reason: "a trial".to_owned(),
        until: Some(until),
    });
    let text = serde_json::to_string(&rollout.overrides).unwrap();
    let expected =
        r#"[{"whom":{"user":"user-3718226"},"force":"in","reason":"a trial","until":"2026-03-02T00:00:00Z"}]"#;
    assert_eq!(text, expected);
    rollout.overrides = serde_json::from_str::<Overrides>(&text).unwrap();
    assert!(rollout.should_enable_backfill(&ANN, noon()));
    assert!(!rollout.should_enable_backfill(&ANN, until));
    rollout.overrides.expire(until);
    assert_eq!(rollout.overrides.iter().count(), 0);
    let for_good = r#"[{"whom":{"device":"d"},"force":{"stage":"rampdown"},"reason":""}]"#;
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Overrides>(for_good).unwrap()).unwrap(), for_good);
}

#[test]
fn an_anonymous_user_who_signs_in_keeps_the_side_already_taken() {
    let half =
        [AT_TEN[0], ("backfillRolloutPercentage", "50"), ("dualWriteEnabled", "true"), ("readRolloutPercentage", "50")];
    let rollout = remote(half);
    let decide = |id: &str, taken: &Taken| {
        let user = User { id, bucket_id: &taken.bucket_id, device: "phone" };
        rollout.decide(&user, Standing { side: taken.side, is_finished: false }, noon())
    };
    let mut changed = 0;
    for number in 0..200 {
        let (anonymous, signed_in) = (format!("anonymous-{number}"), format!("user-{number}"));
        let before = decide(&anonymous, &Taken::first(&anonymous));
        let taken = Taken::first(&anonymous).after(&before.route);
        let kept = Taken::on_sign_in(taken.clone(), None);
        assert_eq!(decide(&signed_in, &kept), before);
        changed += usize::from(decide(&signed_in, &Taken::first(&signed_in)) != before);
        // Whoever was here under their own name before has their records where that says.
        let own = Taken { bucket_id: signed_in.clone(), side: Side::New };
        assert_eq!(Taken::on_sign_in(taken, Some(own.clone())), own);
    }
    assert!(changed > 50, "without it {changed} of 200 would have changed sides");
}

#[test]
fn a_user_who_has_taken_the_new_side_stays_there_when_dual_write_ends() {
    let taken = Taken::first(ANN.id).after(&Route::new_first(true, false));
    assert_eq!(taken.side, Side::New);
    let standing = Standing { side: taken.side, is_finished: false };
    let decision = remote([("dualWriteEnabled", "false")]).decide(&ANN, standing, noon());
    assert_eq!(decision.route.reads.first, Side::New);
    let text = serde_json::to_string(&taken).unwrap();
    assert_eq!(text, r#"{"bucket_id":"user-3718226","side":"new"}"#);
    assert_eq!(serde_json::from_str::<Taken>(&text).unwrap(), taken);
}

fn at(percentage: &str) -> Rollout {
    let earlier = Timestamp::parse("2026-03-01T11:58:20Z").unwrap();
    let entries = [("backfillEnabled", "true"), ("backfillRolloutPercentage", percentage)];
    let values = Values { version: Some(7), fetched_at: Some(earlier), ..Values::of(entries) };
    let flags = Flags::of(Said { remote: Some(&values), ..Said::default() });
    Rollout { flags, overrides: Overrides::default() }
}

#[test]
fn why_somebody_is_in_or_out_is_told_in_full() {
    let why = at("50").explain(Flag::BackfillPercentage, &ANN, noon());
    let json = serde_json::json!({
        "flag": "backfillRolloutPercentage",
        "value": 50,
        "is_in": true,
        "source": "remote",
        "bucket": 50_000_000,
        "threshold": 50_000_000,
        "rule": "bucket 50000000 is at most 50000000: in",
        "template_version": 7,
        "age_seconds": 100,
        "remarks": []
    });
    assert_eq!(serde_json::to_value(&why).unwrap(), json);
    let line = "backfillRolloutPercentage = 50 (Remote Config, version 7, fetched 100 s ago): bucket 50000000 is at most \
                50000000: in";
    assert_eq!(why.to_string(), line);
    let rule = |rollout: &Rollout| rollout.explain(Flag::BackfillPercentage, &ANN, noon()).rule;
    assert_eq!(rule(&at("49.999999")), "bucket 50000000 is above 49999999: out");
    assert_eq!(rule(&at("0")), "0 is nobody: out");
    let nameless = at("100").explain(Flag::BackfillPercentage, &User::of(""), noon());
    assert_eq!((nameless.is_in, nameless.rule.as_str()), (Some(false), "without an id there is no bucket: out"));
}

#[test]
fn an_explanation_says_by_whose_override_and_until_when() {
    let mut rollout = at("10");
    let until = Timestamp::parse("2026-03-02T00:00:00Z").unwrap();
    let word = Override { whom: user(), force: Force::In, reason: "ticket 12".to_owned(), until: Some(until) };
    rollout.overrides.put(word.clone());
    let why = rollout.explain(Flag::BackfillPercentage, &ANN, noon());
    assert_eq!((why.is_in, why.source, why.template_version), (Some(true), Source::Override, None));
    assert_eq!(why.rule, "forced in by an override until 2026-03-02T00:00:00Z (ticket 12)");
    rollout.overrides.put(Override { force: Force::Stage(Stage::Live), until: None, ..word });
    let why = rollout.explain(Flag::Stage, &ANN, noon());
    assert_eq!((why.value.to_string().as_str(), why.source), ("live", Source::Override));
    assert_eq!(why.rule, "forced to stage live by an override (ticket 12)");
    // Percentages are as they are for who is at a stage.
    assert_eq!(rollout.explain(Flag::BackfillPercentage, &ANN, noon()).source, Source::Remote);
}

#[test]
fn an_explanation_agrees_with_the_decision() {
    for percentage in ["0", "10", "49.999999", "50", "100"] {
        for (_, force) in [("", None), ("", Some(Force::In)), ("", Some(Force::Out))] {
            let mut rollout = at(percentage);
            if let Some(force) = force {
                rollout.overrides.put(Override { whom: user(), force, reason: String::new(), until: None });
            }
            let why = rollout.explain(Flag::BackfillPercentage, &ANN, noon());
            assert_eq!(why.is_in, Some(rollout.should_enable_backfill(&ANN, noon())), "{percentage} {force:?}");
        }
    }
}

#[test]
fn a_flag_of_no_percentage_and_one_that_nobody_speaks_of_are_explained_too() {
    let rollout = at("10");
    let why = rollout.explain(Flag::Backfill, &ANN, noon());
    assert_eq!((why.bucket, why.is_in, why.rule.as_str()), (None, None, "true from Remote Config"));
    let why = rollout.explain(Flag::Retries, &ANN, noon());
    assert_eq!(why.to_string(), "backfillRetries = 10 (the defaults): 10 from the defaults");
}

#[test]
fn the_status_names_every_flag_and_no_user() {
    let mut rollout = at("50");
    rollout.overrides.put(Override { whom: user(), force: Force::In, reason: "ticket 12".to_owned(), until: None });
    let status = rollout.migration_status(noon());
    assert!(status.decisions.backfill && !status.decisions.dual_write);
    assert_eq!(status.decisions.backfill_percentage, Percentage::of(50));
    let json = serde_json::to_value(&status).unwrap();
    for flag in Flag::ALL {
        assert!(json[flag.name()]["source"].is_string(), "{}", flag.name());
    }
    assert_eq!(json["dualWriteEnabled"]["value"], false);
    assert_eq!(json["backfillRolloutPercentage"]["template_version"], 7);
    let mut lines = Vec::new();
    rollout.log_current_status(noon(), |line| lines.push(line.to_owned()));
    assert_eq!(lines.len(), Flag::ALL.len() + 1);
    assert!(lines.contains(&"backfillRolloutPercentage = 50 (Remote Config, version 7, fetched 100 s ago)".to_owned()));
    assert_eq!(lines.last().unwrap(), "1 overrides for single users and devices");
    assert!(!lines.iter().any(|line| line.contains(ANN.id)));
}

#[test]
fn the_key_of_a_bucket_is_any_key() {
    let installation = User { id: "ann", bucket_id: "c1a2b3c4d5e6f7g8h9i0jk", device: "phone" };
    let why = at("50").explain(Flag::BackfillPercentage, &installation, noon());
    let bucket = Bucket::of("backfillRolloutPercentage", "c1a2b3c4d5e6f7g8h9i0jk").unwrap();
    assert_eq!(why.bucket, Some(bucket.micro_percent()));
}
