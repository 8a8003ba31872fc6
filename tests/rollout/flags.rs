//! What the channels say, made one.

use rehome_core::record::Timestamp;
use rehome_core::rollout::{Flag, Flags, LastGood, LogLevel, Percentage, Said, Source, Values};

use crate::noon;

fn values<const N: usize>(version: u64, entries: [(&str, &str); N]) -> Values {
    Values { version: Some(version), fetched_at: Some(noon()), ..Values::of(entries) }
}

fn told(flags: &Flags, flag: Flag) -> (String, Source, Option<u64>) {
    let told = flags.told(flag);
    (told.setting.to_string(), told.source, told.version)
}

#[test]
fn without_a_channel_the_last_good_values_count_and_without_those_the_defaults() {
    let remote = values(7, [("backfillRolloutPercentage", "50"), ("backfillEnabled", "yes")]);
    let good = LastGood::of(&Flags::of(Said { remote: Some(&remote), ..Said::default() }));
    // They outlive the process as text.
    let good: LastGood = serde_json::from_str(&serde_json::to_string(&good).unwrap()).unwrap();
    let offline = Flags::of(Said { good: Some(&good), ..Said::default() });
    assert_eq!(told(&offline, Flag::BackfillPercentage), ("50".to_owned(), Source::LastGood, Some(7)));
    assert_eq!(offline.told(Flag::BackfillPercentage).fetched_at, Some(noon()));
    assert!(offline.decisions().backfill);
    assert_eq!(told(&offline, Flag::BatchSize), ("200".to_owned(), Source::Default, None));
    // And again by the next process, which heard nothing either.
    assert_eq!(LastGood::of(&offline), good);
}

#[test]
fn a_value_that_is_not_allowed_keeps_the_last_good_one_and_says_so() {
    let before = values(7, [("backfillBatchSize", "100"), ("backfillRolloutPercentage", "50")]);
    let good = LastGood::of(&Flags::of(Said { remote: Some(&before), ..Said::default() }));
    let wrong =
        values(8, [("backfillBatchSize", "0"), ("backfillRolloutPercentage", "fifty"), ("backfillEnabled", "perhaps")]);
    let flags = Flags::of(Said { remote: Some(&wrong), good: Some(&good), ..Said::default() });
    assert_eq!(told(&flags, Flag::BatchSize), ("100".to_owned(), Source::LastGood, Some(7)));
    assert_eq!(told(&flags, Flag::BackfillPercentage), ("50".to_owned(), Source::LastGood, Some(7)));
    let remarks: Vec<String> = flags.remarks().iter().map(ToString::to_string).collect();
    assert_eq!(
        remarks,
        [
            "backfillEnabled is `perhaps` in Remote Config and may be true or false; the default, false counts",
            "backfillRolloutPercentage is `fifty` in Remote Config and may be a number from 0 to 100, with six digits \
             after the point at most; the last good value, 50 counts",
            "backfillBatchSize is `0` in Remote Config and may be a whole number from 1 to 500; the last good value, \
             100 counts",
        ]
    );
    // What is good stays good, whatever is wrong.
    assert_eq!(LastGood::of(&flags), good);
}

#[test]
fn a_remark_shows_an_operators_text_cut_short() {
    let long = "9".repeat(1000) + "\u{1b}[2J";
    let flags = Flags::of(Said { remote: Some(&values(1, [("backfillRetries", &long)])), ..Said::default() });
    let remark = flags.remarks()[0].to_string();
    assert!(remark.len() < 200 && remark.contains('…'), "{remark}");
    let flags = Flags::of(Said { remote: Some(&values(1, [("logLevel", "\u{1b}[2J")])), ..Said::default() });
    assert!(!flags.remarks()[0].to_string().contains('\u{1b}'));
}

#[test]
fn a_flag_that_was_taken_out_of_the_template_is_its_default_again() {
    let before = values(7, [("backfillRolloutPercentage", "50"), ("logLevel", "debug")]);
    let good = LastGood::of(&Flags::of(Said { remote: Some(&before), ..Said::default() }));
    let flags = Flags::of(Said { remote: Some(&values(8, [])), good: Some(&good), ..Said::default() });
    assert_eq!(told(&flags, Flag::BackfillPercentage), ("0".to_owned(), Source::Default, None));
    assert_eq!(flags.tuning().log_level, LogLevel::Warning);
}

#[test]
fn a_file_for_development_wins_and_is_never_taken_for_what_was_said_from_afar() {
    let (remote, file) =
        (values(7, [("logLevel", "error")]), Values::of([("logLevel", "debug"), ("dualWriteEnabled", "?")]));
    let flags = Flags::of(Said { remote: Some(&remote), file: Some(&file), ..Said::default() });
    assert_eq!(told(&flags, Flag::LogLevel), ("debug".to_owned(), Source::File, None));
    assert_eq!(
        flags.remarks()[0].to_string(),
        "dualWriteEnabled is `?` in the local file and may be true or false; the default, false counts"
    );
    let offline = Flags::of(Said { good: Some(&LastGood::of(&flags)), ..Said::default() });
    assert_eq!(told(&offline, Flag::LogLevel), ("error".to_owned(), Source::LastGood, Some(7)));
}

#[test]
fn a_stop_document_only_ever_tightens() {
    let remote = values(
        7,
        [("backfillEnabled", "true"), ("backfillRolloutPercentage", "50"), ("backfillDocumentsPerSecond", "100")],
    );
    let said = |entries: &[(&str, &str)]| {
        let stop = Values::of(entries.iter().copied());
        Flags::of(Said { remote: Some(&remote), stop: Some(&stop), ..Said::default() })
    };
    let as_before = Flags::of(Said { remote: Some(&remote), ..Said::default() }).decisions();
    // Nothing in it, or only what would loosen.
    for looser in [
        &[][..],
        &[("stop", "false")],
        &[("backfillEnabled", "true"), ("backfillRolloutPercentage", "100"), ("backfillDocumentsPerSecond", "5000")],
    ] {
        let flags = said(looser);
        assert_eq!(flags.decisions(), as_before, "{looser:?}");
        assert_eq!(flags.tuning().documents_per_second, Some(100), "{looser:?}");
    }
    let tighter = said(&[("backfillRolloutPercentage", "10"), ("backfillDocumentsPerSecond", "5")]);
    assert_eq!(tighter.decisions().backfill_percentage, Percentage::of(10));
    assert_eq!(tighter.tuning().documents_per_second, Some(5));
    assert_eq!(told(&tighter, Flag::BackfillPercentage).1, Source::StopDocument);
    for stop in
        [&[("stop", "true")][..], &[("backfillEnabled", "false")], &[("stop", "stop!")], &[("backfillEnabled", "?")]]
    {
        assert!(!said(stop).decisions().backfill, "{stop:?}");
    }
}

#[test]
fn what_a_stop_document_says_in_vain_is_told() {
    let stop = Values::of([("dualWriteEnabled", "false"), ("backfilEnabled", "false"), ("reason", "costs")]);
    let flags = Flags::of(Said { stop: Some(&stop), ..Said::default() });
    let names: Vec<&str> = flags.remarks().iter().map(|remark| remark.name.as_str()).collect();
    assert_eq!(names, ["backfilEnabled", "dualWriteEnabled"]);
    assert!(flags.remarks()[0].to_string().contains("stop, reason, backfillEnabled"));
    assert_eq!(flags.reason(), Some("costs"));
}

#[test]
fn the_apps_own_parameters_are_its_own_business() {
    let remote = values(7, [("paywallColour", "#ff0000"), ("backfillEnabled", "true")]);
    let flags = Flags::of(Said { remote: Some(&remote), ..Said::default() });
    assert_eq!((flags.remarks(), flags.decisions().backfill), (&[][..], true));
}

#[test]
fn values_outlive_the_process_as_they_are() {
    let kept = Values { activated_at: Some(Timestamp::from_millis(1)), ..values(7, [("a", "b")]) };
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(serde_json::from_str::<Values>(&text).unwrap(), kept);
    assert!(text.contains("2026-03-01T12:00:00Z"), "{text}");
    assert_eq!(serde_json::from_str::<Values>("{}").unwrap(), Values::default());
}
