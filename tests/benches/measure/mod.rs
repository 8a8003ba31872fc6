//! What all measurements have in common: stores, a plan for them, and what a process has used.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use rehome_core::testkit::habits::{self, Options};
use rustix::time::{ClockId, clock_gettime};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Whose completions they are.
pub(crate) const OWNER: &str = "Yx3kPzQ9aBcD1efGhI2jKlMnOp";

/// The completions of a store, each below its habit.
pub(crate) const PLAN: &str = r#"
    name    = "bench"
    version = 1
    from    = "swiftdata"
    to      = "firestore"
    leave_out = ["Habit", "Streak", "UserProfile", "XPEvent", "XPState"]

    [stamp]
    source_system       = "swiftdata_migration"
    migration_timestamp = "{now}"

    [[move]]
    entity   = "Completion"
    document = "users/{uid}/habits/{habit.id}/completions/{id}"
    revision = "updatedAt"
"#;

/// Where what was made stays from one run to the next.
pub(crate) fn folder() -> Result<PathBuf> {
    let cache =
        std::env::var_os("REHOME_CACHE").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let folder = cache.join("bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A store with so many completions, made when it is not there yet.
pub(crate) fn store_of(completions: u64) -> Result<PathBuf> {
    let folder = folder()?;
    let store = folder.join(format!("habits-{completions}.store"));
    if !store.exists() {
        println!("Making a store of {completions} completions in {} ...", folder.display());
        let unfinished = folder.join(format!("habits-{completions}.unfinished"));
        let _ = fs::remove_file(&unfinished);
        habits::generate(&unfinished, &Options { completions, ..Options::default() })?;
        fs::rename(&unfinished, &store)?;
    }
    Ok(store)
}

/// What all threads of this process have used, those that have ended included.
pub(crate) fn cpu_seconds() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

pub(crate) fn peak_kb() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

pub(crate) fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": an unnamed processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {}", model.trim_start_matches(['\t', ':', ' ']))
}
