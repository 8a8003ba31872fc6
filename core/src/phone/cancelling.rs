//! What takes its time, and ends before that when nobody wants it any more.

use std::future::{Future, pending};
use std::sync::Arc;

use tokio::sync::watch;

use crate::backfill::Control;
use crate::error::{Error, ErrorKind, Result};

/// Gives up what is under way, from any thread and for good: for [`Migration::cancelled_by`].
///
/// [`Migration::cancelled_by`]: super::Migration::cancelled_by
#[derive(Clone, Debug)]
pub struct Cancelling(Arc<watch::Sender<bool>>);

impl Cancelling {
    /// Nothing is given up yet.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Gives up what is under way, and what is asked later too.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    async fn told(&self) {
        // The sender is in this very handle.
        let _ = self.0.subscribe().wait_for(|told| *told).await;
    }
}

impl Default for Cancelling {
    fn default() -> Self {
        Self::new()
    }
}

/// Whoever waits for something: once this is dropped, nobody does.
pub(super) struct Waiting {
    _dropped: watch::Sender<()>,
}

/// Whether something is still wanted. What nobody wants comes to its end by itself, so that it lets go of what it holds.
pub(super) struct Wanted {
    waiting: watch::Receiver<()>,
    cancelling: Cancelling,
    control: Option<Control>,
}

impl Wanted {
    pub(super) fn by(cancelling: &Cancelling) -> (Waiting, Self) {
        let (sender, waiting) = watch::channel(());
        (Waiting { _dropped: sender }, Self { waiting, cancelling: cancelling.clone(), control: None })
    }

    /// The same of what is stopped as a run is, too.
    pub(super) fn steered_by(self, control: &Control) -> Self {
        // A pause is about runs; what else was wished was wished of what went before.
        control.clear_unless_paused();
        Self { control: Some(control.clone()), ..self }
    }

    /// Works as long as that is wanted.
    pub(super) async fn or_give_up<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.is_given_up() => {
                Err(Error::new(ErrorKind::Cancelled, "it was cancelled before its end; ask again whenever it is wanted"))
            }
            done = work => done,
        }
    }

    async fn is_given_up(&self) {
        let mut waiting = self.waiting.clone();
        let nobody_waits = async { while waiting.changed().await.is_ok() {} };
        let told_to_end = async {
            match &self.control {
                Some(control) => drop(control.told_to_end().await),
                None => pending().await,
            }
        };
        tokio::select! {
            () = nobody_waits => {}
            () = self.cancelling.told() => {}
            () = told_to_end => {}
        }
    }
}
