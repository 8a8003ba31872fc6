//! By what right a call is made.

use std::fmt;

use crate::store::Answer;

/// What a call shows for its right to be made.
///
/// It is a source of itself, for a right that does not end: an emulator's owner, a test.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    bearer: String,
    app_check: Option<String>,
}

impl Token {
    /// A bearer token: a signed-in user's ID token, or an access token of Google's.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self { bearer: token.into(), app_check: None }
    }

    /// The same with a token of App Check, which says that the app is what it seems to be.
    #[must_use]
    pub fn with_app_check(mut self, token: impl Into<String>) -> Self {
        self.app_check = Some(token.into());
        self
    }

    pub(super) fn authorization(&self) -> String {
        format!("Bearer {}", self.bearer)
    }

    pub(super) fn app_check(&self) -> Option<&str> {
        self.app_check.as_deref()
    }
}

/// A token is a secret.
impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

/// Where tokens come from. It is asked before each call, and keeps what it has as long as that is good.
pub trait TokenSource: Send + Sync {
    /// A token. `refresh` says that Firestore no longer takes the last one, however good it looks.
    ///
    /// An error ends the call as it is: [`Unauthenticated`](crate::error::ErrorKind::Unauthenticated) where nobody is
    /// signed in.
    fn token(&self, refresh: bool) -> Answer<'_, Token>;
}

impl TokenSource for Token {
    fn token(&self, _refresh: bool) -> Answer<'_, Token> {
        Box::pin(async { Ok(self.clone()) })
    }
}
