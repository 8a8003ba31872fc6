//! How far a run is, for a screen.

use std::time::Duration;

use super::control::Control;
use crate::journal::Counters;

/// What a run is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It asks for its lease and reads where it is.
    #[default]
    Starting,
    /// It carries what was there.
    Carrying,
    /// It carries what changed since.
    CatchingUp,
    /// It has ended, for now or for good.
    Ended,
}

/// How far a run is. What is counted is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// What became of the records of this generation so far.
    pub counters: Counters,
    /// How many records there are about, where the source can tell.
    pub expected: Option<u64>,
    /// How many operations the target may bill for this generation in all, where the source can tell how many records
    /// there are.
    pub operations: Option<u64>,
    /// Records a second, of late.
    pub rate: f64,
    /// How long it may still take, where that can be told.
    pub left: Option<Duration>,
}

/// Tells a screen as often as it can follow.
#[derive(Debug)]
pub(crate) struct Teller {
    pub(crate) phase: Phase,
    pub(crate) expected: Option<u64>,
    operations: Option<u64>,
    /// When it is told again.
    next: Duration,
    measured: Option<(Duration, u64)>,
    rate: f64,
}

impl Teller {
    const EVERY: Duration = Duration::from_millis(250);

    pub(crate) fn new(phase: Phase, expected: Option<u64>, operations: Option<u64>) -> Self {
        Self { phase, expected, operations, next: Duration::ZERO, measured: None, rate: 0.0 }
    }

    /// Tells how far it is, where it was not told just now.
    pub(crate) fn tell(&mut self, control: &Control, now: Duration, counters: Counters) {
        if now >= self.next {
            self.next = now.saturating_add(Self::EVERY);
            self.tell_at_once(control, now, counters);
        }
    }

    pub(crate) fn tell_at_once(&mut self, control: &Control, now: Duration, counters: Counters) {
        self.measure(now, counters.read);
        let open = self.expected.map(|expected| expected.saturating_sub(counters.read));
        let left =
            open.filter(|_| self.rate > 0.0).map(|open| Duration::from_secs_f64((open as f64 / self.rate).min(1e9)));
        let Self { phase, expected, operations, rate, .. } = *self;
        control.tell(Progress { phase, counters, expected, operations, rate, left });
    }

    /// The last second or so counts most, those before it less and less.
    fn measure(&mut self, now: Duration, read: u64) {
        let Some((then, before)) = self.measured else {
            self.measured = Some((now, read));
            return;
        };
        let span = now.saturating_sub(then).as_secs_f64();
        if span >= 0.2 {
            let rate = read.saturating_sub(before) as f64 / span;
            let weight = if self.rate > 0.0 { (span / 3.0).min(1.0) } else { 1.0 };
            self.rate += (rate - self.rate) * weight;
            self.measured = Some((now, read));
        }
    }
}
