//! How much CPU it takes to read a large store, beside a bare loop that touches every column.
//!
//! `REHOME_BENCH_STORE` names the store of a habit app with many completions. The bare loop runs first, so that both
//! find the file in the system's cache.

use std::process::ExitCode;
use std::time::Duration;

use rehome_core::store::{Join, RelationShape, Shape, Source};
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

const PAGE: usize = 500;

fn main() -> ExitCode {
    let Some(path) = std::env::var_os("REHOME_BENCH_STORE") else {
        println!("read: not measured, for REHOME_BENCH_STORE names no store");
        return ExitCode::SUCCESS;
    };
    match measure(path.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("read: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    bare(path)?;
    let begun = cpu();
    let rows = bare(path)?;
    let bare = cpu() - begun;
    println!("bare loop: {rows} rows, {:.3} s of CPU", bare.as_secs_f64());

    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let begun = cpu();
    let counts = runtime.block_on(LegacyStore::open(path, LegacyOptions::default())?.counts())?;
    println!("inspect: {} entities, {:.3} s of CPU", counts.len(), (cpu() - begun).as_secs_f64());

    let memory = peak_memory();
    let begun = cpu();
    let records = runtime.block_on(read(path))?;
    let read = cpu() - begun;
    let each = read.as_secs_f64() * 1e6 / records.max(1) as f64;
    let times = read.as_secs_f64() / bare.as_secs_f64();
    println!("read: {records} records, {:.3} s of CPU, {each:.2} µs each, {times:.2} times bare", read.as_secs_f64());
    println!("read: peak memory {} kB, {} kB of it for reading", peak_memory(), peak_memory() - memory);
    Ok(())
}

fn bare(path: &std::path::Path) -> rusqlite::Result<u64> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let mut statement = connection.prepare("SELECT * FROM ZCOMPLETION ORDER BY Z_PK")?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let (mut count, mut touched) = (0, 0);
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            touched += match row.get_ref(column)? {
                ValueRef::Null => 0,
                ValueRef::Integer(number) => number as usize & 1,
                ValueRef::Real(number) => number as usize & 1,
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
            };
        }
        count += 1;
    }
    std::hint::black_box(touched);
    Ok(count)
}

async fn read(path: &std::path::Path) -> rehome_core::error::Result<u64> {
    let store = LegacyStore::open(path, LegacyOptions::default())?;
    let schema = store.schema().await?;
    let fields = schema.entity("Completion").map(|entity| entity.fields.clone()).unwrap_or_default();
    let habit =
        RelationShape { name: "habit".into(), join: Join::Known, many: false, shape: Shape::of("Habit", &["id"]) };
    let shape = Shape {
        entity: "Completion".into(),
        fields: fields.into_iter().map(|field| field.name).collect(),
        relations: vec![habit],
        claims_strays: true,
    };
    let (mut count, mut cursor) = (0, None);
    loop {
        let page = store.page(&shape, cursor.as_ref(), PAGE).await?;
        count += page.records.len() as u64;
        cursor = page.next;
        if cursor.is_none() {
            return Ok(count);
        }
    }
}

/// What this process has used of all cores, from Linux's own account of it in hundredths of a second.
fn cpu() -> Duration {
    let account = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let numbers = account.rsplit(") ").next().unwrap_or_default().split(' ');
    let hundredths: u64 = numbers.skip(11).take(2).filter_map(|number| number.parse::<u64>().ok()).sum();
    Duration::from_millis(hundredths * 10)
}

fn peak_memory() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
