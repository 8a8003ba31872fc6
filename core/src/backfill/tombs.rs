//! What was deleted on purpose, as far as it concerns documents on their way.

use crate::record::Timestamp;
use crate::remote_state::{DeletedBy, StateAddress, Tombstone, Tombstones};
use crate::store::Write;

/// The tombstones of a user, as they were when the run began, and how new ones are set up.
#[derive(Debug, Default)]
pub(crate) struct Tombs {
    pub(crate) known: Tombstones,
    pub(crate) place: Option<Place>,
}

/// Where tombstones stand, and what ours say.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) state: StateAddress,
    pub(crate) installation: String,
    pub(crate) generation: u32,
    pub(crate) at: Timestamp,
}

impl Tombs {
    /// Whether what was at an address was deleted on purpose; and where it is there again by right, the write that
    /// says so.
    ///
    /// A record that is read for the first time may be an old copy, whoever deleted its document. One that appears
    /// after we deleted its document was created again.
    pub(crate) fn of(&self, address: &str, is_again: bool) -> (bool, Option<Box<Write>>) {
        match (self.known.deleted_by(address), is_again) {
            (None, _) => (false, None),
            (Some(DeletedBy::Us), true) => (false, self.lift(address)),
            (Some(DeletedBy::Us | DeletedBy::Another), _) => (true, None),
        }
    }

    /// The write that tells others of a delete.
    pub(crate) fn set_up(&self, address: &str) -> Option<Box<Write>> {
        let place = self.place.as_ref()?;
        let tombstone = Tombstone {
            address,
            deleted_at: place.at,
            installation: &place.installation,
            generation: place.generation,
        };
        Some(Box::new(tombstone.write(&place.state)))
    }

    fn lift(&self, address: &str) -> Option<Box<Write>> {
        self.place.as_ref().map(|place| Box::new(Tombstone::lift(&place.state, address)))
    }
}
