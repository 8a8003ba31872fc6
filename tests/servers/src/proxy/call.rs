//! What a judge is told of a call.

use http::header::AUTHORIZATION;
use http::request::Parts;

/// A call as it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The last segment of its path: of a gRPC call the method, such as `Commit`.
    pub method: String,
    /// What it was allowed with, if anything.
    pub token: Option<String>,
    /// The documents that it writes or deletes, each as often as it does: addresses relative to the database.
    pub documents: Vec<String>,
}

impl Call {
    pub(crate) fn new(head: &Parts, documents: Vec<String>) -> Self {
        let method = head.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        let token = head.headers.get(AUTHORIZATION);
        let token = token.map(|token| String::from_utf8_lossy(token.as_bytes()).into_owned());
        Self { method, token, documents }
    }
}
