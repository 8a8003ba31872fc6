//! How an app steers a run that is under way.

use std::sync::Arc;

use tokio::sync::watch;

use super::progress::Progress;
use super::report::Ended;
use super::settings::{Policy, Settings};

/// A handle on a run, from anywhere: all copies steer the same one.
///
/// A run that is told to stop in any way ends with everything that it was answered on disk and its lease given back;
/// to go on is to run again.
#[derive(Clone, Debug)]
pub struct Control {
    wish: Arc<watch::Sender<Wish>>,
    progress: Arc<watch::Sender<Progress>>,
}

/// What the app wants.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Wish {
    pub(crate) order: Order,
    /// Somebody from afar does not want it, whatever the app orders.
    pub(crate) is_forbidden: bool,
    pub(crate) conditions: Conditions,
    pub(crate) settings: Settings,
}

/// Whether the run is to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    #[default]
    Go,
    Pause,
    Suspend,
    Cancel,
}

/// How the device is, as far as the app can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The network is paid for by what goes over it.
    pub metered: bool,
    /// The battery is low.
    pub low_battery: bool,
    /// Nobody looks at the app.
    pub background: bool,
}

/// A condition that keeps work waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The network is paid for by what goes over it.
    Metered,
    /// The battery is low.
    LowBattery,
    /// Nobody looks at the app.
    Background,
}

impl Control {
    /// For a run with these settings.
    pub fn new(settings: Settings) -> Self {
        let wish = Wish { settings, ..Wish::default() };
        Self { wish: Arc::new(watch::Sender::new(wish)), progress: Arc::new(watch::Sender::new(Progress::default())) }
    }

    /// Stops, and stays stopped after the app's next start too, until a run is asked to resume.
    pub fn pause(&self) {
        self.order(Order::Pause);
    }

    /// Stops at once, for an app that is about to be put to sleep: answers under way are not waited for.
    pub fn suspend(&self) {
        self.order(Order::Suspend);
    }

    /// Stops as soon as what is under way is answered.
    pub fn cancel(&self) {
        self.order(Order::Cancel);
    }

    /// Takes back a wish to stop, for the next run with this handle.
    pub fn clear(&self) {
        self.order(Order::Go);
    }

    /// Takes back a wish to stop for now; a pause stays one.
    pub(crate) fn clear_unless_paused(&self) {
        self.wish.send_modify(|wish| {
            if wish.order != Order::Pause {
                wish.order = Order::Go;
            }
        });
    }

    /// Stops as [`cancel`](Self::cancel) does, at somebody's word from afar: the app's own orders stay as they are.
    pub fn forbid(&self) {
        self.wish.send_modify(|wish| wish.is_forbidden = true);
    }

    /// Takes that back.
    pub fn allow(&self) {
        self.wish.send_modify(|wish| wish.is_forbidden = false);
    }

    /// Says how the device is.
    pub fn conditions(&self, conditions: Conditions) {
        self.wish.send_modify(|wish| wish.conditions = conditions);
    }

    /// Changes the settings; they count from the next page or batch on.
    pub fn settings(&self, settings: Settings) {
        self.wish.send_modify(|wish| wish.settings = settings);
    }

    /// How far the run is: the last state at once, and then a few a second.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    fn order(&self, order: Order) {
        self.wish.send_modify(|wish| wish.order = order);
    }

    pub(crate) fn wishes(&self) -> watch::Receiver<Wish> {
        self.wish.subscribe()
    }

    /// Waits until the app does not want to go on now: what is told is whether it is about to be put to sleep.
    pub(crate) async fn told_to_end(&self) -> Ended {
        let mut wishes = self.wishes();
        let ends = |wish: &Wish| matches!(wish.order, Order::Cancel | Order::Suspend);
        match wishes.wait_for(ends).await.map(|wish| wish.order) {
            Ok(Order::Suspend) => Ended::Suspended,
            // The sender is in this very handle.
            Ok(Order::Go | Order::Pause | Order::Cancel) | Err(_) => Ended::Cancelled,
        }
    }

    pub(crate) fn current(&self) -> Wish {
        self.wish.borrow().clone()
    }

    pub(crate) fn tell(&self, progress: Progress) {
        self.progress.send_replace(progress);
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Conditions {
    /// The condition that keeps work waiting under a policy, if one does.
    pub(crate) fn forbid(self, policy: Policy) -> Option<Condition> {
        let all = [
            (self.metered && !policy.on_metered, Condition::Metered),
            (self.low_battery && !policy.on_low_battery, Condition::LowBattery),
            (self.background && !policy.in_background, Condition::Background),
        ];
        all.into_iter().find_map(|(forbids, condition)| forbids.then_some(condition))
    }
}
