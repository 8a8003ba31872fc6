//! What carrying costs, from a row in SQLite to Firestore's receipt in the journal, beside clients that we did not
//! write and beside the least that any client could do: documents a second, and CPU for each.
//!
//! Each client is a process of its own, and so is the server, a fresh one for each measurement. The clients take turns
//! in one run, and of several turns the quickest counts. All write the same documents, each as one that was not there;
//! ours reads and maps them on its way, and keeps its journal, while the others have them in memory when the clock
//! starts.

mod client;
mod documents;
mod firestore_crate;
#[path = "../measure/mod.rs"]
mod measure;
mod ours;
mod ready;
mod server;

use std::path::Path;

use client::{Client, Used};
use documents::Documents;
use measure::{Result, machine, store_of};
use mimalloc::MiMalloc;
use server::Server;
use tempfile::TempDir;

/// As in the tool.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many documents, and of how many turns the quickest counts.
const SIZES: [(u64, usize); 2] = [(20_000, 3), (200_000, 1)];
/// Milliseconds that the way to the server and back takes longer than on this machine.
const ROUND_TRIPS: [u64; 2] = [0, 50];
/// How many documents of a hundred are there when a run is resumed.
const RESUMED_AT: [u64; 2] = [1, 99];
const RESUMED_TURNS: usize = 5;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", round_trip] => server::serve(round_trip.parse()?),
        ["client", word, ref rest @ ..] => client::be(word, rest),
        [] => measure_all(&SIZES),
        [size] => measure_all(&[(size.parse()?, 3)]),
        _ => Err("give a number of documents, or nothing".into()),
    }
}

fn measure_all(sizes: &[(u64, usize)]) -> Result<()> {
    println!("{}; hidane as the server, with an owner's rights", machine());
    println!("ours: {}", ours::settings_told());
    let empty = client::in_a_process("nothing", &Server::start(0)?, &[])?.peak_kb as f64 / 1024.0;
    println!("peaks are of the whole process; one that does nothing has {empty:.1} MB");
    for &(count, turns) in sizes {
        let folder = tempfile::tempdir()?;
        let store = store_of(count)?;
        let documents = Documents::of(&store, &folder.path().join("documents.ndjson"))?;
        for round_trip in ROUND_TRIPS {
            let measured = take_turns(turns, round_trip, &store, &documents)?;
            print_table(&documents, round_trip, turns, &measured);
        }
        measure_resuming(&store, &documents)?;
    }
    Ok(())
}

fn take_turns(turns: usize, round_trip: u64, store: &Path, documents: &Documents) -> Result<Vec<(Client, Used)>> {
    let mut measured: Vec<(Client, Used)> = Vec::new();
    for _ in 0..turns {
        for client in Client::ALL {
            let (server, folder) = (Server::start(round_trip)?, TempDir::new()?);
            let used = client.run(&server, store, documents, folder.path())?;
            documents.are_on(&server)?;
            match measured.iter_mut().find(|(other, _)| *other == client) {
                Some((_, quickest)) if quickest.seconds <= used.seconds => {}
                Some((_, quickest)) => *quickest = used,
                None => measured.push((client, used)),
            }
        }
    }
    Ok(measured)
}

fn print_table(documents: &Documents, round_trip: u64, turns: usize, measured: &[(Client, Used)]) {
    let count = documents.count;
    println!("\n{count} documents, {round_trip} ms of round trip added, the quickest of {turns}");
    println!("{:<44} {:>9} {:>8} {:>12} {:>8}", "", "docs/s", "ceiling", "CPU µs/doc", "peak MB");
    let rate = |used: &Used| count as f64 / used.seconds;
    let ceiling =
        measured.iter().find(|(client, _)| *client == Client::Ceiling).map_or(f64::NAN, |(_, used)| rate(used));
    for (client, used) in measured {
        println!(
            "{:<44} {:>9.0} {:>7.2}x {:>12.1} {:>8.1}",
            client.name(),
            rate(used),
            rate(used) / ceiling,
            used.cpu_seconds * 1e6 / count as f64,
            used.peak_kb as f64 / 1024.0,
        );
    }
}

/// What it takes to go on, from opening the store and the journal to the first request.
fn measure_resuming(store: &Path, documents: &Documents) -> Result<()> {
    println!();
    for percent in RESUMED_AT {
        let mut quickest: Option<Used> = None;
        for _ in 0..RESUMED_TURNS {
            let (server, folder) = (Server::start(0)?, TempDir::new()?);
            let journal = folder.path().join("journal.sqlite");
            ours::stopped_after(documents.count * percent / 100, &server, store, &journal)?;
            let used = ours::resumed(&server, store, &journal)?;
            quickest = Some(quickest.filter(|other| other.cpu_seconds <= used.cpu_seconds).unwrap_or(used));
        }
        if let Some(Used { seconds, cpu_seconds, .. }) = quickest {
            let (wall, cpu) = (seconds * 1e3, cpu_seconds * 1e3);
            println!(
                "resumed at {percent:>2} % of {}: first request after {wall:.1} ms, {cpu:.1} ms of CPU",
                documents.count
            );
        }
    }
    Ok(())
}
