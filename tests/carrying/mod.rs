//! A phone with a habit app's store, a Firestore server with our rules, and a migration between them.

#![allow(dead_code, reason = "each binary of tests uses some of it")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use rehome_core::backfill::{Backfill, Control, Ended, Report, Request, Retries, Settings, Start};
use rehome_core::clock::{Clock, SystemClock};
use rehome_core::error::Result;
use rehome_core::journal::{Journal, JournalOptions, Scope, SetAside, SqliteJournal};
use rehome_core::plan::{Context, Plan, PlanFile};
use rehome_core::record::{Map, RecordId, Rejection, Timestamp, Value};
use rehome_core::remote_state::{StateAddress, Tombstones};
use rehome_core::store::{Answer, Cursor, Source, Target, Upload, UploadPort};
use rehome_core::stores::firestore::{Endpoint, FirestoreConfig, FirestoreStore, Token, TokenSource, rules};
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use rehome_core::testkit::habits::{self, Options, Truth};
use rehome_core::verify::{self, Difference, Progress, Receipt, Sink, Verification, verify};
use rehome_servers::proxy::FaultProxy;
use rehome_servers::{FirestoreServer, Project};
use rusqlite::Connection;
use tempfile::TempDir;

const RULES: &str = include_str!("../../firestore.rules");
pub(crate) const PLAN: &str = include_str!("../../cli/src/habits.toml");
/// What the plan moves, and the collection below a user that it goes to.
pub(crate) const MOVED: [(&str, &str); 5] = [
    ("Habit", "habits"),
    ("Completion", "completions"),
    ("XPEvent", "xpEvents"),
    ("XPState", "xp"),
    ("UserProfile", "profiles"),
];
/// How many documents are asked for at a time.
const PAGE: usize = 300;

/// A Firestore server with our rules, behind a proxy that counts and can fail.
pub(crate) struct Cloud {
    pub(crate) proxy: FaultProxy,
    pub(crate) project: Project,
    _server: FirestoreServer,
}

impl Cloud {
    pub(crate) async fn new() -> Self {
        let server = FirestoreServer::hidane(Some(RULES)).unwrap();
        let proxy = FaultProxy::before(server.address()).await.unwrap();
        Self { proxy, project: server.project(), _server: server }
    }

    /// As a signed-in user's app sees it.
    pub(crate) fn user(&self, uid: &str) -> FirestoreStore {
        self.by(self.project.user_token(uid))
    }

    /// By this right.
    pub(crate) fn by(&self, tokens: impl TokenSource + 'static) -> FirestoreStore {
        self.at(self.proxy.address().to_string(), self.project.config(tokens))
    }

    /// By another way to the proxy.
    pub(crate) fn at(&self, address: String, config: FirestoreConfig) -> FirestoreStore {
        FirestoreStore::new(FirestoreConfig { endpoint: Endpoint::Emulator(address), ..config }).unwrap()
    }

    /// As another client of the user sees it: not through the proxy, and not counted.
    pub(crate) fn elsewhere(&self, uid: &str) -> FirestoreStore {
        FirestoreStore::new(self.project.user(uid)).unwrap()
    }

    /// Every document that the plan could have put below a user.
    pub(crate) async fn documents(&self, uid: &str) -> BTreeMap<String, Map> {
        let (owner, mut all) = (FirestoreStore::new(self.project.owner()).unwrap(), BTreeMap::new());
        for (_, collection) in MOVED {
            let (collection, mut after) = (format!("users/{uid}/{collection}"), None::<Cursor>);
            loop {
                let page = owner.list(&collection, after.as_ref(), PAGE, None).await.unwrap();
                all.extend(page.records.into_iter().map(|(address, found)| (address, found.fields)));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        all
    }

    /// How many commits came in, whatever became of them.
    pub(crate) fn commits(&self) -> u64 {
        self.proxy.tally().calls("Commit")
    }

    /// Waits until so many commits more have come in.
    pub(crate) async fn more_commits(&self, more: u64) {
        let wanted = self.commits() + more;
        self.proxy.until(|tally| tally.calls("Commit") >= wanted).await;
    }

    /// Whether the server wrote so many documents, each of them once.
    #[track_caller]
    pub(crate) fn wrote_each_once(&self, documents: u64) {
        let tally = self.proxy.tally();
        let twice: Vec<_> = tally.writes().iter().filter(|(_, times)| **times != 1).collect();
        assert!(twice.is_empty(), "written more than once: {twice:?}");
        assert_eq!(tally.writes().len() as u64, documents, "documents that were written");
    }
}

/// A device with the app's store and our journal. Each run opens both, as an app's start does.
pub(crate) struct Phone {
    pub(crate) folder: TempDir,
    pub(crate) truth: Truth,
    pub(crate) uid: String,
    pub(crate) holder: String,
    pub(crate) control: Control,
}

impl Phone {
    pub(crate) fn of(uid: &str, options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let truth = habits::generate(&folder.path().join("default.store"), options).unwrap();
        let control = Control::new(small());
        Self { folder, truth, uid: uid.to_owned(), holder: "app".to_owned(), control }
    }

    /// A few hundred records of ann's.
    pub(crate) fn small() -> Self {
        Self::of("ann", &few())
    }

    pub(crate) fn store_path(&self) -> PathBuf {
        self.folder.path().join("default.store")
    }

    /// The app at work on its store.
    pub(crate) fn app(&self) -> Connection {
        Connection::open(self.store_path()).unwrap()
    }

    pub(crate) fn journal(&self) -> SqliteJournal {
        SqliteJournal::open(self.folder.path().join("journal.sqlite"), &JournalOptions::default()).unwrap().journal
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::of("habits", &self.uid)
    }

    /// How many records the store has that the plan moves.
    pub(crate) fn rows(&self) -> u64 {
        MOVED.iter().map(|(entity, _)| self.truth.rows(entity)).sum()
    }

    pub(crate) async fn run(&self, target: &dyn Target) -> Result<Report> {
        self.start(target, Start::Resume).await
    }

    pub(crate) async fn start(&self, target: &dyn Target, start: Start) -> Result<Report> {
        self.start_at(target, start, &SystemClock::default()).await
    }

    /// The same by another clock.
    pub(crate) async fn start_at(&self, target: &dyn Target, start: Start, clock: &dyn Clock) -> Result<Report> {
        self.launch(target, start, clock, async |backfill, request| backfill.run(request, &self.control).await).await
    }

    /// Opens everything that a run needs, and leaves the rest to somebody else.
    pub(crate) async fn launch<T>(
        &self,
        target: &dyn Target,
        start: Start,
        clock: &dyn Clock,
        then: impl AsyncFnOnce(&Backfill<'_>, &Request) -> Result<T>,
    ) -> Result<T> {
        let (store, journal) = (self.open(), self.journal());
        let plan = plan(&store).await;
        let state = StateAddress::of(&self.uid)?;
        let backfill = Backfill {
            source: &store,
            target,
            journal: &journal,
            plan: &plan,
            clock,
            uploads: Some(&Attic),
            state: Some(&state),
        };
        let request = Request { scope: self.scope(), start, holder: self.holder.clone() };
        then(&backfill, &request).await
    }

    /// Runs until so many commits have come in, and is killed then.
    pub(crate) async fn run_and_die(&self, cloud: &Cloud, target: &dyn Target, commits: u64) {
        tokio::select! {
            biased;
            () = cloud.more_commits(commits) => {}
            ended = self.run(target) => panic!("it was not killed in time: {ended:?}"),
        }
    }

    /// Runs, and does this after so many commits.
    pub(crate) async fn run_until(&self, cloud: &Cloud, target: &dyn Target, commits: u64, then: impl Fn()) -> Report {
        let meddling = async {
            cloud.more_commits(commits).await;
            then();
        };
        tokio::join!(self.run(target), meddling).0.unwrap()
    }

    /// Holds what is there against the store.
    pub(crate) async fn verify(&self, target: &dyn Target) -> Receipt {
        let (store, journal, folder) = (self.open(), self.journal(), tempfile::tempdir().unwrap());
        let plan = plan(&store).await;
        let state = StateAddress::of(&self.uid).unwrap();
        let deleted = Tombstones::read(target, &state, &journal.installation().id).await.unwrap();
        let (scope, clock) = (self.scope(), SystemClock::default());
        let verification = Verification {
            source: &store,
            target,
            plan: &plan,
            context: Context { owner: &self.uid, now: clock.now() },
            deleted: &deleted,
            journal: &journal,
            scope: &scope,
            clock: &clock,
            uploads: Some(&Attic),
            folder: folder.path(),
            options: verify::Options::default(),
        };
        verify(&verification, &mut Hasty).await.unwrap()
    }

    /// What is set aside.
    pub(crate) async fn quarantine(&self) -> Vec<(u64, SetAside)> {
        self.journal().quarantine(&self.scope(), 0, 10_000).await.unwrap()
    }

    fn open(&self) -> LegacyStore {
        LegacyStore::open(self.store_path(), LegacyOptions::default()).unwrap()
    }
}

async fn plan(store: &LegacyStore) -> Plan {
    PlanFile::check(PLAN, "habits.toml", &store.schema().await.unwrap(), &rules()).unwrap().plan
}

/// Some three hundred records.
pub(crate) fn few() -> Options {
    Options { completions: 240, habits: 8, ..Options::default() }
}

/// Settings under which few records are many pages and batches, and nobody waits long.
pub(crate) fn small() -> Settings {
    let retries =
        Retries { attempts: 10, first_wait: Duration::from_millis(1), longest_wait: Duration::from_millis(20) };
    Settings { page_records: 48, batch_records: 20, in_flight: 3, retries, ..Settings::unthrottled() }
}

/// Whether everything is carried or accounted for.
#[track_caller]
pub(crate) fn is_complete(report: &Report) {
    assert!(matches!(report.ended, Ended::Complete), "{report:?}");
    assert!(report.counters.add_up(), "{report:?}");
}

/// Whether what is there is just what the plan makes of the records that are not set aside, so many documents.
#[track_caller]
pub(crate) fn is_whole(receipt: &Receipt, documents: u64) {
    assert!(receipt.verified, "{receipt:?}");
    let tally = &receipt.tally;
    assert_eq!((tally.documents - tally.set_aside, tally.same, tally.others), (documents, documents, 0));
}

/// A user who stays signed in: a token that is no longer taken is followed by a new one.
pub(crate) struct SignedIn {
    project: Project,
    uid: String,
    token: Mutex<Token>,
}

impl SignedIn {
    pub(crate) fn new(project: &Project, uid: &str) -> Self {
        Self { project: project.clone(), uid: uid.to_owned(), token: Mutex::new(project.user_token(uid)) }
    }
}

impl TokenSource for SignedIn {
    fn token(&self, refresh: bool) -> Answer<'_, Token> {
        let mut token = self.token.lock().unwrap();
        if refresh {
            *token = self.project.user_token(&self.uid);
        }
        let token = token.clone();
        Box::pin(async { Ok(token) })
    }
}

/// A file storage in which everything has the place that the plan says.
pub(crate) struct Attic;

impl UploadPort for Attic {
    fn upload<'a>(&'a self, upload: &'a Upload, _: &'a RecordId) -> Answer<'a, Value> {
        Box::pin(async { Ok(Value::String(upload.to.clone())) })
    }
}

/// Looks a second time at once: while it verifies, nobody writes.
struct Hasty;

impl Sink for Hasty {
    fn difference(&mut self, difference: &Difference) -> Result<()> {
        println!("{difference:?}");
        Ok(())
    }

    fn rejected(&mut self, _: &Rejection) -> Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: &Progress<'_>) {}

    fn goes_on(&mut self, _: Timestamp, _: u64) {}

    fn settle(&mut self) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}
