//! Runs on stores in memory, steered by channels that a test speaks through.

mod bounds;
mod channels;
mod installations;
mod launching;
mod listening;
mod remote;
mod stopping;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rehome_core::backfill::{Backfill, Clock, Control, Pace, Request, Settings, Start};
use rehome_core::error::{Error, ErrorKind};
use rehome_core::journal::{Journal, Scope};
use rehome_core::plan::{Plan, PlanFile};
use rehome_core::record::{Key, Kind as Of, Map, Name, Value};
use rehome_core::rollout::Values;
use rehome_core::rules::Rules;
use rehome_core::schema::{Entity, Field, Schema};
use rehome_core::steering::{Channel, Kind, Launch, Refreshed, Signs, Steered, Steering};
use rehome_core::store::{Answer, Batches, Capabilities, Cursor, Found, Listing, Outcome, Target, Write};
use rehome_core::stores::firestore;
use rehome_core::stores::memory::{MemorySource, MemoryTarget};
use rehome_core::testkit::clock::FakeClock;
use rehome_core::testkit::journal::MemoryJournal;
use tokio::sync::watch;

const PLAN: &str = r#"
name = "notes"
[[move]]
entity = "Note"
document = "users/{uid}/notes/{id}"
fields = ["text"]
"#;

/// An app on a device: its store, its journal, its clock, and where its records go.
struct App {
    source: MemorySource,
    target: MemoryTarget,
    journal: Box<dyn Journal>,
    clock: FakeClock,
    plan: Plan,
    user: String,
    control: Control,
}

impl App {
    /// With so many notes of a user's.
    fn of(user: &str, notes: i64) -> Self {
        let note = Entity {
            fields: vec![Field::new("id", Of::String), Field::new("text", Of::String)],
            ..Entity::new("Note")
        };
        let schema = Schema { store: "memory".into(), entities: vec![note], ..Schema::default() };
        let source = MemorySource::new(schema.clone());
        let capabilities = Capabilities { batches: Batches::Atomic, conditional: true };
        let app = Self {
            source,
            target: MemoryTarget::new(firestore::rules(), capabilities),
            journal: Box::new(MemoryJournal::of(&format!("device of {user}"))),
            clock: FakeClock::default(),
            plan: PlanFile::check(PLAN, "notes.toml", &schema, &firestore::rules()).unwrap().plan,
            user: user.to_owned(),
            control: Control::new(settings()),
        };
        (1..=notes).for_each(|key| app.put(key));
        app
    }

    fn put(&self, key: i64) {
        let fields = [("id", format!("n{key}")), ("text", format!("text of {key}"))];
        let fields: Map = fields.map(|(name, text)| (name.to_owned(), Value::String(text))).into();
        self.source.put("Note", Key::Int(key), fields);
    }

    fn steering<'a>(&'a self, channels: &'a [&'a dyn Channel]) -> Steering<'a> {
        Steering { channels, defaults: None, journal: &*self.journal, clock: &self.clock }
    }

    fn request(&self) -> Request {
        Request { scope: self.scope(), holder: "app".to_owned(), start: Start::Resume }
    }

    fn scope(&self) -> Scope {
        Scope::of("notes", &self.user)
    }

    async fn launch(&self, channels: &[&dyn Channel]) -> Launch {
        self.steering(channels).launch(&self.user, &self.scope()).await.unwrap()
    }

    /// Asks every channel once.
    async fn refresh(&self, channels: &[&dyn Channel]) -> Refreshed {
        self.steering(channels).refresh().await.unwrap()
    }

    /// Launched and run.
    async fn run(&self, channels: &[&dyn Channel]) -> Steered {
        self.run_to(channels, &self.target).await
    }

    async fn run_to(&self, channels: &[&dyn Channel], target: &dyn Target) -> Steered {
        let launch = self.launch(channels).await;
        let backfill = Backfill {
            source: &self.source,
            target,
            journal: &*self.journal,
            plan: &self.plan,
            clock: &self.clock,
            uploads: None,
            state: None,
        };
        self.steering(channels).run(&launch, &backfill, &self.request(), &self.control).await.unwrap()
    }

    /// How many notes have arrived.
    fn arrived(&self) -> usize {
        self.target.contents().len()
    }
}

/// Few records are many pages and batches.
fn settings() -> Settings {
    let pace = Pace { start: Some(100.0), ceiling: None, raised_every: Duration::from_secs(300) };
    Settings { page_records: 3, batch_records: 2, in_flight: 2, pace, ..Settings::default() }
}

/// The flags under which everybody is carried.
const ALL: [(&str, &str); 2] = [("backfillEnabled", "true"), ("backfillRolloutPercentage", "100")];

/// A channel that a test speaks through.
struct Voice {
    kind: Kind,
    says: Mutex<Option<Values>>,
    signs: watch::Sender<()>,
    is_silent: AtomicBool,
    /// How long its answer is on its way, by this clock.
    delay: Option<(Duration, Arc<FakeClock>)>,
}

impl Voice {
    fn of<const N: usize>(kind: Kind, entries: [(&str, &str); N]) -> Self {
        let says = Mutex::new(Some(Values::of(entries)));
        Self { kind, says, signs: watch::Sender::new(()), is_silent: AtomicBool::new(false), delay: None }
    }

    /// Says something else from now on, and gives a sign.
    fn say<const N: usize>(&self, entries: [(&str, &str); N]) {
        self.publish(entries);
        self.signs.send_replace(());
    }

    /// The same without a sign.
    fn publish<const N: usize>(&self, entries: [(&str, &str); N]) {
        *self.says.lock().unwrap() = Some(Values::of(entries));
    }

    /// Says nothing at all any more.
    fn withdraw(&self) {
        *self.says.lock().unwrap() = None;
        self.signs.send_replace(());
    }

    /// Cannot be reached from now on, or can again.
    fn silence(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::SeqCst);
    }
}

impl Channel for Voice {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn ask(&self) -> Answer<'_, Option<Values>> {
        Box::pin(async {
            // What was so when the question arrived; the answer takes its time.
            let says = self.says.lock().unwrap().clone();
            if let Some((delay, clock)) = &self.delay {
                clock.until(clock.elapsed() + *delay).await;
            }
            if self.is_silent.load(Ordering::SeqCst) {
                return Err(Error::new(ErrorKind::Unavailable, "there is no network"));
            }
            Ok(says)
        })
    }

    fn signs(&self) -> Signs<'_> {
        let signs = self.signs.subscribe();
        Box::pin(futures_util::stream::unfold(signs, |mut signs| async {
            signs.changed().await.ok().map(|()| ((), signs))
        }))
    }
}

/// A target that does something before each batch is written, told how many were before, and remembers their sizes.
struct Watched<'a> {
    target: &'a MemoryTarget,
    before: Box<dyn Fn(usize) + Send + Sync + 'a>,
    sizes: Mutex<Vec<usize>>,
}

impl<'a> Watched<'a> {
    fn of(target: &'a MemoryTarget, before: impl Fn(usize) + Send + Sync + 'a) -> Self {
        Self { target, before: Box::new(before), sizes: Mutex::default() }
    }

    fn sizes(&self) -> Vec<usize> {
        self.sizes.lock().unwrap().clone()
    }
}

impl Target for Watched<'_> {
    fn rules(&self) -> &Rules {
        self.target.rules()
    }

    fn capabilities(&self) -> Capabilities {
        self.target.capabilities()
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        let written = self.sizes().len();
        (self.before)(written);
        self.sizes.lock().unwrap().push(writes.len());
        self.target.write(writes)
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
