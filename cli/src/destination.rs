//! Which Firestore a command speaks to, and by what right.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::store::{Answer, Target};
use rehome_core::stores::firestore::{
    DEFAULT_DATABASE, Endpoint, FirestoreConfig, FirestoreStore, Root, Token, TokenSource,
};
use rehome_firestore_admin::{AdminConfig, AdminStore, ServiceAccount};
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
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    pub(crate) emulator: Option<String>,
    /// A file with the user's ID token. It is read again when Firestore no longer takes the token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// With an administrator's right instead of the user's, past all security rules: that of the --service-account, or of
    /// the credentials that GOOGLE_APPLICATION_CREDENTIALS names, or an emulator's owner's
    #[arg(long, conflicts_with = "token_file")]
    admin: bool,
    /// With --admin: the key file of a service account
    #[arg(long, value_name = "FILE", requires = "admin", conflicts_with = "emulator")]
    service_account: Option<PathBuf>,
}

/// By what right a command works.
enum Right {
    /// A signed-in user's.
    User(Arc<dyn TokenSource>),
    /// An administrator's; without a service account that of the environment's credentials, or an emulator's owner's.
    Admin(Option<ServiceAccount>),
}

/// A database that can be spoken to; nothing was sent yet.
pub(crate) struct Database {
    project: String,
    id: String,
    endpoint: Endpoint,
    right: Right,
}

/// How long a call of an administrator's may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// Where Google's libraries look for credentials.
pub(crate) const CREDENTIALS: &str = "GOOGLE_APPLICATION_CREDENTIALS";

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
            (Some(server), Failure::Work(message)) if !message.contains(server) => {
                Failure::Work(format!("Firestore at {server}: {message}"))
            }
            (_, failure) => failure,
        }
    }

    /// The database, and the right to use it.
    pub(crate) fn database(&self) -> std::result::Result<Database, Failure> {
        let endpoint = self.emulator.clone().map_or(Endpoint::Google, Endpoint::Emulator);
        let id = self.database.clone().unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
        // What can be no database is told before anything else is looked at.
        Root::of(&self.project, &id)?;
        Ok(Database { project: self.project.clone(), id, endpoint, right: self.right()? })
    }

    fn right(&self) -> std::result::Result<Right, Failure> {
        if self.admin {
            return self.admins_right();
        }
        match (&self.token_file, &self.emulator) {
            (Some(path), _) => {
                // It may be another one by the time that it is needed, but one that is not there is told now.
                fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
                Ok(Right::User(Arc::new(TokenFile(path.clone()))))
            }
            (None, Some(_)) => Ok(Right::User(Arc::new(user_token(&self.project, &self.user)))),
            (None, None) => Err(Failure::Usage(
                "by what right? --token-file FILE with the user's ID token, --admin with a service account's, or \
                 --emulator HOST:PORT"
                    .to_owned(),
            )),
        }
    }

    fn admins_right(&self) -> std::result::Result<Right, Failure> {
        if let Some(path) = &self.service_account {
            return service_account(path).map(Some).map(Right::Admin);
        }
        if self.emulator.is_some() || env::var_os(CREDENTIALS).is_some_and(|path| !path.is_empty()) {
            return Ok(Right::Admin(None));
        }
        let message = format!(
            "by which administrator's right? --service-account FILE with a service account's key, or let {CREDENTIALS} \
             name such a file; or --emulator HOST:PORT, whose owner needs none"
        );
        Err(Failure::Usage(message))
    }
}

fn host_and_port(text: &str) -> std::result::Result<String, String> {
    let is_address = text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if is_address { Ok(text.to_owned()) } else { Err("write it as 127.0.0.1:8080".to_owned()) }
}

/// The key of a service account, from its file.
pub(crate) fn service_account(path: &Path) -> std::result::Result<ServiceAccount, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    ServiceAccount::read(&text).map_err(|error| Failure::Work(format!("{}: {error}", path.display())))
}

impl Database {
    /// Reaches for it. An administrator's connection is made at once, and ends with the runtime that this is called in.
    pub(crate) async fn open(&self) -> Result<Arc<dyn Target>> {
        let (project, database, endpoint) = (self.project.clone(), self.id.clone(), self.endpoint.clone());
        match &self.right {
            Right::User(tokens) => {
                let config = FirestoreConfig { database, endpoint, ..FirestoreConfig::new(project, tokens.clone()) };
                Ok(Arc::new(FirestoreStore::new(config)?))
            }
            Right::Admin(account) => {
                let service_account = account.clone();
                let config = AdminConfig { project, database, endpoint, service_account, deadline: DEADLINE };
                Ok(Arc::new(AdminStore::connect(config).await?))
            }
        }
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
