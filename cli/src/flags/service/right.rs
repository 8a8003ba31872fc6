//! By what right an administrator speaks.

use std::path::{Path, PathBuf};
use std::{env, fs};

use rehome_firestore_admin::{ServiceAccount, access_token};

use crate::destination::{CREDENTIALS, service_account};
use crate::failure::Failure;

/// By what right.
pub(super) enum Right {
    /// A token in a file that somebody else keeps fresh.
    Token(PathBuf),
    /// A service account's, or without one that of the environment's credentials.
    Account(Option<ServiceAccount>),
}

impl Right {
    pub(super) fn of(token_file: Option<&Path>, account: Option<&Path>) -> Result<Self, Failure> {
        match (token_file, account) {
            (Some(path), _) => Ok(Right::Token(path.to_owned())),
            (None, Some(path)) => service_account(path).map(Some).map(Right::Account),
            (None, None) if env::var_os(CREDENTIALS).is_some_and(|path| !path.is_empty()) => Ok(Right::Account(None)),
            (None, None) => Err(Failure::Usage(format!(
                "by what right? --token-file FILE with an administrator's access token, --service-account FILE with a \
                 service account's key, or let {CREDENTIALS} name such a file"
            ))),
        }
    }

    pub(super) async fn token(&self) -> Result<String, Failure> {
        match self {
            Right::Token(path) => token_in(path),
            Right::Account(account) => Ok(access_token(account.clone()).await?),
        }
    }
}

fn token_in(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let token = text.trim();
    // What else can stand in a header would be told by nobody.
    if token.is_empty() || token.contains(|letter: char| !letter.is_ascii_graphic()) {
        return Err(Failure::Work(format!("{} holds no token: it is one word, on one line", path.display())));
    }
    Ok(token.to_owned())
}
