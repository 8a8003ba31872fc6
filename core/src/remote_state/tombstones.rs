//! What was deleted, for other devices of the same user to see: their copies of it are not to bring it back.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::StateAddress;
use crate::error::{Error, ErrorKind, Result};
use crate::record::hex::Hex;
use crate::record::{Map, Name, Timestamp, Value};
use crate::store::{Condition, Target, Write};

/// How many are read at a time.
const PAGE: usize = 300;
/// More than any user's devices delete: what goes on after that is no list of ours.
const MOST: usize = 5_000_000;
/// The field that says who deleted.
const INSTALLATION: &str = "installation";

/// What says that a document was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone<'a> {
    /// Where the document was.
    pub address: &'a str,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// By which installation.
    pub installation: &'a str,
    /// In which generation of its migration.
    pub generation: u32,
}

impl Tombstone<'_> {
    /// The write that sets it up. It belongs into the batch of the delete that it stands for, so that neither happens
    /// without the other.
    pub fn write(&self, state: &StateAddress) -> Write {
        let fields = Map::from([
            ("address".to_owned(), Value::from(self.address)),
            ("deletedAt".to_owned(), Value::Timestamp(self.deleted_at)),
            (INSTALLATION.to_owned(), Value::from(self.installation)),
            ("generation".to_owned(), Value::Int(self.generation.into())),
        ]);
        Write { address: place(state, self.address), fields: Some(fields.into()), condition: Condition::Always }
    }

    /// The write that takes away what stands for this address. It belongs into the batch that creates the document
    /// again.
    pub fn lift(state: &StateAddress, address: &str) -> Write {
        Write { address: place(state, address), fields: None, condition: Condition::Always }
    }
}

/// Who deleted a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletedBy {
    /// This installation: a record that its store has now was created again.
    Us,
    /// Another one: a record that our store has still is an old copy.
    Another,
}

/// All that was deleted, sixteen bytes for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tombstones {
    by: HashMap<Mark, DeletedBy>,
}

impl Tombstones {
    /// Reads all that the target has, a page at a time. Each costs a read.
    pub async fn read(target: &dyn Target, state: &StateAddress, installation: &str) -> Result<Self> {
        let collection = state.tombstones();
        let fields = [Name::from(INSTALLATION)];
        let mut all = Self::default();
        let mut after = None;
        loop {
            let page = target.list(&collection, after.as_ref(), PAGE, Some(&fields)).await?;
            for (address, found) in &page.records {
                let is_ours = matches!(found.fields.get(INSTALLATION), Some(Value::String(by)) if by == installation);
                let by = if is_ours { DeletedBy::Us } else { DeletedBy::Another };
                let mark = address.strip_prefix(&collection).and_then(|rest| rest.strip_prefix('/')).and_then(parsed);
                all.by.extend(mark.map(|mark| (mark, by)));
            }
            if all.by.len() > MOST {
                let message = format!("`{collection}` has more than {MOST} documents; see what fills it");
                return Err(Error::new(ErrorKind::Damaged, message));
            }
            match page.next {
                Some(next) if after.as_ref() == Some(&next) => {
                    let message = format!("the list of `{collection}` does not come to an end; try again");
                    return Err(Error::new(ErrorKind::Damaged, message));
                }
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// Who deleted what was at this address, where somebody did.
    pub fn deleted_by(&self, address: &str) -> Option<DeletedBy> {
        self.by.get(&mark(address)).copied()
    }

    /// Whether what was at this address was deleted.
    pub fn is_deleted(&self, address: &str) -> bool {
        self.deleted_by(address).is_some()
    }

    /// Remembers that this installation has deleted what was at this address.
    pub fn add(&mut self, address: &str) {
        self.by.insert(mark(address), DeletedBy::Us);
    }

    /// Forgets an address at which a document was created again.
    pub fn remove(&mut self, address: &str) {
        self.by.remove(&mark(address));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by.len()
    }

    /// Whether nothing was deleted.
    pub fn is_empty(&self) -> bool {
        self.by.is_empty()
    }
}

/// What stands for an address: half of a SHA-256, which no two addresses share.
type Mark = [u8; 16];

fn mark(address: &str) -> Mark {
    let digest: [u8; 32] = Sha256::digest(address.as_bytes()).into();
    let mut mark = Mark::default();
    mark.iter_mut().zip(digest).for_each(|(ours, byte)| *ours = byte);
    mark
}

/// Where the tombstone of an address stands: its mark as the id, which is short and safe wherever the address came
/// from.
fn place(state: &StateAddress, address: &str) -> String {
    format!("{}/{}", state.tombstones(), Hex(&mark(address)))
}

/// The mark that an id of ours stands for.
fn parsed(id: &str) -> Option<Mark> {
    let is_ours = id.len() == 32 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_ours.then(|| u128::from_str_radix(id, 16).ok()).flatten().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests;
