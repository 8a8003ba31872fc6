//! What it costs to map and hash one record: `cargo bench -p rehome-core --features testkit --bench map`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rehome_core::plan::{
    Context, Escape, FieldRule, Fingerprint, Mapper, Move, Nulls, Part, Pass, Path, Plan, Rule, Slot, Template,
};
use rehome_core::record::{Key, Record, RecordId, Related, Timestamp, Value};
use rehome_core::store::Shape;
use rehome_core::stores::firestore;

const BATCH: i64 = 500;
const BATCHES: u32 = 2000;

fn main() {
    let plan = plan();
    let rules = firestore::rules();
    let context = Context { owner: "Yx3kPzQ9aBcD1efGhI2jKlMnOp", now: Timestamp::from_millis(1_700_000_000_123) };
    let mut mapper = Mapper::new(&plan, &rules, context);
    let habit = Arc::new(record(7, vec!["5A3B9C1E-77F0-4D52-8C7B-0F1E2D3C4B5A".into()], vec![]));
    let mut spent = Duration::ZERO;
    for _ in 0..BATCHES {
        let records: Vec<Record> = (0..BATCH).map(|number| completion(number, &habit)).collect();
        let start = cpu_time();
        for record in records {
            assert!(black_box(mapper.map(0, record)).is_ok(), "the record is as the target wants it");
        }
        spent += cpu_time().saturating_sub(start);
    }
    let records = u32::try_from(BATCH).unwrap_or(1) * BATCHES;
    println!(
        "map and hash: {} ns of CPU a record, over {records} records of 12 fields",
        spent.as_nanos() / u128::from(records)
    );
}

/// The time that this thread has run, where the system says so.
fn cpu_time() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let run = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = run.and_then(|run| run.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn completion(number: i64, habit: &Arc<Record>) -> Record {
    let at = |seconds: i64| Value::Timestamp(Timestamp::from_millis(1_690_000_000_000 + seconds * 1000));
    let values = vec![
        Value::String(format!("9F8E7D6C-5B4A-4392-8170-{number:012}")),
        at(number),
        at(number + 1),
        at(number + 2),
        Value::Int(number),
        Value::Int(3),
        Value::Double(0.5),
        Value::Bool(true),
        Value::Bool(false),
        Value::Null,
        "Europe/Berlin".into(),
        "Ten pages before breakfast".into(),
    ];
    record(number, values, vec![Related::One(Some(habit.clone()))])
}

fn record(key: i64, values: Vec<Value>, related: Vec<Related>) -> Record {
    Record { id: RecordId { entity: "Completion".into(), key: Key::Int(key) }, values, related }
}

fn plan() -> Plan {
    let names = [
        "id",
        "completedAt",
        "createdAt",
        "updatedAt",
        "count",
        "energy",
        "mood",
        "isDone",
        "isSkipped",
        "photo",
        "zone",
        "note",
    ];
    let path = |relations: &[usize], position| Path {
        relations: relations.to_vec(),
        slot: Slot::Field(position, vec![]),
        name: "id".into(),
    };
    let id = |from| Part::Value { from, convert: None, escape: Escape::Segment };
    let literal = |text: &str| Part::Literal(text.to_owned());
    let mut fields: Vec<FieldRule> = (0..names.len())
        .map(|position| {
            let rule = Rule::Take { from: path(&[], position), convert: None, nulls: Nulls::Keep };
            FieldRule { name: names[position].into(), rule }
        })
        .collect();
    fields.sort_by(|left, right| left.name.cmp(&right.name));
    let stamp = |name: &str, rule| FieldRule { name: name.into(), rule };
    let one = Move {
        line: 1,
        document: Template(vec![
            literal("users/"),
            Part::Owner,
            literal("/habits/"),
            id(path(&[0], 0)),
            literal("/completions/"),
            id(path(&[], 0)),
        ]),
        filter: vec![],
        fields,
        stamps: vec![
            stamp("migration_timestamp", Rule::Text(Template(vec![Part::Now { iso: false }]))),
            stamp("source_system", Rule::Constant("swiftdata_migration".into())),
        ],
        revision: Some(path(&[], 3)),
        own_id: false,
        unique: vec![],
    };
    let passes = vec![Pass { shape: Shape::of("Completion", &[]), moves: vec![one] }];
    Plan { name: "habits".into(), version: 1, fingerprint: Fingerprint([0; 32]), passes }
}
