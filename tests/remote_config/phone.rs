//! A phone: a client with a journal, a clock and a chance of its own, and the service that it asks.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rehome_core::clock::Clock;
use rehome_core::record::Timestamp;
use rehome_core::remote_config::{Dice, Endpoint, FirebaseApp, RemoteConfig};
use rehome_core::testkit::clock::FakeClock;
use rehome_core::testkit::journal::MemoryJournal;
use rehome_servers::remote_config::{API_KEY, APP_ID, PROJECT, RemoteConfigServer};
use tokio::sync::watch;
use tokio::time::timeout;

/// Who waits so long, by a real clock, waits for something that was lost.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A clock that stands, and knows until when somebody waits for it.
pub(crate) struct Watched {
    clock: FakeClock,
    waits: watch::Sender<Vec<Duration>>,
}

impl Watched {
    fn new() -> Self {
        let clock = FakeClock::standing();
        clock.set_by(1_800_000_000);
        Self { clock, waits: watch::Sender::default() }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        self.waits.send_modify(Vec::clear);
        self.clock.pass(time);
    }

    pub(crate) fn set_by(&self, seconds: i64) {
        self.clock.set_by(seconds);
    }

    /// Waits until somebody waits for so much time to pass, asked since time last passed.
    pub(crate) async fn is_awaited_in(&self, time: Duration) {
        let until = self.clock.elapsed() + time;
        let mut waits = self.waits.subscribe();
        let waited = timeout(PATIENCE, waits.wait_for(|waits| waits.contains(&until))).await.is_ok();
        let now = self.clock.elapsed();
        assert!(
            waited,
            "for a minute nobody waited for {until:?}; it is {now:?}, and waited for {:?}",
            self.waits.borrow()
        );
    }
}

impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn until<'a>(&'a self, elapsed: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.waits.send_modify(|waits| waits.push(elapsed));
        // All that a phone waits for it waits for by its clock as well, so that this ends every wait in which something
        // was lost.
        Box::pin(async move {
            let waited = timeout(PATIENCE, self.clock.until(elapsed)).await.is_ok();
            let now = self.clock.elapsed();
            assert!(waited, "for a minute a phone heard nothing, and the time {elapsed:?} did not come; it is {now:?}");
        })
    }
}

/// Dice that always fall the same way, and still give every installation another id.
pub(crate) struct Loaded(AtomicU64);

impl Loaded {
    /// As a share of the most that chance can give.
    fn falling(share: f64) -> Self {
        Self(AtomicU64::new((share * u64::MAX as f64) as u64))
    }
}

impl Dice for Loaded {
    fn roll(&self) -> u64 {
        // The last bits alone differ: no wait is long enough to show it.
        let rolled = self.0.load(Ordering::Relaxed);
        self.0.store(rolled ^ (rolled.wrapping_add(1) & 0xff), Ordering::Relaxed);
        rolled
    }
}

pub(crate) struct Phone {
    pub(crate) server: RemoteConfigServer,
    pub(crate) clock: Arc<Watched>,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) app: FirebaseApp,
    chance: f64,
}

impl Phone {
    pub(crate) fn new() -> Self {
        let server = RemoteConfigServer::start().unwrap();
        let mut app = FirebaseApp::new(PROJECT, API_KEY, APP_ID);
        app.endpoint = Endpoint::At(server.url());
        let (clock, journal) = (Arc::new(Watched::new()), Arc::new(MemoryJournal::default()));
        Self { server, clock, journal, app, chance: 0.5 }
    }

    pub(crate) fn with_chance(self, chance: f64) -> Self {
        Self { chance, ..self }
    }

    /// The app is started.
    pub(crate) async fn launch(&self) -> RemoteConfig {
        let dice = Arc::new(Loaded::falling(self.chance));
        RemoteConfig::open_with(self.app.clone(), self.journal.clone(), self.clock.clone(), dice).await.unwrap()
    }
}

pub(crate) fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

pub(crate) fn hours(hours: u64) -> Duration {
    minutes(60 * hours)
}
