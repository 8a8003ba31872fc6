//! What a row of the ledger costs: `cargo bench -p rehome-tests --bench journal`. Bytes in the file, and the process's
//! time for each row, with the disk's waiting left out.

use std::time::{Duration, Instant};

use rehome_core::journal::{
    Ask, Carried, Counters, Journal, JournalOptions, Leased, Position, Run, Saved, Scope, SqliteJournal, Status,
};
use rehome_core::plan::{ContentHash, Fingerprint, Outline};
use rehome_core::record::{Key, RecordId, Timestamp};
use rehome_core::store::Version;
use rustix::time::{ClockId, clock_gettime};

const ROWS: u64 = 200_000;
const BATCH: u64 = 500;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for marked in [false, true] {
        println!("{}", if marked { "with a mark for each record" } else { "rows of the ledger alone" });
        runtime.block_on(measure(marked));
    }
}

async fn measure(marked: bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let journal = SqliteJournal::open(&path, &JournalOptions::default()).unwrap().journal;
    let (scope, now) = (Scope::of("habits", "3gZ0fUu7b5VQe1tYyqfYb0dKX2J2"), Timestamp::from_millis(1_700_000_000_000));
    let Leased::Yours(lease) = journal.lease(&scope, "bench", Ask::Force, now).await.unwrap() else { unreachable!() };
    let run = Run {
        fingerprint: Fingerprint([7; 32]),
        outline: Outline::default(),
        store: "default.store".to_owned(),
        target: "target".to_owned(),
        generation: 1,
        status: Status::Running,
        paused: None,
        started: now,
        heartbeat: now,
        finished: None,
        position: Position::default(),
        counters: Counters::default(),
    };
    journal.begin(&lease, &run).await.unwrap();

    let batches: Vec<Vec<Carried>> = (0..ROWS / BATCH).map(|batch| rows(batch * BATCH)).collect();
    let steps: Vec<Saved> = batches
        .iter()
        .map(|carried| {
            let marks = carried.iter().filter(|_| marked).map(|row| (mark(&row.address), row.source.clone()));
            Saved { marks: marks.collect(), carried: carried.clone(), ..Saved::default() }
        })
        .collect();
    let lap = Lap::begin();
    for step in &steps {
        journal.save(&lease, step, now).await.unwrap();
    }
    lap.end("carried");
    drop(steps);

    let lap = Lap::begin();
    for carried in &batches {
        let addresses: Vec<String> = carried.iter().map(|row| row.address.clone()).collect();
        let found = journal.carried_at(&scope, &addresses).await.unwrap();
        assert!(found.iter().all(Option::is_some));
    }
    lap.end("found by address");

    journal.unsee(&lease, "Completion").await.unwrap();
    let sources = |carried: &Vec<Carried>| carried.iter().map(|row| row.source.clone()).collect();
    let steps: Vec<Saved> =
        batches.iter().map(|carried| Saved { seen: sources(carried), ..Saved::default() }).collect();
    let lap = Lap::begin();
    for step in &steps {
        journal.save(&lease, step, now).await.unwrap();
    }
    lap.end("seen again");
    let lap = Lap::begin();
    assert!(journal.unseen(&scope, "Completion", 0, 500).await.unwrap().is_empty());
    lap.end("asked for the unseen");
    drop(journal);
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("  {:>6.1} bytes a row, {bytes} in all", bytes as f64 / ROWS as f64);
}

/// Completions of 50 habits, keyed as Core Data does, with addresses of UUIDs.
fn rows(first: u64) -> Vec<Carried> {
    let row = |number: u64| Carried {
        source: RecordId { entity: "Completion".into(), key: Key::Int(i64::try_from(number).unwrap()) },
        slot: 0,
        address: format!(
            "users/3gZ0fUu7b5VQe1tYyqfYb0dKX2J2/habits/{}/completions/{}",
            uuid(number / 4000),
            uuid(number)
        ),
        hash: ContentHash([number.to_le_bytes()[0]; 32]),
        version: Some(Version::new(format!("{}.{:09}", 1_700_000_000 + number / 500, number))),
        ours: true,
    };
    (first..first + BATCH).map(row).collect()
}

fn scattered(number: u64) -> u64 {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 31).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn uuid(number: u64) -> String {
    let (high, low) = (scattered(number), scattered(number ^ 0xffff));
    format!(
        "{:08X}-{:04X}-{:04X}-{:04X}-{:012X}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

fn mark(address: &str) -> i64 {
    address.bytes().fold(7_u64, |hash, byte| scattered(hash ^ u64::from(byte))).cast_signed()
}

/// Time that passed, and that the process worked.
struct Lap {
    wall: Instant,
    cpu: Duration,
}

impl Lap {
    fn begin() -> Self {
        Self { wall: Instant::now(), cpu: cpu() }
    }

    fn end(self, what: &str) {
        let (cpu, wall) = (cpu() - self.cpu, self.wall.elapsed());
        let each = |time: Duration| time.as_secs_f64() * 1e6 / ROWS as f64;
        println!("  {what:<22} {:>6.2} µs of CPU a row, {:>6.2} µs in all", each(cpu), each(wall));
    }
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap())
}
