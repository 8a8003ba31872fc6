//! How fast documents are sent: gently to begin with, more while it goes well, less when the target asks for it.

use std::time::Duration;

use super::settings;

/// What a target takes grows by this as long as it goes well.
const RAISE: f64 = 1.5;
/// How often a rate that was lowered is raised again, up to what it would have been.
const RECOVERY: Duration = Duration::from_secs(10);
/// It never goes slower than one document in so many seconds.
const SLOWEST: f64 = 1.0;
/// Where nothing held it back, the target's wish to go slower begins here.
const FIRST_LIMIT: f64 = 1000.0;

/// A rate that adapts, and when the next document may go.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    began: Duration,
    /// What the target was found not to take is kept to until it has recovered.
    lowered: Option<Lowered>,
    next: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Lowered {
    rate: f64,
    at: Duration,
}

impl Pace {
    pub(crate) fn new(now: Duration) -> Self {
        Self { began: now, lowered: None, next: now }
    }

    /// When documents may be sent next.
    pub(crate) fn next(&self) -> Duration {
        self.next
    }

    /// So many documents are sent now.
    pub(crate) fn spend(&mut self, settings: &settings::Pace, now: Duration, documents: usize) {
        if let Some(rate) = self.rate(settings, now) {
            let span = Duration::from_secs_f64((documents as f64 / rate).min(3600.0));
            self.next = self.next.max(now).saturating_add(span);
        }
    }

    /// The target said that it is too much.
    pub(crate) fn lower(&mut self, settings: &settings::Pace, now: Duration) {
        // Several requests of one moment say one thing.
        if self.lowered.is_some_and(|lowered| now < lowered.at.saturating_add(Duration::from_secs(1))) {
            return;
        }
        let rate = self.rate(settings, now).unwrap_or(FIRST_LIMIT) / 2.0;
        self.lowered = Some(Lowered { rate: rate.max(SLOWEST), at: now });
    }

    /// Documents a second; none where nothing holds it back.
    pub(crate) fn rate(&self, settings: &settings::Pace, now: Duration) -> Option<f64> {
        let steps = |since: Duration, every: Duration| {
            (now.saturating_sub(since).as_secs_f64() / every.as_secs_f64().max(1.0)).floor().min(100.0)
        };
        let planned = settings.start.map(|start| start * RAISE.powf(steps(self.began, settings.raised_every)));
        let lowered = self.lowered.map(|lowered| lowered.rate * RAISE.powf(steps(lowered.at, RECOVERY)));
        // Without a plan a rate that has recovered this far holds nothing back any more.
        let lowered = lowered.filter(|rate| planned.is_some() || *rate < FIRST_LIMIT * 100.0);
        [planned, lowered, settings.ceiling].into_iter().flatten().reduce(f64::min).map(|rate| rate.max(SLOWEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENTLE: settings::Pace =
        settings::Pace { start: Some(500.0), ceiling: Some(1000.0), raised_every: Duration::from_secs(300) };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_rate_is_raised_by_half_every_five_minutes_up_to_the_ceiling() {
        let pace = Pace::new(at(7));
        let rates = [7, 306, 307, 606, 607, 99_999].map(|now| pace.rate(&GENTLE, at(now)).unwrap());
        assert_eq!(rates, [500.0, 500.0, 750.0, 750.0, 1000.0, 1000.0]);
    }

    #[test]
    fn a_target_that_says_too_much_is_given_half_and_then_more_again() {
        let mut pace = Pace::new(at(0));
        pace.lower(&GENTLE, at(10));
        pace.lower(&GENTLE, at(10));
        let rates = [10, 20, 30].map(|now| pace.rate(&GENTLE, at(now)).unwrap());
        assert_eq!(rates, [250.0, 375.0, 500.0]);
    }

    #[test]
    fn what_was_sent_is_waited_for() {
        let mut pace = Pace::new(at(0));
        pace.spend(&GENTLE, at(1), 250);
        assert_eq!(pace.next(), Duration::from_millis(1500));
        pace.spend(&GENTLE, at(1), 250);
        assert_eq!(pace.next(), at(2));
    }

    #[test]
    fn without_a_limit_nothing_is_waited_for_until_the_target_asks() {
        let free = settings::Pace { start: None, ceiling: None, ..GENTLE };
        let mut pace = Pace::new(at(0));
        pace.spend(&free, at(1), 100_000);
        assert_eq!(pace.next(), at(0));
        pace.lower(&free, at(1));
        assert_eq!(pace.rate(&free, at(1)), Some(500.0));
        assert_eq!(pace.rate(&free, at(900)), None);
    }

    proptest::proptest! {
        #[test]
        fn a_rate_is_always_a_rate(
            start in proptest::option::of(-1e9_f64..1e9),
            times in proptest::collection::vec(0_u64..1 << 40, 0..20),
        ) {
            let settings = settings::Pace { start, ceiling: None, raised_every: Duration::ZERO };
            let mut pace = Pace::new(at(0));
            for time in times {
                pace.lower(&settings, at(time));
                pace.spend(&settings, at(time), 1000);
                let rate = pace.rate(&settings, at(time)).unwrap();
                proptest::prop_assert!(rate.is_finite() && rate >= SLOWEST || start.is_some_and(|start| start > 0.0));
            }
        }
    }
}
