//! All that an app can reach so far, behind one C function: what it weighs is what a phone would carry.

#![allow(unsafe_code, reason = "an exported name may clash with another library's, and this one does not")]

use std::path::PathBuf;

use rehome_core::plan::{Context, Mapper, PlanFile};
use rehome_core::record::Timestamp;
use rehome_core::store::Source;
use rehome_core::stores::firestore;
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};

/// Maps the first page of a store by a plan; answers how many documents there are, or -1.
#[unsafe(no_mangle)]
pub extern "C" fn rehome_first_page() -> i32 {
    first_page().and_then(|count| i32::try_from(count).ok()).unwrap_or(-1)
}

fn first_page() -> Option<usize> {
    let mut arguments = std::env::args_os().skip(1);
    let store = LegacyStore::open(PathBuf::from(arguments.next()?), LegacyOptions::default()).ok()?;
    let plan = std::fs::read_to_string(arguments.next()?).ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    runtime.block_on(async {
        let rules = firestore::rules();
        let checked = PlanFile::check(&plan, "plan", &*store.schema().await.ok()?, &rules).ok()?;
        let mut mapper = Mapper::new(&checked.plan, &rules, Context { owner: "", now: Timestamp::from_millis(0) });
        let page = store.page(&checked.plan.passes.first()?.shape, None, 100).await.ok()?;
        Some(page.records.into_iter().filter_map(|record| mapper.map(0, record).ok()).count())
    })
}
