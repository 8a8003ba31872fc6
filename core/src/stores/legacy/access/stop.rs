//! Calling off what was asked of a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// Calls off something that was asked for, before it begins or while it runs. Clones are of the same question.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// How often anything was called off here.
    calls: Arc<AtomicU64>,
    /// How often it had been when this was asked for.
    before: u64,
}

impl Stop {
    /// Calls off this, and all that was asked for in its place until now.
    pub fn set(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
    }

    /// For what is asked for from now on: what was called off before does not concern it.
    pub(crate) fn anew(&self) -> Self {
        Self { calls: self.calls.clone(), before: self.calls.load(Ordering::SeqCst) }
    }

    /// Whether this was called off.
    pub(crate) fn is_set(&self) -> bool {
        self.calls.load(Ordering::Relaxed) != self.before
    }

    /// The error that ends what was called off.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_set() { Err(Error::new(ErrorKind::Cancelled, "reading was interrupted")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_ends_what_was_asked_for_before_it_and_nothing_after() {
        let place = Stop::default();
        let (first, second) = (place.anew(), place.anew());
        place.set();
        let third = place.anew();
        assert!(first.is_set() && second.is_set() && !third.is_set());
        assert_eq!(first.check().unwrap_err().kind(), ErrorKind::Cancelled);
        place.set();
        assert!(first.is_set() && third.is_set());
    }
}
