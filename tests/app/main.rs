//! Rehome as an app has it: opened at launch beside a SwiftData store, against a Firestore server with our rules, with
//! users' tokens, and everything that an app does to it.

#[path = "../carrying/mod.rs"]
mod carrying;

mod cancelling;
mod closing;
mod flags;
mod launching;
mod reading;
mod unwilling;
mod users;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rehome_core::phone::{Configuration, PlanText, Rehome, StoreFile};
use rehome_core::stores::firestore::Endpoint;

use carrying::{Attic, Cloud, PLAN, Phone, SignedIn, small};

/// What the flags say for whom everything is allowed.
const ALL: &str = r#"{"backfillEnabled": true, "backfillRolloutPercentage": 100}"#;
const NONE: &str = r#"{"backfillEnabled": false, "backfillRolloutPercentage": 100}"#;

/// An app on a device: a store, and a folder for Rehome.
struct App {
    phone: Phone,
}

impl App {
    fn new() -> Self {
        let app = Self { phone: Phone::small() };
        app.say(ALL);
        app
    }

    /// What whoever steers says.
    fn say(&self, flags: &str) {
        fs::write(self.flags(), flags).unwrap();
    }

    fn flags(&self) -> PathBuf {
        self.phone.folder.path().join("flags.json")
    }

    fn rehome(&self) -> PathBuf {
        self.phone.folder.path().join("rehome")
    }

    /// How the app configures Rehome.
    fn configuration(&self, cloud: &Cloud, user: &str) -> Configuration {
        self.with_store(cloud, user, StoreFile::At(self.phone.store_path()))
    }

    fn with_store(&self, cloud: &Cloud, user: &str, store: StoreFile) -> Configuration {
        let tokens = Arc::new(SignedIn::new(&cloud.project, user));
        let plan = PlanText { name: "habits.toml".to_owned(), text: PLAN.to_owned() };
        Configuration {
            endpoint: Endpoint::Emulator(cloud.proxy.address().to_string()),
            flags_file: Some(self.flags()),
            settings: small(),
            uploads: Some(Arc::new(Attic)),
            owner: Some(user.to_owned()),
            ..Configuration::new(self.rehome(), store, plan, cloud.project.id(), tokens)
        }
    }

    /// The app's launch.
    fn open(&self, cloud: &Cloud, user: &str) -> Rehome {
        Rehome::open(self.configuration(cloud, user)).unwrap()
    }
}

/// Whether the server wrote so many documents, each of them once, beside what says how the migration stands.
#[track_caller]
fn wrote_each_once(cloud: &Cloud, documents: u64) {
    let tally = cloud.proxy.tally();
    let written = || tally.writes().iter().filter(|(address, _)| !address.contains("/meta/"));
    let twice: Vec<_> = written().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "written more than once: {twice:?}");
    assert_eq!(written().count() as u64, documents, "documents that were written");
}

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => open.push(entry.path()),
                false => all.push(entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned()),
            }
        }
    }
    all.sort();
    all
}
