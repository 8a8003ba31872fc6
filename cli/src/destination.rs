//! Which Firestore a command speaks to, and by what right.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::store::Answer;
use rehome_core::stores::firestore::{Endpoint, FirestoreConfig, FirestoreStore, Token, TokenSource};
use rehome_servers::user_token;

use crate::failure::Failure;

/// Which Firestore, and by what right.
#[derive(Args)]
pub(crate) struct Destination {
    /// The Firebase project
    #[arg(long, value_name = "ID")]
    pub(crate) project: String,
    /// The database, where the project has several
    #[arg(long, value_name = "ID")]
    pub(crate) database: Option<String>,
    /// Whose data it is: {uid} in the plan
    #[arg(long, value_name = "UID")]
    pub(crate) user: String,
    /// An emulator instead of Google's servers; it takes the user's word for who they are
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) emulator: Option<String>,
    /// A file with the user's ID token. It is read again when Firestore no longer takes the token
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

impl Destination {
    /// Which server that is, for people.
    pub(crate) fn server(&self) -> &str {
        self.emulator.as_deref().unwrap_or("Google")
    }

    /// A name for files that are about this database alone.
    pub(crate) fn file_name(&self) -> String {
        let name = [self.server(), &self.project, self.database.as_deref().unwrap_or("default")].join("-");
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
        name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect()
    }

    /// A failure of a call, with the server where it is about that.
    pub(crate) fn failed(&self, error: Error) -> Failure {
        let server = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout).then(|| self.server());
        match (server, Failure::from(error)) {
            (Some(server), Failure::Work(message)) => Failure::Work(format!("Firestore at {server}: {message}")),
            (_, failure) => failure,
        }
    }

    /// The database; nothing is sent before something is asked of it.
    pub(crate) fn open(&self) -> Result<FirestoreStore, Failure> {
        let tokens: Arc<dyn TokenSource> = match (&self.token_file, &self.emulator) {
            (Some(path), _) => Arc::new(TokenFile(path.clone())),
            (None, Some(_)) => Arc::new(user_token(&self.project, &self.user)),
            (None, None) => {
                let message = "by what right? --token-file FILE with the user's ID token, or --emulator HOST:PORT";
                return Err(Failure::Usage(message.to_owned()));
            }
        };
        let mut config = FirestoreConfig::new(&self.project, tokens);
        if let Some(database) = &self.database {
            config.database.clone_from(database);
        }
        if let Some(emulator) = &self.emulator {
            config.endpoint = Endpoint::Emulator(emulator.clone());
        }
        Ok(FirestoreStore::new(config)?)
    }
}

/// A token in a file that somebody else keeps fresh.
struct TokenFile(PathBuf);

impl TokenSource for TokenFile {
    fn token(&self, _refresh: bool) -> Answer<'_, Token> {
        Box::pin(async move {
            let text = fs::read_to_string(&self.0).map_err(|error| {
                let message = format!("the token in {} could not be read: {error}", self.0.display());
                Error::new(ErrorKind::Unauthenticated, message).because(error)
            })?;
            Ok(Token::bearer(text.trim()))
        })
    }
}
