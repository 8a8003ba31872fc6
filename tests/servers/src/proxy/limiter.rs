//! The rate that a collection takes, which no emulator limits.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tonic::Code;

use super::{Call, Fault, Judge};

/// How many documents a second a collection takes at first.
const FIRST_RATE: f64 = 500.0;
/// By how much it takes more with every step.
const GROWTH: f64 = 1.5;
const STEP: Duration = Duration::from_secs(5 * 60);
/// No collection needs more steps: the rate is past any machine's.
const MOST_STEPS: i32 = 100;

/// A judge that keeps every collection to 500 documents a second and to half as many more with every five minutes
/// since its first write. Above that it answers RESOURCE_EXHAUSTED.
pub struct Limiter {
    clock: Box<dyn FnMut() -> Duration + Send>,
    collections: HashMap<String, Collection>,
}

/// One second's documents may come at once.
#[derive(Clone, Copy)]
struct Collection {
    since: Duration,
    seen: Duration,
    allowance: f64,
}

impl fmt::Debug for Limiter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Limiter").field("collections", &self.collections.len()).finish_non_exhaustive()
    }
}

impl Limiter {
    /// By this clock: the time since anything, asked once for each call.
    pub fn new(clock: impl FnMut() -> Duration + Send + 'static) -> Self {
        Self { clock: Box::new(clock), collections: HashMap::new() }
    }
}

impl Judge for Limiter {
    fn judge(&mut self, call: &Call) -> Option<Fault> {
        let now = (self.clock)();
        let mut wanted: HashMap<&str, f64> = HashMap::new();
        for document in &call.documents {
            let (collection, _) = document.rsplit_once('/')?;
            *wanted.entry(collection).or_default() += 1.0;
        }
        for collection in wanted.keys() {
            let first = Collection { since: now, seen: now, allowance: FIRST_RATE };
            self.collections.entry((*collection).to_owned()).or_insert(first).refill(now);
        }
        let has_room = |(collection, count): (&&str, &f64)| {
            self.collections.get(*collection).is_some_and(|collection| collection.allowance >= *count)
        };
        if !wanted.iter().all(has_room) {
            return Some(Fault::code(Code::ResourceExhausted));
        }
        for (collection, count) in wanted {
            self.collections.entry(collection.to_owned()).and_modify(|collection| collection.allowance -= count);
        }
        None
    }
}

impl Collection {
    fn refill(&mut self, now: Duration) {
        let steps = now.saturating_sub(self.since).as_secs() / STEP.as_secs();
        let rate = FIRST_RATE * GROWTH.powi(i32::try_from(steps).unwrap_or(MOST_STEPS).min(MOST_STEPS));
        let passed = now.saturating_sub(self.seen).as_secs_f64();
        self.allowance = (self.allowance + passed * rate).min(rate);
        self.seen = now;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    struct Rig {
        limiter: Limiter,
        now: Arc<AtomicU64>,
    }

    impl Rig {
        fn new() -> Self {
            let now = Arc::new(AtomicU64::new(1000));
            let clock = now.clone();
            let limiter = Limiter::new(move || Duration::from_millis(clock.load(Ordering::Relaxed)));
            Self { limiter, now }
        }

        fn pass(&self, time: Duration) {
            self.now.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
        }

        fn takes(&mut self, collection: &str, count: usize) -> bool {
            let documents = (0..count).map(|id| format!("{collection}/{id}")).collect();
            let call = Call { method: "Commit".into(), token: None, documents };
            self.limiter.judge(&call).is_none()
        }

        /// How many hundreds it takes in this very moment.
        fn hundreds(&mut self) -> usize {
            (0..).take_while(|_| self.takes("habits", 100)).count()
        }
    }

    #[test]
    fn a_collection_takes_five_hundred_documents_a_second_and_another_one_too() {
        let mut rig = Rig::new();
        assert_eq!(rig.hundreds(), 5);
        assert!(rig.takes("users/ann/habits", 500));
        rig.pass(Duration::from_millis(600));
        assert_eq!(rig.hundreds(), 3);
        rig.pass(Duration::from_secs(60));
        assert_eq!(rig.hundreds(), 5, "what was not used in time is lost");
        assert!(rig.takes("habits", 0));
    }

    #[test]
    fn it_takes_half_as_many_more_every_five_minutes() {
        let mut rig = Rig::new();
        assert_eq!(rig.hundreds(), 5);
        for hundreds in [7, 11, 16] {
            rig.pass(STEP);
            assert_eq!(rig.hundreds(), hundreds);
        }
    }

    #[test]
    fn nothing_of_a_call_that_is_refused_is_counted() {
        let mut rig = Rig::new();
        assert!(!rig.takes("habits", 501));
        assert!(rig.takes("habits", 500));
    }
}
