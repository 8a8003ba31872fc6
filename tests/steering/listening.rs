//! A stop document whose target says when it changes, and breaks off saying so.

use futures_util::{FutureExt, StreamExt};
use rehome_core::steering::StopDocument;
use rehome_core::store::{Condition, Lookout};

use super::*;

/// A target with a lookout that a test speaks through.
struct Attended<'a> {
    target: &'a MemoryTarget,
    /// Whether the lookout is still there, said whenever it has something to say.
    says: watch::Sender<bool>,
    /// How often it was asked for a change.
    times: AtomicUsize,
}

impl<'a> Attended<'a> {
    fn of(target: &'a MemoryTarget) -> Self {
        Self { target, says: watch::Sender::new(true), times: AtomicUsize::new(0) }
    }

    fn times(&self) -> usize {
        self.times.load(Ordering::SeqCst)
    }
}

struct Attendant<'a> {
    said: watch::Receiver<bool>,
    times: &'a AtomicUsize,
}

impl Lookout for Attendant<'_> {
    fn changed(&mut self) -> Answer<'_, ()> {
        self.times.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            self.said.changed().await.unwrap();
            let is_there = *self.said.borrow_and_update();
            if is_there { Ok(()) } else { Err(Error::new(ErrorKind::Unavailable, "the connection is gone")) }
        })
    }
}

impl Target for Attended<'_> {
    fn rules(&self) -> &Rules {
        self.target.rules()
    }

    fn capabilities(&self) -> Capabilities {
        self.target.capabilities()
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        self.target.write(writes)
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        self.target.look(addresses, fields)
    }

    fn lookout<'a>(&'a self, _: &'a str) -> Option<Box<dyn Lookout + 'a>> {
        Some(Box::new(Attendant { said: self.says.subscribe(), times: &self.times }))
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

#[tokio::test]
async fn a_run_is_stopped_as_soon_as_its_target_says_that_the_document_changed() {
    let app = App::of("ann", 60);
    let attended = Attended::of(&app.target);
    let document = StopDocument::at(&attended, &app.clock, "operators/word");
    let remote = Voice::of(Kind::Remote, ALL);
    let channels: [&dyn Channel; 2] = [&remote, &document];
    app.refresh(&channels).await;
    let stop = Write {
        address: "operators/word".to_owned(),
        fields: Some(Map::from([("stop".to_owned(), Value::Bool(true))]).into()),
        condition: Condition::Always,
    };
    let target = Watched::of(&app.target, |written| {
        if written == 10 {
            // In memory a write is done when it is polled once.
            let written = app.target.write(std::slice::from_ref(&stop)).now_or_never();
            assert!(matches!(written, Some(Ok(_))));
            attended.says.send_replace(true);
        }
    });
    let Steered::Stopped(_, Some(report)) = app.run_to(&channels, &target).await else { panic!("it is stopped") };
    assert!((18..40).contains(&report.counters.created), "{:?}", report.counters);
    assert_eq!(attended.says.receiver_count(), 0, "it is listened to while a run goes, and no longer");
}

#[tokio::test]
async fn what_breaks_off_is_listened_to_again_soon_and_nobody_is_told_of_it() {
    let app = App::of("ann", 0);
    let (attended, clock) = (Attended::of(&app.target), FakeClock::standing());
    let document = StopDocument::at(&attended, &clock, StopDocument::ADDRESS);
    let mut signs = document.signs();
    assert_eq!((signs.next().now_or_never(), attended.times()), (None, 1));
    attended.says.send_replace(false);
    assert_eq!((signs.next().now_or_never(), attended.times()), (None, 1), "it is left alone for a moment");
    clock.pass(Duration::from_secs(1));
    assert_eq!((signs.next().now_or_never(), attended.times()), (None, 2));
    attended.says.send_replace(true);
    assert_eq!(signs.next().now_or_never(), Some(Some(())));
}

#[tokio::test]
async fn what_breaks_off_each_time_is_left_alone_longer() {
    let app = App::of("ann", 0);
    let (attended, clock) = (Attended::of(&app.target), FakeClock::standing());
    let document = StopDocument::at(&attended, &clock, StopDocument::ADDRESS);
    let mut signs = document.signs();
    // Every time that it is taken up it breaks off at once.
    let mut times_within = |seconds: u32| {
        let before = attended.times();
        for _ in 0..seconds {
            assert_eq!(signs.next().now_or_never(), None);
            attended.says.send_replace(false);
            clock.pass(Duration::from_secs(1));
        }
        attended.times() - before
    };
    let (at_first, later) = (times_within(30), times_within(600));
    assert!((4..=8).contains(&at_first), "{at_first}");
    // Half of the time is left to chance, so that not all devices come back at one moment.
    assert!((19..=41).contains(&later), "{later}");
}
