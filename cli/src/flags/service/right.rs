//! By what right an administrator speaks.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// By what right.
pub(super) enum Right {
    /// A token in a file that somebody else keeps fresh.
    Token(PathBuf),
}

impl Right {
    pub(super) fn of(token_file: Option<&Path>) -> Result<Self, Failure> {
        match token_file {
            Some(path) => Ok(Right::Token(path.to_owned())),
            None => {
                let message = "by what right? --token-file FILE with an administrator's access token";
                Err(Failure::Usage(message.to_owned()))
            }
        }
    }

    pub(super) async fn token(&self) -> Result<String, Failure> {
        match self {
            Right::Token(path) => {
                let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
                let token = text.trim();
                // What else can stand in a header would be told by nobody.
                if token.is_empty() || token.contains(|letter: char| !letter.is_ascii_graphic()) {
                    let message = format!("{} holds no token: it is one word, on one line", path.display());
                    return Err(Failure::Work(message));
                }
                Ok(token.to_owned())
            }
        }
    }
}
