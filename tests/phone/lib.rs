//! All that an app can reach so far, behind one C function: what it weighs is what a phone would carry.

#![allow(unsafe_code, reason = "an exported name may clash with another library's, and this one does not")]

use std::path::PathBuf;
use std::sync::Arc;

use rehome_core::clock::SystemClock;
use rehome_core::journal::{JournalOptions, SqliteJournal};
use rehome_core::plan::{Context, Mapped, Mapper, PlanFile};
use rehome_core::record::Timestamp;
use rehome_core::remote_config::{FirebaseApp, RemoteConfig, Told};
use rehome_core::store::{Condition, Shape, Source, Target, Write};
use rehome_core::stores::firestore::{FirestoreConfig, FirestoreStore, Seen, Token};
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};

/// Carries the first page of a store over to Firestore by a plan, and looks at what is there then; answers how many
/// documents and remote values that are, or -1.
#[unsafe(no_mangle)]
pub extern "C" fn rehome_first_page() -> i32 {
    first_page().and_then(|count| i32::try_from(count).ok()).unwrap_or(-1)
}

fn first_page() -> Option<usize> {
    let mut arguments = std::env::args_os().skip(1);
    let legacy = LegacyStore::open(PathBuf::from(arguments.next()?), LegacyOptions::default()).ok()?;
    let plan = std::fs::read_to_string(arguments.next()?).ok()?;
    let journal = SqliteJournal::open(arguments.next()?, &JournalOptions::default()).ok()?.journal;
    let mut texts = arguments.map(|text| text.to_string_lossy().into_owned());
    let [project, token, key, id] = [texts.next()?, texts.next()?, texts.next()?, texts.next()?];
    let app = FirebaseApp::new(&project, key, id);
    let firestore = FirestoreStore::new(FirestoreConfig::new(project, Arc::new(Token::bearer(token)))).ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let rules = firestore.rules();
        let checked = PlanFile::check(&plan, "plan", &*legacy.schema().await.ok()?, rules).ok()?;
        let mut mapper = Mapper::new(&checked.plan, rules, Context { owner: "", now: Timestamp::from_millis(0) });
        let page = legacy.page(&checked.plan.passes.first()?.shape, None, 100).await.ok()?;
        let mapped = page.records.into_iter().filter_map(|record| mapper.map(0, record).ok()).flatten();
        let writes: Vec<Write> = mapped.filter_map(write).collect();
        firestore.write(&writes).await.ok()?;
        let config = RemoteConfig::open(app, Arc::new(journal), Arc::new(SystemClock::default())).await.ok()?;
        Some(see(&firestore).await? + flags(&config).await?)
    })
}

fn write(mapped: Mapped) -> Option<Write> {
    let Mapped::Document(document) = mapped else { return None };
    let address = document.address.clone();
    Some(Write { address, fields: Some(document.into_fields().into()), condition: Condition::Absent })
}

/// Everything that reads.
async fn see(firestore: &FirestoreStore) -> Option<usize> {
    let listing = firestore.list("habits", None, 10, None).await.ok()?;
    let count = firestore.count("habits").await.ok()?;
    let page = firestore.page(&Shape::of("habits/{id}", &["title"]), listing.next.as_ref(), 10).await.ok()?;
    let addresses: Vec<String> = listing.records.into_iter().map(|(address, _)| address).collect();
    let found = firestore.look(&addresses, None).await.ok()?.into_iter().flatten().count();
    match firestore.watch("flags/stop", None).next().await {
        Seen::Stale(_) => None,
        _ => Some(found + page.records.len() + usize::try_from(count).ok()?),
    }
}

/// Everything that flags from afar need.
async fn flags(config: &RemoteConfig) -> Option<usize> {
    config.fetch_and_activate().await.ok()?;
    match config.listen().next().await {
        Told::Deaf(_) => None,
        _ => Some(config.values().entries.len()),
    }
}
