//! Reads from the side that the route says: the new one, the old one, or both as long as not everything is carried.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::old_side::{OldPlace, OldSide};
use super::rehome::Inside;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::Journal;
use crate::record::Map;
use crate::remote_state::{StateAddress, Tombstones};
use crate::rollout::{Fallback, Lists, Side};
use crate::store::{Cursor, Found, Target};

/// A user's documents on both sides.
pub(super) struct Reading {
    inside: Arc<Inside>,
    owner: String,
    target: Arc<dyn Target>,
    old: OnceCell<OldSide>,
    deleted: OnceCell<Tombstones>,
}

/// Documents by their addresses, and where to go on.
pub(super) struct Listed {
    pub(super) documents: Vec<(String, Map)>,
    pub(super) next: Option<String>,
}

/// Where a list goes on, as text that goes out and comes back.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    New(Option<Cursor>),
    Old(OldPlace),
}

impl Reading {
    pub(super) fn new(inside: Arc<Inside>, owner: String) -> Self {
        let target = inside.ends.target();
        Self { inside, owner, target, old: OnceCell::new(), deleted: OnceCell::new() }
    }

    pub(super) async fn get(&self, address: &str, from: Option<Side>) -> Result<Option<Map>> {
        let (first, fallback) = match from {
            Some(side) => (side, Fallback { where_missing: false, where_failing: false }),
            None => {
                let reading = self.inside.launch(&self.owner).await?.decision.route.reading(address);
                (reading.first, reading.fallback)
            }
        };
        match (first, self.get_from(first, address).await) {
            (Side::New, Ok(None)) if fallback.where_missing && !self.is_deleted(address).await? => {
                self.get_from(Side::Old, address).await
            }
            (side, Err(error)) if fallback.where_failing && passes(&error) => {
                self.get_from(side.other(), address).await
            }
            (_, found) => found,
        }
    }

    pub(super) async fn list(
        &self,
        collection: &str,
        from: Option<Side>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Listed> {
        let (first, is_both) = match from {
            Some(side) => (side, false),
            None => {
                let reads = self.inside.launch(&self.owner).await?.decision.route.reads;
                (reads.first, reads.lists == Lists::BothSides)
            }
        };
        let place = match after {
            Some(text) => Place::parse(text)?,
            None if first == Side::Old => Place::Old(OldPlace::default()),
            None => Place::New(None),
        };
        match place {
            Place::New(cursor) => {
                let page = self.target.list(collection, cursor.as_ref(), limit, None).await?;
                let behind = is_both.then(|| Place::Old(OldPlace::default()));
                let next = page.next.map(|cursor| Place::New(Some(cursor))).or(behind);
                let documents = page.records.into_iter().map(|(address, found)| (address, found.fields)).collect();
                Ok(Listed { documents, next: next.map(|place| place.text()) })
            }
            Place::Old(place) => {
                let (mut documents, next) = self.old().await?.page(&self.owner, collection, place, limit).await?;
                if is_both {
                    documents = self.not_on_the_new_side(documents).await?;
                }
                Ok(Listed { documents, next: next.map(|place| Place::Old(place).text()) })
            }
        }
    }

    async fn get_from(&self, side: Side, address: &str) -> Result<Option<Map>> {
        match side {
            Side::Old => self.old().await?.get(&self.owner, address).await,
            Side::New => {
                let address = [address.to_owned()];
                let found = self.target.look(&address, None).await?.into_iter().next().flatten();
                Ok(found.map(|Found { fields, .. }| fields))
            }
        }
    }

    /// Of what both sides have, the new side's counts; what was deleted there stays deleted.
    async fn not_on_the_new_side(&self, documents: Vec<(String, Map)>) -> Result<Vec<(String, Map)>> {
        let addresses: Vec<String> = documents.iter().map(|(address, _)| address.clone()).collect();
        let found = self.target.look(&addresses, Some(&[])).await?;
        let deleted = self.deleted().await?;
        let is_left = |(address, _): &(String, Map)| !deleted.is_deleted(address);
        let missing =
            documents.into_iter().zip(found).filter(|(_, found)| found.is_none()).map(|(document, _)| document);
        Ok(missing.filter(is_left).collect())
    }

    async fn is_deleted(&self, address: &str) -> Result<bool> {
        Ok(self.deleted().await?.is_deleted(address))
    }

    async fn deleted(&self) -> Result<&Tombstones> {
        let installation = &self.inside.ends.journal.installation().id;
        let state = StateAddress::of(&self.owner)?;
        self.deleted.get_or_try_init(|| Tombstones::read(&*self.target, &state, installation)).await
    }

    async fn old(&self) -> Result<&OldSide> {
        self.old
            .get_or_try_init(|| async { Ok(OldSide::of(self.inside.ends.clone(), self.inside.ends.store().await?)) })
            .await
    }
}

impl Place {
    fn text(&self) -> String {
        match self {
            Place::New(cursor) => format!("new {}", cursor.as_ref().map(Cursor::as_str).unwrap_or_default()),
            Place::Old(OldPlace { pass, after }) => {
                format!("old {pass} {}", after.as_ref().map(Cursor::as_str).unwrap_or_default())
            }
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let cursor = |text: &str| (!text.is_empty()).then(|| Cursor::new(text));
        let place = match text.split_once(' ') {
            Some(("new", rest)) => Some(Place::New(cursor(rest))),
            Some(("old", rest)) => rest
                .split_once(' ')
                .and_then(|(pass, rest)| Some(Place::Old(OldPlace { pass: pass.parse().ok()?, after: cursor(rest) }))),
            _ => None,
        };
        let wrong = "this is no place in a list; go on with what the page before answered, or begin without one";
        place.ok_or_else(|| Error::new(ErrorKind::BadInput, wrong))
    }
}

/// Whether a side only does not answer now.
fn passes(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Exhausted | ErrorKind::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_list_is_the_same_when_it_comes_back() {
        let after = Some(Cursor::new("with spaces, and 7"));
        for place in [
            Place::New(None),
            Place::New(after.clone()),
            Place::Old(OldPlace::default()),
            Place::Old(OldPlace { pass: 3, after }),
        ] {
            assert_eq!(Place::parse(&place.text()).unwrap(), place);
        }
        for wrong in ["", "new", "old", "old x y", "elsewhere 1"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }
}
