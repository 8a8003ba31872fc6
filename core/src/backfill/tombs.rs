//! What was deleted on purpose, as far as it concerns documents on their way.

use tokio::sync::OnceCell;

use crate::error::Result;
use crate::record::Timestamp;
use crate::remote_state::{DeletedBy, StateAddress, Tombstone, Tombstones};
use crate::store::{Target, Write};

/// The tombstones of a user, and how new ones are set up. They are read once, before the first document that is sent:
/// a run that has nothing to send does not ask for them.
#[derive(Default)]
pub(crate) struct Tombs<'a> {
    target: Option<&'a dyn Target>,
    place: Option<Place>,
    known: OnceCell<Tombstones>,
}

/// Where tombstones stand, and what ours say.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) state: StateAddress,
    pub(crate) installation: String,
    pub(crate) generation: u32,
    pub(crate) at: Timestamp,
}

impl<'a> Tombs<'a> {
    pub(crate) fn of(target: &'a dyn Target, place: Place) -> Self {
        Self { target: Some(target), place: Some(place), known: OnceCell::new() }
    }

    /// All that was deleted on purpose, and how many billed reads it took to learn it now.
    pub(crate) async fn known(&self) -> Result<(&Tombstones, u64)> {
        let is_news = !self.known.initialized() && self.place.is_some();
        let known = self.known.get_or_try_init(|| self.read()).await?;
        // A query that finds nothing is billed as one read.
        let billed = if is_news { (known.len() as u64).max(1) } else { 0 };
        Ok((known, billed))
    }

    async fn read(&self) -> Result<Tombstones> {
        match (self.target, &self.place) {
            (Some(target), Some(place)) => Tombstones::read(target, &place.state, &place.installation).await,
            _ => Ok(Tombstones::default()),
        }
    }

    /// Whether what was at an address was deleted on purpose; and where it is there again by right, the write that
    /// says so.
    ///
    /// A record that is read for the first time may be an old copy, whoever deleted its document. One that appears
    /// after we deleted its document was created again.
    pub(crate) fn verdict(&self, known: &Tombstones, address: &str, is_again: bool) -> (bool, Option<Box<Write>>) {
        match (known.deleted_by(address), is_again) {
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
