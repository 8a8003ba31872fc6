//! One question over HTTP, and its answer. Each has a connection of its own: there are hours between two of them.

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::transport::Channel;

use super::problem::Problem;
use crate::error::Result;
use crate::network::Network;

/// A template has a million characters at most, which may each take six in JSON.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;
const LONGEST_TAG: usize = 512;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Http {
    network: Network,
}

/// What is asked, always by POST and in JSON.
#[derive(Clone)]
pub(super) struct Question {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Value,
}

/// The beginning of an answer.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

/// A whole answer.
pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
}

/// An answer that comes as it is told, and the connection that it comes over.
pub(super) struct Pieces {
    body: Body,
    _connection: Channel,
}

impl Http {
    /// Nothing is sent, and no runtime is needed yet.
    pub(super) fn new() -> Result<Self> {
        Ok(Self { network: Network::new(CONNECT_TIMEOUT)? })
    }

    /// Asks and waits for the whole answer.
    pub(super) async fn ask(&self, question: Question) -> Result<Answer, Problem> {
        let (head, pieces) = self.open(question).await?;
        pieces.whole(head).await
    }

    /// Asks and waits for the answer to begin.
    pub(super) async fn open(&self, question: Question) -> Result<(Head, Pieces), Problem> {
        // What was checked at the beginning can be sent; what came from a server was checked when it came.
        let mut connection = self.network.server(&question.url).map_err(|_| Problem::Garbled)?.channel();
        let request = question.into_http().map_err(|_| Problem::Garbled)?;
        poll_fn(|context| connection.poll_ready(context)).await.map_err(|_| Problem::Unreachable)?;
        let answer = connection.call(request).await.map_err(|_| Problem::Unreachable)?;
        let (parts, body) = answer.into_parts();
        let head = Head {
            status: parts.status.as_u16(),
            etag: text(&parts.headers, header::ETAG).filter(|tag| tag.len() <= LONGEST_TAG),
            retry_after: text(&parts.headers, header::RETRY_AFTER)
                .and_then(|text| text.parse().ok())
                .map(Duration::from_secs),
        };
        Ok((head, Pieces { body, _connection: connection }))
    }
}

impl Pieces {
    /// All of it, unless that is more than any answer has.
    pub(super) async fn whole(mut self, head: Head) -> Result<Answer, Problem> {
        let mut body = Vec::new();
        while let Some(frame) = self.body.frame().await {
            let Ok(data) = frame.map_err(|_| Problem::Unreachable)?.into_data() else { continue };
            if body.len() + data.len() > LONGEST_ANSWER {
                return Err(Problem::Garbled);
            }
            body.extend_from_slice(&data);
        }
        Ok(Answer { head, body })
    }

    /// The next piece, and none where there are no more or the connection broke.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            // What is no data says nothing.
            if let Ok(data) = self.body.frame().await?.ok()?.into_data() {
                return Some(data);
            }
        }
    }
}

impl Question {
    fn into_http(self) -> http::Result<Request<Body>> {
        let mut request = Request::post(self.url).header(header::ACCEPT, "application/json");
        request = request.header(header::CONTENT_TYPE, "application/json");
        for (name, value) in self.headers {
            request = request.header(HeaderName::from_static(name), HeaderValue::try_from(value)?);
        }
        request.body(Body::new(Full::new(Bytes::from(self.body.to_string()))))
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Whether a text can stand in a header.
pub(super) fn is_sendable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
