//! Seven migrations from beginning to end, as they happen to people: from a SwiftData store, as a signed-in user, to a
//! Firestore server with our rules, each with its proof.

mod carrying;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use carrying::{Cloud, MOVED, Phone, few, is_complete, is_whole, small};
use rehome_core::backfill::{Ended, Phase, Settings, Start};
use rehome_core::error::ErrorKind;
use rehome_core::journal::SetAside;
use rehome_core::record::{Key, Map, Timestamp, Value};
use rehome_core::testkit::habits::{Damage, Options};
use rehome_servers::proxy::{Fault, Line, Lost, Rule};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use tonic::Code;

/// Seconds from 1970 to 2001, where Apple's moments begin.
const TO_2001: f64 = 978_307_200.0;

#[tokio::test]
async fn complete_user_migration_every_record_arrives_with_its_stamp_and_is_proved() {
    let (cloud, phone) = (Cloud::new().await, Phone::of("ann", &Options { users: 3, ..few() }));
    let target = cloud.user("ann");
    let progress = phone.control.progress();
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.read, report.counters.created), (phone.rows(), phone.rows()));
    let told = *progress.borrow();
    assert_eq!((told.phase, told.counters), (Phase::Ended, report.counters));
    assert_eq!(told.expected, Some(phone.rows()));

    let documents = cloud.documents("ann").await;
    for (entity, collection) in MOVED {
        let there = documents.keys().filter(|address| address.starts_with(&format!("users/ann/{collection}/"))).count();
        assert_eq!(there as u64, phone.truth.rows(entity), "{collection}");
    }
    let is_stamped = |document: &Map| {
        document["source_system"] == Value::from("swiftdata_migration")
            && matches!(document["migration_timestamp"], Value::Timestamp(_))
    };
    assert!(documents.values().all(is_stamped));
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn partial_migration_with_resume_what_the_app_wrote_meanwhile_arrives_too() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let target = cloud.user("ann");
    let stopped = phone.run_until(&cloud, &target, 5, || phone.control.cancel()).await;
    assert!(matches!(stopped.ended, Ended::Cancelled), "{stopped:?}");
    let (before, in_part) = (stopped.counters.read, phone.verify(&target).await);
    assert!(!in_part.verified && in_part.tally.missing > 0, "half of it is no whole: {in_part:?}");
    assert!(in_part.tally.same > 0 && before < phone.rows());

    // The first completion was carried, and another one comes behind all others.
    let app = phone.app();
    app.execute_batch(
        "CREATE TEMP TABLE added AS SELECT * FROM ZCOMPLETION WHERE Z_PK = 1;
         UPDATE added SET Z_PK = 9000, ZID = randomblob(16), ZXPEVENT = NULL;
         INSERT INTO ZCOMPLETION SELECT * FROM added;",
    )
    .unwrap();
    drop(app);
    phone.control.clear();
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.read, report.counters.created), (phone.rows() + 1, phone.rows() + 1));
    cloud.wrote_each_once(phone.rows() + 1);
    is_whole(&phone.verify(&target).await, phone.rows() + 1);
}

#[tokio::test]
async fn failure_and_retry_a_denied_run_sets_nothing_aside_and_a_troubled_one_arrives() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let denied = phone.run(&cloud.user("bob")).await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::Denied, "{denied}");
    assert!(phone.quarantine().await.is_empty(), "nothing is wrong with any record");
    assert!(cloud.documents("ann").await.is_empty());

    let faults = [
        Fault::code(Code::Unavailable),
        Fault::code_afterwards(Code::DeadlineExceeded),
        Fault::Drop(Lost::Connection),
        Fault::LoseAnswer(Lost::Call),
    ];
    cloud.proxy.appoint(Rule::share(0.4, 20_261_120, faults));
    let target = cloud.user("ann");
    let mut report = phone.run(&target).await.unwrap();
    // The app tries again when it was told that it may go well later.
    for _ in 0..50 {
        let Ended::Later(_) = report.ended else { break };
        report = phone.run(&target).await.unwrap();
    }
    is_complete(&report);
    assert_eq!((report.counters.created, report.counters.quarantined), (phone.rows(), 0));
    assert!(report.counters.retries > 3, "{report:?}");
    cloud.wrote_each_once(phone.rows());
    cloud.proxy.dismiss();
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn large_dataset_thousands_of_records_go_in_few_requests_and_are_proved() {
    let (cloud, phone) = (Cloud::new().await, Phone::of("ann", &Options { completions: 5_000, ..few() }));
    phone.control.settings(Settings { batch_records: 200, page_records: 500, ..small() });
    let target = cloud.user("ann");
    phone.run_and_die(&cloud, &target, 10).await;
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!(report.counters.read, phone.rows());
    assert!(phone.rows() > 6_000);
    let commits = cloud.commits();
    assert!(commits <= 2 * phone.rows().div_ceil(200), "{commits} commits");
    cloud.wrote_each_once(phone.rows());
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn mixed_data_types_every_kind_of_value_is_what_the_store_has() {
    let (cloud, phone) = (Cloud::new().await, Phone::of("ann", &Options { users: 2, ..few() }));
    is_complete(&phone.run(&cloud.user("ann")).await.unwrap());
    let documents = cloud.documents("ann").await;
    let app = phone.app();
    let ids = |table: &str| all(&app, &format!("SELECT Z_PK, ZID FROM {table}"), |row| (number(row, 0), id(row, 1)));
    let habits: BTreeMap<i64, String> = ids("ZHABIT").into_iter().collect();
    let events: BTreeMap<i64, String> = ids("ZXPEVENT").into_iter().collect();
    let profiles: BTreeMap<i64, String> = ids("ZUSERPROFILE").into_iter().collect();

    let completions = "SELECT ZID, ZCOMPLETEDAT, ZAMOUNT, ZISSKIPPED, ZNOTE, ZMOOD, ZHABIT, ZXPEVENT FROM ZCOMPLETION";
    let mut kinds = BTreeMap::new();
    let mut see = |document: &Map, name: &str, value: Option<Value>| {
        let there = document.get(name).filter(|value| **value != Value::Null);
        assert_eq!(there, value.as_ref(), "{name}");
        *kinds.entry(name.to_owned()).or_insert(0) += usize::from(value.is_some());
    };
    all(&app, completions, |row| {
        let document = &documents[&format!("users/ann/completions/{}", id(row, 0))];
        let reference = |column, ids: &BTreeMap<i64, String>, collection: &str| {
            let key: Option<i64> = row.get(column).unwrap();
            key.map(|key| Value::Reference(format!("users/ann/{collection}/{}", ids[&key])))
        };
        see(document, "completedAt", Some(moment(row, 1)));
        see(document, "amount", row.get::<_, Option<f64>>(2).unwrap().map(Value::Double));
        see(document, "isSkipped", Some(Value::Bool(number(row, 3) == 1)));
        see(document, "note", text(row, 4));
        see(document, "mood", text(row, 5));
        see(document, "habit", reference(6, &habits, "habits"));
        see(document, "xpEvent", reference(7, &events, "xpEvents"));
    });
    let query = "SELECT ZHABIT.ZID, ZSORTINDEX, ZTITLE, ZLINK, ZOWNER, ZCURRENT, ZLONGEST, CAST(ZTARGETAMOUNT AS TEXT), \
                 ZTAGS IS NOT NULL, ZHABIT.Z_PK FROM ZHABIT JOIN ZSTREAK ON ZSTREAK = ZSTREAK.Z_PK";
    all(&app, query, |row| {
        let document = &documents[&format!("users/ann/habits/{}", id(row, 0))];
        let streak_of = |column| Value::Int(number(row, column));
        let Value::Map(streak) = &document["streak"] else { panic!("a streak is embedded") };
        assert_eq!([&streak["current"], &streak["longest"]], [&streak_of(5), &streak_of(6)]);
        see(document, "sortIndex", Some(Value::Int(number(row, 1))));
        see(document, "title", text(row, 2));
        see(document, "link", text(row, 3));
        see(document, "owner", Some(Value::Reference(format!("users/ann/profiles/{}", profiles[&number(row, 4)]))));
        // 24.95 is 24.95, and 3.0 is 3.
        let target = text(row, 7).map(|target| match target {
            Value::String(digits) => Value::String(digits.trim_end_matches(".0").to_owned()),
            other => other,
        });
        see(document, "target", target);
        let tags = document.get("tags").filter(|tags| **tags != Value::Null);
        assert_eq!(matches!(tags, Some(Value::Array(_))), number(row, 8) == 1, "an archive becomes an array");
        assert!(matches!(document["buddies"], Value::Array(_)));
    });
    assert!(kinds.values().all(|times| *times > 0), "each kind was met with a value: {kinds:?}");
}

#[tokio::test]
async fn network_interruption_a_tunnel_and_a_dead_line_cost_time_and_nothing_else() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let line = Line::to(cloud.proxy.address()).await.unwrap();
    let target = cloud.at(line.address().to_string(), cloud.project.user("ann"));

    let tunnel = async {
        cloud.more_commits(4).await;
        line.refuse().await;
        line.cut();
    };
    let report = tokio::join!(phone.run(&target), tunnel).0.unwrap();
    assert!(matches!(report.ended, Ended::Later(_)), "{report:?}");
    assert!(report.counters.add_up() && report.counters.read < phone.rows(), "{report:?}");

    line.recover().await;
    let retries = rehome_core::backfill::Retries { attempts: 3, ..small().retries };
    phone.control.settings(Settings { timeout: Duration::from_millis(700), retries, ..small() });
    let report = phone.run_until(&cloud, &target, 4, || line.fall_silent()).await;
    assert!(matches!(report.ended, Ended::Later(_)), "nobody says that a line is dead: {report:?}");

    line.recover().await;
    phone.control.settings(small());
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.created, report.counters.quarantined), (phone.rows(), 0));
    cloud.wrote_each_once(phone.rows());
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn corrupted_data_is_set_aside_with_its_reason_and_everything_else_arrives() {
    let options = Options { completions: 600, damage: Damage::ALL.to_vec(), damaged_share: 0.1, ..few() };
    let (cloud, phone) = (Cloud::new().await, Phone::of("ann", &options));
    let bytes = fs::read(phone.store_path()).unwrap();
    let target = cloud.user("ann");
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);

    let set_aside: BTreeMap<_, _> = phone.quarantine().await.into_iter().map(|(_, row)| why(row)).collect();
    let rows = phone.truth.damaged.iter().map(|(row, damage)| ((damage.entity().to_owned(), *row), *damage));
    let mut damaged: BTreeMap<_, _> = rows.collect();
    // Who leads to a record of no kind cannot be whole either: every fourth completion earned XP.
    let strays = phone.truth.damaged.iter().filter(|(row, damage)| *damage == Damage::UnknownEntity && row % 4 == 0);
    damaged.extend(strays.map(|(row, damage)| (("XPEvent".to_owned(), row / 4), *damage)));
    assert!(Damage::ALL.iter().all(|kind| phone.truth.damaged_by(*kind) > 0), "every kind of damage is among them");
    assert_eq!(set_aside.keys().collect::<Vec<_>>(), damaged.keys().collect::<Vec<_>>());
    for (row, damage) in &damaged {
        let is_its = damage.reasons().iter().any(|reason| reason.word() == set_aside[row]);
        assert!(is_its, "{damage:?}: {:?}", set_aside[row]);
    }

    let good = phone.rows() - damaged.len() as u64;
    assert_eq!((report.counters.created, report.counters.quarantined), (good, damaged.len() as u64));
    cloud.wrote_each_once(good);
    is_whole(&phone.verify(&target).await, good);
    assert!(bytes == fs::read(phone.store_path()).unwrap(), "the store is as it was");

    // Somebody mends a note that was no text: the next run has it.
    let (mended, _) = phone.truth.damaged.iter().find(|(_, damage)| *damage == Damage::BadUtf8).unwrap();
    phone.app().execute("UPDATE ZCOMPLETION SET ZNOTE = 'mended' WHERE Z_PK = ?1", [mended]).unwrap();
    let report = phone.start(&target, Start::Anew).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.created, report.counters.already_there), (1, good));
    cloud.wrote_each_once(good + 1);
}

/// Which row is set aside, and why.
fn why(one: SetAside) -> ((String, i64), String) {
    let Key::Int(row) = one.record.key else { panic!("rows have numbers") };
    ((one.record.entity.to_string(), row), one.reason)
}

fn all<T>(app: &Connection, query: &str, mut of: impl FnMut(&Row<'_>) -> T) -> Vec<T> {
    let mut statement = app.prepare(query).unwrap();
    let rows = statement.query_map([], |row| Ok(of(row))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn number(row: &Row<'_>, column: usize) -> i64 {
    row.get(column).unwrap()
}

fn id(row: &Row<'_>, column: usize) -> String {
    let bytes: [u8; 16] = row.get(column).unwrap();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

fn text(row: &Row<'_>, column: usize) -> Option<Value> {
    match row.get_ref(column).unwrap() {
        ValueRef::Text(text) => Some(Value::String(String::from_utf8(text.to_vec()).unwrap())),
        _ => None,
    }
}

/// Cut to the microsecond, as Firestore keeps it.
fn moment(row: &Row<'_>, column: usize) -> Value {
    let seconds: f64 = row.get(column).unwrap();
    let nanos = ((seconds - seconds.floor()) * 1e9).round() as u32;
    let whole = (seconds.floor() + TO_2001) as i64;
    Value::Timestamp(Timestamp::new(whole, nanos / 1000 * 1000).unwrap())
}
