//! Reads the state as the target has it.

use std::time::Duration;

use super::{InstallationState, Known, StateAddress, UserState};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Map, Timestamp};
use crate::store::{Target, Version};

/// How many installations are listed at a time.
const PAGE: usize = 100;
/// More devices than a person has: what goes on after that is no list of ours.
const MOST: usize = 1000;

impl UserState {
    /// How the user's migration stands now, all installations together; none where none was ever heard of. Costs a read
    /// for each of them and one for the user.
    pub async fn read(
        target: &dyn Target,
        address: &StateAddress,
        now: Timestamp,
        patience: Duration,
    ) -> Result<Option<Self>> {
        let before = user(target, address).await?.map(|(state, _)| state);
        let known = installations(target, address).await?;
        Ok(UserState::derive(before.as_ref(), &known, now, patience))
    }
}

/// The user's document.
pub(super) async fn user(target: &dyn Target, address: &StateAddress) -> Result<Option<(UserState, Version)>> {
    one(target, address.user().to_owned(), UserState::from_fields).await
}

/// An installation's document.
pub(super) async fn installation(
    target: &dyn Target,
    address: &StateAddress,
    id: &str,
) -> Result<Option<(InstallationState, Version)>> {
    one(target, address.installation(id), InstallationState::from_fields).await
}

async fn one<T>(target: &dyn Target, address: String, parse: fn(&Map) -> Option<T>) -> Result<Option<(T, Version)>> {
    let addresses = [address];
    let Some(found) = target.look(&addresses, None).await?.into_iter().flatten().next() else { return Ok(None) };
    let Some(state) = parse(&found.fields) else {
        let message = "what is at the place of the migration's state is none that this version understands; a newer \
                       version of the app may have written it: update this one";
        return Err(Error::new(ErrorKind::Unsupported, message));
    };
    Ok(Some((state, found.version)))
}

/// All installations that there ever were.
pub(super) async fn installations(target: &dyn Target, address: &StateAddress) -> Result<Vec<Known>> {
    let collection = address.installations();
    let mut known = Vec::new();
    let mut after = None;
    loop {
        let page = target.list(&collection, after.as_ref(), PAGE, None).await?;
        for (address, found) in &page.records {
            let id = address.rsplit('/').next().unwrap_or_default();
            known.push((id.to_owned(), InstallationState::from_fields(&found.fields)));
        }
        if known.len() > MOST || page.next.is_some() && page.next == after {
            let message = format!("`{collection}` has more documents than a user has devices; see what fills it");
            return Err(Error::new(ErrorKind::Damaged, message));
        }
        after = page.next;
        if after.is_none() {
            return Ok(known);
        }
    }
}
