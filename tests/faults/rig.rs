//! A backfill through a line and a proxy into a real server.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use rehome_core::backfill::{Backfill, Clock, Control, Ended, Report, Request, Settings, Start, SystemClock};
use rehome_core::error::Result;
use rehome_core::journal::{Counters, JournalOptions, Scope, SqliteJournal};
use rehome_core::plan::{Plan, PlanFile};
use rehome_core::record::{Key, Kind, Timestamp, Value};
use rehome_core::schema::{Entity, Field, Schema};
use rehome_core::store::Target;
use rehome_core::stores::firestore::{self, Endpoint, FirestoreConfig, FirestoreStore, TokenSource};
use rehome_core::stores::memory::MemorySource;
use rehome_servers::proxy::{FaultProxy, Line};
use rehome_servers::{FirestoreServer, Project};
use tempfile::TempDir;

const PLAN: &str = r#"
name = "notes"
[[move]]
entity = "Note"
document = "users/{uid}/notes/{id}"
fields = ["text"]
"#;

/// Where the plan puts them.
const COLLECTION: &str = "users/ann/notes";

/// A clock that runs a hundred times as fast as ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hurried(Instant);

impl Hurried {
    const TIMES: u32 = 100;
}

impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        SystemClock::default().now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed() * Self::TIMES
    }

    fn until<'a>(&'a self, elapsed: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(tokio::time::sleep(elapsed.saturating_sub(self.elapsed()) / Self::TIMES))
    }
}

/// So many notes, and all that lies between them and the server.
pub(crate) struct Rig {
    pub(crate) line: Line,
    pub(crate) proxy: FaultProxy,
    pub(crate) control: Control,
    pub(crate) clock: Hurried,
    notes: u64,
    source: MemorySource,
    plan: Plan,
    journal: SqliteJournal,
    project: Project,
    _folder: TempDir,
    _server: FirestoreServer,
}

/// Few records make many pages and requests.
pub(crate) fn small() -> Settings {
    Settings { page_records: 40, batch_records: 20, ..Settings::default() }
}

impl Rig {
    pub(crate) async fn of(notes: u64) -> Self {
        Self::with_round_trip(notes, Duration::ZERO).await
    }

    pub(crate) async fn with_round_trip(notes: u64, round_trip: Duration) -> Self {
        let server = FirestoreServer::hidane(None).unwrap();
        let proxy = FaultProxy::before(server.address()).await.unwrap();
        let fields = ["id", "text"].map(|name| Field::new(name, Kind::String));
        let note = Entity { fields: fields.into(), ..Entity::new("Note") };
        let schema = Schema { store: "memory".into(), entities: vec![note], ..Schema::default() };
        let source = MemorySource::new(schema.clone());
        for key in 0..notes {
            let fields = [("id", id(key)), ("text", text(key))];
            let fields = fields.map(|(name, value)| (name.to_owned(), Value::String(value)));
            source.put("Note", Key::Int(key.cast_signed()), fields.into());
        }
        let folder = tempfile::tempdir().unwrap();
        let journal = SqliteJournal::open(folder.path().join("journal.sqlite"), &JournalOptions::default()).unwrap();
        Self {
            line: Line::with_round_trip(proxy.address(), round_trip).await.unwrap(),
            proxy,
            control: Control::new(small()),
            clock: Hurried(Instant::now()),
            notes,
            source,
            plan: PlanFile::check(PLAN, "notes.toml", &schema, &firestore::rules()).unwrap().plan,
            journal: journal.journal,
            project: server.project(),
            _folder: folder,
            _server: server,
        }
    }

    /// Where the server seems to be.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::Emulator(self.line.address().to_string())
    }

    pub(crate) fn project(&self) -> &str {
        self.project.id()
    }

    /// Runs once, as an app does that was opened anew.
    pub(crate) async fn run(&self) -> Result<Report> {
        self.run_by(self.project.owner_token()).await
    }

    pub(crate) async fn run_by(&self, tokens: impl TokenSource + 'static) -> Result<Report> {
        let config = FirestoreConfig { endpoint: self.endpoint(), ..self.project.config(tokens) };
        self.run_into(&FirestoreStore::new(config).unwrap()).await
    }

    pub(crate) async fn run_into(&self, target: &dyn Target) -> Result<Report> {
        let backfill = Backfill {
            source: &self.source,
            target,
            journal: &self.journal,
            plan: &self.plan,
            clock: &self.clock,
            uploads: None,
            state: None,
        };
        let request = Request { scope: Scope::of("notes", "ann"), start: Start::Resume, holder: "app".to_owned() };
        backfill.run(&request, &self.control).await
    }

    /// Runs to the end, without giving up once.
    pub(crate) async fn runs_through(&self) -> Counters {
        let report = self.run().await.unwrap();
        self.is_through(&report).await
    }

    /// Whether it is done: every note is there, was written once, and is accounted for.
    pub(crate) async fn is_through(&self, report: &Report) -> Counters {
        self.is_done_but(report, &[]).await
    }

    /// The same but for some notes, which are set aside.
    pub(crate) async fn is_done_but(&self, report: &Report, set_aside: &[u64]) -> Counters {
        assert!(matches!(report.ended, Ended::Complete), "{:?}", report.ended);
        let counters = report.counters;
        let carried = self.notes - set_aside.len() as u64;
        assert!(counters.add_up(), "{counters:?}");
        assert_eq!(counters.carried + counters.already_there, carried, "{counters:?}");
        assert_eq!((counters.read, counters.quarantined), (self.notes, set_aside.len() as u64));

        let mut expected: Vec<_> = (0..self.notes).filter(|key| !set_aside.contains(key)).collect();
        expected.sort_by_key(|key| id(*key));
        assert_eq!(self.there().await, expected.iter().map(|key| (address(*key), text(*key))).collect::<Vec<_>>());
        let written: Vec<_> = self.proxy.tally().writes().clone().into_iter().collect();
        assert_eq!(written, expected.iter().map(|key| (address(*key), 1)).collect::<Vec<_>>());
        counters
    }

    /// What the server has, asked without anything in between.
    async fn there(&self) -> Vec<(String, String)> {
        let store = FirestoreStore::new(self.project.owner()).unwrap();
        let listing = store.list(COLLECTION, None, 100_000, None).await.unwrap();
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            other => panic!("no text but {other:?}"),
        };
        listing.records.into_iter().map(|(address, found)| (address, text(found.fields.get("text")))).collect()
    }
}

fn id(key: u64) -> String {
    format!("n{key:05}")
}

fn text(key: u64) -> String {
    format!("the text of {key}")
}

pub(crate) fn address(key: u64) -> String {
    format!("{COLLECTION}/{}", id(key))
}
