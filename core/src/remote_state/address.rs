//! Where the state is kept.

use crate::error::{Error, ErrorKind, Result};
use crate::rules::is_reserved_segment;

/// Where a user's migration state is, and what lies below it. `firestore.rules` guards these places.
///
/// ```
/// use rehome_core::remote_state::StateAddress;
///
/// let state = StateAddress::of("ann").unwrap();
/// assert_eq!(state.user(), "users/ann/meta/migration");
/// assert_eq!(state.installation("7f3a"), "users/ann/meta/migration/installations/7f3a");
///
/// let elsewhere = StateAddress::at("people/{uid}/rehome/state", "ann").unwrap();
/// assert_eq!(elsewhere.user(), "people/ann/rehome/state");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateAddress(String);

impl StateAddress {
    /// Where the state is unless the app says otherwise.
    pub const TEMPLATE: &str = "users/{uid}/meta/migration";

    /// The usual place of this user's state.
    pub fn of(owner: &str) -> Result<Self> {
        Self::at(Self::TEMPLATE, owner)
    }

    /// Another place: the address of the user's document, with `{uid}` where the user's id goes.
    pub fn at(template: &str, owner: &str) -> Result<Self> {
        if !is_segment(owner) {
            let message = "the user's id cannot be part of an address: it is empty, reserved or has a slash in it";
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let is_pairs = template.split('/').count().is_multiple_of(2);
        let places = template.split('/').filter(|segment| *segment == "{uid}").count();
        let is_plain = template.split('/').all(|segment| segment == "{uid}" || is_segment(segment));
        if !is_pairs || places != 1 || !is_plain {
            let message = format!(
                "`{template}` is no place for a user's state; say the address of a document with `{{uid}}` as one of \
                 its segments, such as `{}`",
                Self::TEMPLATE
            );
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        Ok(Self(template.replace("{uid}", owner)))
    }

    /// The user's document.
    pub fn user(&self) -> &str {
        &self.0
    }

    /// The collection with a document for each installation.
    pub fn installations(&self) -> String {
        format!("{}/installations", self.0)
    }

    /// An installation's document.
    pub fn installation(&self, id: &str) -> String {
        format!("{}/installations/{id}", self.0)
    }

    /// The collection with a document for each address that something was deleted at.
    pub fn tombstones(&self) -> String {
        format!("{}/tombstones", self.0)
    }
}

fn is_segment(text: &str) -> bool {
    !text.is_empty() && !text.contains('/') && !is_reserved_segment(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_no_document_of_the_user_is_refused() {
        for template in ["users/{uid}", "users/{uid}/meta/migration", "a/b/c/{uid}"] {
            assert!(StateAddress::at(template, "ann").is_ok(), "{template}");
        }
        for template in ["", "{uid}", "users/{uid}/meta", "users/ann", "users/{uid}/meta/{uid}", "users//{uid}/x"] {
            assert_eq!(StateAddress::at(template, "ann").unwrap_err().kind(), ErrorKind::BadInput, "{template}");
        }
    }

    #[test]
    fn a_users_id_cannot_lead_to_another_users_state() {
        for owner in ["", "ann/meta", "..", ".", "__all__"] {
            assert_eq!(StateAddress::of(owner).unwrap_err().kind(), ErrorKind::BadInput, "{owner}");
        }
    }
}
