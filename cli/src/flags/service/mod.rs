//! Firebase's Remote Config service, as an administrator speaks to it.

mod refusal;
mod right;

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use reqwest::header::{ETAG, HeaderValue, IF_MATCH};
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::{Value as Json, json};

use super::remote_template::RemoteTemplate;
use crate::failure::Failure;
use right::Right;

/// Where Firebase's own libraries look for another server.
const BASE: &str = "FIREBASE_REMOTE_CONFIG_URL_BASE";
const GOOGLE: &str = "https://firebaseremoteconfig.googleapis.com";
const PATIENCE: Duration = Duration::from_secs(60);

/// Which project's Remote Config, and by what right.
#[derive(Args)]
pub(super) struct Project {
    /// The Firebase project
    #[arg(long, value_name = "ID")]
    project: String,
    /// A file with an administrator's access token, as `gcloud auth print-access-token` prints it
    #[arg(long, value_name = "FILE", conflicts_with = "service_account")]
    token_file: Option<PathBuf>,
    /// The key file of a service account; without either GOOGLE_APPLICATION_CREDENTIALS names one
    #[arg(long, value_name = "FILE")]
    service_account: Option<PathBuf>,
    /// Another server than Google's, or FIREBASE_REMOTE_CONFIG_URL_BASE names it
    #[arg(long, value_name = "URL")]
    server: Option<String>,
}

/// The service of one project.
pub(super) struct Service {
    project: String,
    base: Url,
    right: Right,
}

/// An administrator's request.
struct Request<'a> {
    method: Method,
    /// What follows the project's name.
    path: &'static str,
    query: Vec<(&'static str, String)>,
    etag: Option<&'a str>,
    body: Option<Json>,
}

impl Project {
    /// The service; nothing is sent before something is asked of it.
    pub(super) fn service(&self) -> Result<Service, Failure> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
        if self.project.is_empty() || !self.project.chars().all(plain) {
            return Err(Failure::Usage(format!("\"{}\" can be no project's id: --project ID", self.project)));
        }
        let base = self.server.clone().or_else(|| env::var(BASE).ok().filter(|base| !base.is_empty()));
        let base = base_url(&base.unwrap_or_else(|| GOOGLE.to_owned()))?;
        let right = Right::of(self.token_file.as_deref(), self.service_account.as_deref())?;
        Ok(Service { project: self.project.clone(), base, right })
    }
}

/// A token is shown to nobody on the way: without TLS only to this machine.
fn base_url(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).map_err(|error| {
        Failure::Usage(format!("{text} is no server: {error}. http://127.0.0.1:9000 and https://… are"))
    })?;
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => {
            let message = "an administrator's token is sent by https only, or to this machine: --server https://…";
            Err(Failure::Usage(message.to_owned()))
        }
    }
}

impl Service {
    /// Where it is, for people.
    pub(super) fn project(&self) -> &str {
        &self.project
    }

    /// The template as phones get it now, or as it was in a version.
    pub(super) async fn template(&self, version: Option<u64>) -> Result<RemoteTemplate, Failure> {
        let query = version.map(|version| ("versionNumber", version.to_string())).into_iter().collect();
        self.send(Request { method: Method::GET, path: "remoteConfig", query, etag: None, body: None }).await
    }

    /// Asks whether a template would be taken.
    pub(super) async fn validate(&self, template: &RemoteTemplate) -> Result<(), Failure> {
        self.put(template, vec![("validate_only", "true".to_owned())]).await.map(drop)
    }

    /// Makes it the one that phones get, where nobody has published since it was fetched.
    pub(super) async fn publish(&self, template: &RemoteTemplate) -> Result<RemoteTemplate, Failure> {
        self.put(template, Vec::new()).await
    }

    async fn put(
        &self,
        template: &RemoteTemplate,
        query: Vec<(&'static str, String)>,
    ) -> Result<RemoteTemplate, Failure> {
        let (etag, body) = (Some(template.etag.as_str()), Some(template.to_publish()));
        self.send(Request { method: Method::PUT, path: "remoteConfig", query, etag, body }).await
    }

    /// Publishes once more what was published as this version.
    pub(super) async fn roll_back(&self, version: u64) -> Result<RemoteTemplate, Failure> {
        let body = Some(json!({ "versionNumber": version.to_string() }));
        let path = "remoteConfig:rollback";
        self.send(Request { method: Method::POST, path, query: Vec::new(), etag: None, body }).await
    }

    /// What is said of the last versions, the latest first.
    pub(super) async fn versions(&self, most: u32) -> Result<Vec<Json>, Failure> {
        let query = vec![("pageSize", most.to_string())];
        let path = "remoteConfig:listVersions";
        let request = Request { method: Method::GET, path, query, etag: None, body: None };
        let (mut answer, _) = self.answer(request).await?;
        Ok(answer.get_mut("versions").and_then(Json::as_array_mut).map(std::mem::take).unwrap_or_default())
    }

    async fn send(&self, request: Request<'_>) -> Result<RemoteTemplate, Failure> {
        let (json, etag) = self.answer(request).await?;
        RemoteTemplate::answered(json, etag)
    }

    async fn answer(&self, request: Request<'_>) -> Result<(Json, Option<String>), Failure> {
        let is_read = request.method == Method::GET;
        let asked = self.request(request).await?;
        let answer = asked.send().await.map_err(|error| self.unreachable(is_read, &error))?;
        let (status, etag) = (answer.status(), answer.headers().get(ETAG).cloned());
        let bytes = answer.bytes().await.map_err(|error| self.unreachable(is_read, &error))?;
        if !status.is_success() {
            return Err(refusal::failure(status.as_u16(), &bytes, &self.project));
        }
        let json = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::Work(format!("{} does not answer as Remote Config does: {error}. Is it that server?", self.base))
        })?;
        Ok((json, etag.and_then(|etag| etag.to_str().ok().map(str::to_owned))))
    }

    async fn request(&self, request: Request<'_>) -> Result<RequestBuilder, Failure> {
        let Request { method, path, query, etag, body } = request;
        let mut url = self.base.clone();
        let own = format!("{}/v1/projects/{}/{path}", url.path().trim_end_matches('/'), self.project);
        url.set_path(&own);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        // It asks for gzip: without that Firebase is known to leave the ETag out.
        let mut asked = client()?.request(method, url).bearer_auth(self.right.token().await?);
        if let Some(etag) = etag {
            let etag = HeaderValue::from_str(etag)
                .map_err(|_| Failure::Work("the template's \"etag\" is none: fetch it again".to_owned()))?;
            asked = asked.header(IF_MATCH, etag);
        }
        Ok(match body {
            Some(body) => asked.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.to_string()),
            None => asked,
        })
    }

    /// No answer: what may have been published all the same is said.
    fn unreachable(&self, is_read: bool, error: &reqwest::Error) -> Failure {
        let why = if error.is_timeout() { "does not answer in time" } else { "cannot be reached" };
        let may = match is_read {
            true => "Nothing was changed",
            false => "Whether it was published is not known: `rehome flags get` shows what counts",
        };
        Failure::Work(format!("Remote Config at {} {why}. {may}. Look at the connection and try again", self.base))
    }
}

fn client() -> Result<Client, Failure> {
    // It has to be named. Somebody may have done so before, and then theirs is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
    client.map_err(|error| Failure::Work(format!("no connection can be made on this machine: {error}")))
}
