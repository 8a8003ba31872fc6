//! A project on a server, and who may be its user.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use rehome_core::record::base64;

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

    /// Where its server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The bearer token of the owner, who is past all rules.
    pub fn owner_token(&self) -> String {
        OWNER.to_owned()
    }

    /// The bearer token of a signed-in user, as Firebase's would be if somebody had signed it.
    pub fn user_token(&self, uid: &str) -> String {
        let project = &self.id;
        let header = r#"{"alg":"none","typ":"JWT"}"#;
        let claims = format!(
            r#"{{"iss":"https://securetoken.google.com/{project}","aud":"{project}","sub":"{uid}","user_id":"{uid}","auth_time":1700000000,"iat":1700000000,"exp":4102444800,"firebase":{{"sign_in_provider":"custom"}}}}"#
        );
        format!("{}.{}.", for_urls(header), for_urls(&claims))
    }
}

/// Base64 as a token has it: with `-` and `_`, and without padding.
fn for_urls(text: &str) -> String {
    base64::encode(text.as_bytes()).trim_end_matches('=').replace('+', "-").replace('/', "_")
}
