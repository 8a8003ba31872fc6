//! A project on a server, and who may be its user.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rehome_core::record::base64;
use rehome_core::stores::firestore::{Endpoint, FirestoreConfig, Token, TokenSource};
use serde_json::json;

/// What an emulator takes for the right to do everything, past all rules.
const OWNER: &str = "owner";

/// A project on a server.
#[derive(Clone, Debug)]
pub struct Project {
    address: SocketAddr,
    id: String,
}

impl Project {
    pub(crate) fn fresh(address: SocketAddr) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { address, id: format!("test-{number}") }
    }

    pub(crate) fn named(address: SocketAddr, id: &str) -> Self {
        Self { address, id: id.to_owned() }
    }

    /// Where its server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How to reach its default database by this right.
    pub fn config(&self, tokens: impl TokenSource + 'static) -> FirestoreConfig {
        let mut config = FirestoreConfig::new(&self.id, Arc::new(tokens));
        config.endpoint = Endpoint::Emulator(self.address.to_string());
        config
    }

    /// The same as the owner, who is past all rules.
    pub fn owner(&self) -> FirestoreConfig {
        self.config(self.owner_token())
    }

    /// The same as a signed-in user.
    pub fn user(&self, uid: &str) -> FirestoreConfig {
        self.config(self.user_token(uid))
    }

    /// The owner's token.
    pub fn owner_token(&self) -> Token {
        owner_token()
    }

    /// The token of a signed-in user.
    pub fn user_token(&self, uid: &str) -> Token {
        user_token(&self.id, uid)
    }
}

/// The token of an emulator's owner, whom no rules hold.
pub fn owner_token() -> Token {
    Token::bearer(OWNER)
}

/// The token of a project's signed-in user.
pub fn user_token(project: &str, uid: &str) -> Token {
    Token::bearer(user_token_text(project, uid))
}

/// The token of a project's signed-in user, as Firebase's would be if somebody had signed it. Emulators take it. Each is
/// another one.
pub fn user_token_text(project: &str, uid: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let issued = 1_700_000_000 + COUNT.fetch_add(1, Ordering::Relaxed);
    let header = json!({ "alg": "none", "typ": "JWT" });
    let claims = json!({
        "iss": format!("https://securetoken.google.com/{project}"),
        "aud": project,
        "sub": uid,
        "user_id": uid,
        "auth_time": 1_700_000_000,
        "iat": issued,
        "exp": 4_102_444_800_u64,
        "firebase": { "sign_in_provider": "custom" },
    });
    format!("{}.{}.", for_urls(&header.to_string()), for_urls(&claims.to_string()))
}

/// Base64 as a token has it: with `-` and `_`, and without padding.
fn for_urls(text: &str) -> String {
    base64::encode(text.as_bytes()).trim_end_matches('=').replace('+', "-").replace('/', "_")
}
