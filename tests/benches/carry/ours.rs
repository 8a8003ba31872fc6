//! Ours: the whole way, from a row in SQLite to a receipt in the journal, and what it takes to go on.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rehome_core::backfill::{Backfill, Control, Ended, Request, Settings, Start};
use rehome_core::clock::SystemClock;
use rehome_core::journal::{JournalOptions, Scope, SqliteJournal};
use rehome_core::record::Name;
use rehome_core::remote_state::StateAddress;
use rehome_core::rules::Rules;
use rehome_core::store::{Answer, Capabilities, Cursor, Found, Listing, Outcome, Target, Write};
use rehome_core::stores::firestore::FirestoreStore;
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};

use crate::client::{Lap, Used, in_a_process};
use crate::documents::{BATCH, plan, target};
use crate::measure::{OWNER, Result};
use crate::server::Server;

fn settings() -> Settings {
    Settings::unthrottled()
}

/// The settings, as far as they decide about speed.
pub(crate) fn settings_told() -> String {
    let Settings { page_records, ahead_bytes, batch_records, in_flight, .. } = settings();
    format!(
        "unthrottled; pages of {page_records}, {} kB of documents on their way, {batch_records} writes in a request, \
         {in_flight} requests at once",
        ahead_bytes >> 10
    )
}

/// Carries everything.
pub(crate) async fn carry(address: &str, store: &Path, journal: &Path) -> Result<Used> {
    let lap = Lap::begin();
    let control = Control::new(settings());
    let target = target(address)?;
    let (ended, carried) = run(&target, &control, store, journal).await?;
    match ended {
        Ended::Complete => lap.end(carried),
        other => Err(format!("it ended before that: {other:?}").into()),
    }
}

/// Carries at most so many documents and then stops, in a process of its own.
pub(crate) fn stopped_after(documents: u64, server: &Server, store: &Path, journal: &Path) -> Result<Used> {
    in_a_process("ours-until", server, &[store, journal, documents.to_string().as_ref()])
}

/// Goes on until the first request, in a process of its own.
pub(crate) fn resumed(server: &Server, store: &Path, journal: &Path) -> Result<Used> {
    in_a_process("ours-resumed", server, &[store, journal])
}

pub(crate) async fn carry_until(documents: u64, address: &str, store: &Path, journal: &Path) -> Result<Used> {
    stop_early(documents, address, store, journal).await
}

pub(crate) async fn carry_on(address: &str, store: &Path, journal: &Path) -> Result<Used> {
    stop_early(0, address, store, journal).await
}

/// What it took until the first request was made.
async fn stop_early(documents: u64, address: &str, store: &Path, journal: &Path) -> Result<Used> {
    // One request at a time: none is under way beyond the last one that counts.
    let control = Control::new(Settings { in_flight: 1, ..settings() });
    let target = Stopping {
        target: target(address)?,
        control: control.clone(),
        left: AtomicU64::new(documents),
        lap: Lap::begin(),
        first: OnceLock::new(),
    };
    run(&target, &control, store, journal).await?;
    target.first.into_inner().ok_or_else(|| "it made no request".into())
}

/// How it ended, and how many records it has carried.
async fn run(target: &dyn Target, control: &Control, store: &Path, journal: &Path) -> Result<(Ended, u64)> {
    let store = LegacyStore::open(store, LegacyOptions::default())?;
    let plan = plan(&store).await?;
    let journal = SqliteJournal::open(journal, &JournalOptions::default())?.journal;
    let (clock, state) = (SystemClock::default(), StateAddress::of(OWNER)?);
    let backfill = Backfill {
        source: &store,
        target,
        journal: &journal,
        plan: &plan,
        clock: &clock,
        uploads: None,
        state: Some(&state),
    };
    let request = Request { scope: Scope::of(&plan.name, OWNER), start: Start::Resume, holder: "bench".to_owned() };
    let report = backfill.run(&request, control).await?;
    Ok((report.ended, report.counters.carried))
}

/// A target that stops the run before it takes more than so many documents, and remembers when it was asked first.
struct Stopping {
    target: FirestoreStore,
    control: Control,
    left: AtomicU64,
    lap: Lap,
    first: OnceLock<Used>,
}

impl Stopping {
    async fn write_and_count(&self, writes: &[Write]) -> rehome_core::error::Result<Vec<Outcome>> {
        if let Ok(used) = self.lap.end(0) {
            self.first.get_or_init(|| used);
        }
        // Told while the last one is under way: its answer would be taken in, and followed by another, before that.
        let left = self.left.load(Ordering::Relaxed).saturating_sub(writes.len() as u64);
        self.left.store(left, Ordering::Relaxed);
        if left < BATCH as u64 {
            self.control.cancel();
        }
        self.target.write(writes).await
    }
}

impl Target for Stopping {
    fn rules(&self) -> &Rules {
        self.target.rules()
    }

    fn capabilities(&self) -> Capabilities {
        self.target.capabilities()
    }

    fn identity(&self) -> Answer<'_, Option<String>> {
        self.target.identity()
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        Box::pin(self.write_and_count(writes))
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        self.target.look(addresses, fields)
    }

    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64> {
        self.target.count(collection)
    }

    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing> {
        self.target.list(collection, after, limit, fields)
    }
}
