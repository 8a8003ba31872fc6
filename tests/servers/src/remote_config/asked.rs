//! What a request asks for.

use std::collections::BTreeMap;

use http::Method;
use http::request::Parts;
use serde_json::Value;

use super::{PROJECT, PROJECT_NUMBER};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// A client wants to be known.
    CreateInstallation,
    /// A client that is known wants a token.
    GenerateToken,
    /// A client wants its values.
    Fetch,
    /// A client wants to be told when to fetch.
    Stream,
    /// An administrator wants the template.
    GetTemplate,
    /// An administrator checks or publishes a template.
    PutTemplate,
    /// An administrator goes back to an earlier version.
    Rollback,
    /// An administrator wants to know which versions there were.
    ListVersions,
    /// A server wants its template.
    GetServerTemplate,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// What stands behind the question mark of its address.
    pub query: BTreeMap<String, String>,
    /// Its body; null where it is no JSON.
    pub body: Value,
    /// The part of its address that names one thing: an installation.
    pub name: Option<String>,
}

impl Seen {
    /// What a header says.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Where a request leads: what it asks for, and of which installation.
pub(super) fn route(head: &Parts) -> Option<(Asked, Option<String>)> {
    let path: Vec<&str> = head.uri.path().strip_prefix("/v1/projects/")?.split('/').collect();
    let (project, rest) = path.split_first()?;
    if *project != PROJECT && *project != PROJECT_NUMBER {
        return None;
    }
    let (post, get) = (head.method == Method::POST, head.method == Method::GET);
    let asked = match rest {
        ["installations"] if post => Asked::CreateInstallation,
        ["installations", fid, "authTokens:generate"] if post => {
            return Some((Asked::GenerateToken, Some((*fid).to_owned())));
        }
        ["namespaces", "firebase:fetch"] if post => Asked::Fetch,
        ["namespaces", "firebase:streamFetchInvalidations"] if post => Asked::Stream,
        ["namespaces", "firebase-server", "serverRemoteConfig"] if get => Asked::GetServerTemplate,
        ["remoteConfig"] if get => Asked::GetTemplate,
        ["remoteConfig"] if head.method == Method::PUT => Asked::PutTemplate,
        ["remoteConfig:rollback"] if post => Asked::Rollback,
        ["remoteConfig:listVersions"] if get => Asked::ListVersions,
        _ => return None,
    };
    Some((asked, None))
}

/// Everything of a request that somebody may look at.
pub(super) fn seen(head: &Parts, body: &[u8], name: Option<String>) -> Seen {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let pairs = head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Seen { headers, query, body: serde_json::from_slice(body).unwrap_or_default(), name }
}
