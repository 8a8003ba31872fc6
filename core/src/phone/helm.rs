//! One run at a time for each user, and the handles on it that an app has before, while and after it goes.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use crate::backfill::{Control, Progress, Settings};
use crate::error::{Error, ErrorKind, Result};

/// The handles on a user's run.
#[derive(Debug)]
pub(super) struct Helm {
    pub(super) control: Control,
    under_way: watch::Sender<bool>,
}

/// Held while a user's records are worked on: nobody else of this kind of process does that meanwhile. The file is not
/// locked at any other time, since an app that is put to sleep with a lock is killed for it.
pub(super) struct Alone {
    helm: Arc<Helm>,
    // The system lets go of it when this process ends, however it ends.
    _lock: File,
}

impl Helm {
    pub(super) fn new(settings: Settings) -> Self {
        Self { control: Control::new(settings), under_way: watch::Sender::new(false) }
    }

    /// The right to work on a user's records; none where somebody has it.
    pub(super) fn alone(self: &Arc<Self>, lock: &Path) -> Result<Option<Alone>> {
        let failed = |error: std::io::Error| {
            let message = format!("{} cannot be locked ({error}); see what is wrong with that folder", lock.display());
            Error::new(ErrorKind::Io, message).because(error)
        };
        let file = File::options().create(true).truncate(false).write(true).open(lock).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        self.under_way.send_replace(true);
        Ok(Some(Alone { helm: self.clone(), _lock: file }))
    }

    /// Waits until nothing is under way here.
    pub(super) async fn at_rest(&self) {
        let mut under_way = self.under_way.subscribe();
        // A helm that is gone steers nothing.
        let _ = under_way.wait_for(|under_way| !*under_way).await;
    }

    pub(super) fn is_under_way(&self) -> bool {
        *self.under_way.borrow()
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.helm.under_way.send_replace(false);
    }
}

/// How far a run is, as often as a screen can follow: the last state at once, and then a few a second while it goes. It
/// needs no thread of ours to be asked from.
#[derive(Debug)]
pub struct ProgressStream {
    receiver: tokio::sync::Mutex<Receiving>,
}

#[derive(Debug)]
struct Receiving {
    of: watch::Receiver<Progress>,
    is_first: bool,
}

impl ProgressStream {
    pub(super) fn of(control: &Control) -> Self {
        Self { receiver: tokio::sync::Mutex::new(Receiving { of: control.progress(), is_first: true }) }
    }

    /// The next state; none once everything was closed.
    pub async fn next(&self) -> Option<Progress> {
        let mut receiving = self.receiver.lock().await;
        if !std::mem::take(&mut receiving.is_first) {
            receiving.of.changed().await.ok()?;
        }
        let progress = *receiving.of.borrow_and_update();
        Some(progress)
    }
}
