//! What the whole way costs, from a row to a checked and hashed document, beside a bare loop over the same rows: CPU,
//! and memory at its peak. Each measurement has a process of its own.
//!
//! The store is one of 1,000,000 completions from our own generator; it stays in `REHOME_CACHE` where that is set.

mod measure;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use measure::{OWNER, PLAN, Result, cpu_seconds, machine, peak_kb, store_of};
use mimalloc::MiMalloc;
use rehome_core::plan::{Checked, Context, Mapped, Mapper, PlanFile};
use rehome_core::record::Timestamp;
use rehome_core::store::Source;
use rehome_core::stores::firestore;
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// As in the tool.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
/// As many records as a rehearsal reads at a time.
const PAGE: usize = 4096;
/// Of how many runs the quickest counts.
const RUNS: usize = 3;

/// What a process used.
#[derive(Clone, Copy)]
struct Used {
    rows: u64,
    seconds: f64,
    peak_kb: u64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [measurement, store] = &arguments[..] else { return measure_all() };
    let rows = match measurement.as_str() {
        "empty" => 0,
        "bare" => bare(store.as_ref())?,
        "whole" => whole(store.as_ref())?,
        "inspect" => inspect(store.as_ref())?,
        other => return Err(format!("there is no measurement `{other}`").into()),
    };
    println!("{rows} {} {}", cpu_seconds(), peak_kb()?);
    Ok(())
}

fn measure_all() -> Result<()> {
    let (few, many) = (store_of(FEW)?, store_of(MANY)?);
    let size = fs::metadata(&many)?.len() / 1_000_000;
    println!("A store of {MANY} completions, {size} MB; {}", machine());

    let bare = quickest("bare", &many)?;
    let whole = quickest("whole", &many)?;
    let each = whole.seconds * 1e9 / whole.rows as f64;
    println!("bare loop over every column      {:>8.2} s of CPU", bare.seconds);
    println!("read, map, check and hash        {:>8.2} s of CPU, {each:.0} ns a record", whole.seconds);
    println!("the one against the other        {:>8.2} times", whole.seconds / bare.seconds);

    let empty = quickest("empty", &many)?.peak_kb;
    for (rows, store) in [(FEW, &few), (MANY, &many)] {
        let peak = quickest("whole", store)?.peak_kb.saturating_sub(empty) as f64 / 1024.0;
        println!("peak memory above an empty process {peak:>6.1} MB at {rows} rows");
    }
    let inspect = quickest("inspect", &many)?;
    println!("inspect: schema and counts       {:>8.0} ms of CPU", inspect.seconds * 1000.0);
    Ok(())
}

fn quickest(measurement: &str, store: &Path) -> Result<Used> {
    let mut quickest: Option<Used> = None;
    for _ in 0..RUNS {
        let used = in_a_process(measurement, store)?;
        if quickest.is_none_or(|other| used.seconds < other.seconds) {
            quickest = Some(used);
        }
    }
    quickest.ok_or_else(|| "nothing was measured".into())
}

fn in_a_process(measurement: &str, store: &Path) -> Result<Used> {
    let output = Command::new(std::env::current_exe()?).arg(measurement).arg(store).output()?;
    if !output.status.success() {
        return Err(format!("{measurement}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let answer = String::from_utf8(output.stdout)?;
    let mut words = answer.split_whitespace();
    let mut word = || words.next().ok_or("the measuring process said nothing");
    Ok(Used { rows: word()?.parse()?, seconds: word()?.parse()?, peak_kb: word()?.parse()? })
}

fn bare(store: &Path) -> Result<u64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(store, flags)?;
    let mut statement = connection.prepare("SELECT * FROM ZCOMPLETION ORDER BY Z_PK")?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Null => {}
                ValueRef::Integer(number) => drop(black_box(number)),
                ValueRef::Real(number) => drop(black_box(number)),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => drop(black_box(bytes.len())),
            }
        }
        count += 1;
    }
    Ok(count)
}

fn whole(store: &Path) -> Result<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let store = LegacyStore::open(store, LegacyOptions::default())?;
    runtime.block_on(map_all(&store))
}

async fn map_all(store: &LegacyStore) -> Result<u64> {
    let rules = firestore::rules();
    let Checked { plan, .. } = PlanFile::check(PLAN, "bench.toml", &*store.schema().await?, &rules)?;
    let context = Context { owner: OWNER, now: Timestamp::from_millis(1_700_000_000_123) };
    let mut mapper = Mapper::new(&plan, &rules, context);
    let mut documents = 0;
    let mut mapped = Vec::new();
    for (number, pass) in plan.passes.iter().enumerate() {
        let mut after = None;
        loop {
            let page = store.page(&pass.shape, after.as_ref(), PAGE).await?;
            for record in page.records {
                mapper.map_into(number, record, &mut mapped).map_err(|rejection| rejection.to_string())?;
                documents += mapped.iter().filter(|one| matches!(one, Mapped::Document(_))).count() as u64;
                black_box(&mapped);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(documents)
}

fn inspect(store: &Path) -> Result<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let store = LegacyStore::open(store, LegacyOptions::default())?;
    let counts = runtime.block_on(store.counts())?;
    Ok(counts.entities.into_iter().filter_map(|(_, rows)| rows).sum())
}
