//! What Rehome costs an app that has nothing to do: opening it and deciding that, lying idle, and a page of documents:
//! `cargo bench -p rehome-tests --bench app`. A process of its own carries a store first.

#[path = "measure/mod.rs"]
#[allow(dead_code, reason = "each measurement uses some of it")]
mod measure;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use measure::{OWNER, PLAN, Result, cpu_seconds, machine, store_of};
use rehome_core::phone::{Configuration, Ending, PlanText, Rehome, Settings, StoreFile};
use rehome_core::rollout::{Side, Values};
use rehome_core::stores::firestore::{Endpoint, Token};
use rehome_servers::{FirestoreServer, user_token};
use tokio::runtime::{Builder, Runtime};

const RECORDS: u64 = 1000;
const ROUNDS: u32 = 15;
const PROJECT: &str = "demo-app";
/// Where nobody listens: whoever asks somebody fails.
const NOBODY: &str = "127.0.0.1:9";

fn main() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    if let Some(folder) = env::var_os("REHOME_BENCH_CARRY") {
        return carry(&runtime, Path::new(&folder));
    }
    println!("{}; a store of {RECORDS} completions, carried and sealed", machine());
    let folder = tempfile::tempdir()?;
    store_of(RECORDS)?;
    let carried = Command::new(env::current_exe()?).env("REHOME_BENCH_CARRY", folder.path()).status()?;
    if !carried.success() {
        return Err("the store could not be carried".into());
    }
    // First: what the others leave in memory would hide what this takes.
    idling(&runtime, folder.path())?;
    deciding(&runtime, folder.path())?;
    reading(&runtime, folder.path())
}

/// Carries the store to a server of this process, and seals it.
fn carry(runtime: &Runtime, folder: &Path) -> Result<()> {
    let server = FirestoreServer::hidane(None)?;
    let rehome = open(folder, server.address().to_string(), Settings::unthrottled())?;
    runtime.block_on(async {
        let migration = rehome.migration(OWNER);
        let outcome = migration.run_if_needed().await?;
        if outcome.ending != Ending::Complete {
            return Err(format!("{outcome:?}").into());
        }
        migration.seal().await?;
        rehome.close().await;
        Ok(())
    })
}

fn deciding(runtime: &Runtime, folder: &Path) -> Result<()> {
    let round = || -> Result<f64> {
        let before = cpu_seconds();
        let rehome = open(folder, NOBODY.to_owned(), Settings::default())?;
        let outcome = runtime.block_on(rehome.migration(OWNER).run_if_needed())?;
        runtime.block_on(rehome.close());
        let after = cpu_seconds();
        if outcome.ending == Ending::Closed { Ok(after - before) } else { Err(format!("{outcome:?}").into()) }
    };
    let rounds = (0..ROUNDS).map(|_| round()).collect::<Result<Vec<_>>>()?;
    println!(
        "opening, deciding that nothing is to be done, closing: {:.2} ms of CPU, and nobody asked",
        least(rounds) * 1e3
    );
    Ok(())
}

fn reading(runtime: &Runtime, folder: &Path) -> Result<()> {
    let rehome = open(folder, NOBODY.to_owned(), Settings::default())?;
    let documents = rehome.documents(OWNER);
    let collection = format!("users/{OWNER}/completions");
    let mut bytes = 0;
    let mut round = || -> Result<f64> {
        let began = Instant::now();
        let page = runtime.block_on(documents.list(collection.clone(), Some(Side::Old), None, RECORDS as usize))?;
        bytes = page.json.len();
        if page.count as u64 == RECORDS { Ok(began.elapsed().as_secs_f64()) } else { Err("a page is short".into()) }
    };
    let rounds = (0..ROUNDS).map(|_| round()).collect::<Result<Vec<_>>>()?;
    println!(
        "a page of {RECORDS} documents from the old side, as JSON: {:.2} ms, {} kB",
        least(rounds) * 1e3,
        bytes / 1000
    );
    runtime.block_on(rehome.close());
    Ok(())
}

fn idling(runtime: &Runtime, folder: &Path) -> Result<()> {
    let before = status("VmRSS:", Path::new("/proc/self/status"))?;
    let rehome = open(folder, NOBODY.to_owned(), Settings::default())?;
    runtime.block_on(rehome.migration(OWNER).run_if_needed())?;
    let span = Duration::from_secs(3);
    let woken = switches()?;
    thread::sleep(span);
    // This very thread was woken once.
    let woken = switches()?.saturating_sub(woken + 1);
    let memory = status("VmRSS:", Path::new("/proc/self/status"))?.saturating_sub(before);
    println!(
        "lying idle: woken {woken} times in {} s, {:.1} MB of memory more than before",
        span.as_secs(),
        memory as f64 / 1e3
    );
    runtime.block_on(rehome.close());
    Ok(())
}

fn open(folder: &Path, server: String, settings: Settings) -> Result<Rehome> {
    // What crosses over lies flat, so that one collection has them all.
    let plan = PLAN.replace("habits/{habit.id}/completions", "completions");
    let plan = PlanText { name: "bench.toml".to_owned(), text: plan };
    let (store, tokens) = (StoreFile::At(store_of(RECORDS)?), Arc::new(token()));
    let base = Configuration::new(folder.join("rehome"), store, plan, PROJECT, tokens);
    let defaults = Values::of([("backfillEnabled", "true"), ("backfillRolloutPercentage", "100")]);
    Ok(Rehome::open(Configuration { endpoint: Endpoint::Emulator(server), defaults, settings, ..base })?)
}

fn token() -> Token {
    user_token(PROJECT, OWNER)
}

fn least(rounds: Vec<f64>) -> f64 {
    rounds.into_iter().fold(f64::INFINITY, f64::min)
}

/// How often threads of this process have gone to sleep: each was woken before that.
fn switches() -> Result<u64> {
    let threads = fs::read_dir("/proc/self/task")?.map(|thread| thread.map(|thread| thread.path().join("status")));
    let threads = threads.collect::<std::io::Result<Vec<PathBuf>>>()?;
    threads.iter().map(|path| status("voluntary_ctxt_switches:", path)).sum()
}

fn status(name: &str, path: &Path) -> Result<u64> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("the system does not say it")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
