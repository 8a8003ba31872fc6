//! Answers, and what goes wrong with them.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};

use super::streams::Stream;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub(super) type Body = UnsyncBoxBody<Bytes, BoxError>;

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is refused with a status, as Google does, and told how many seconds to wait.
    Refuse {
        /// As `503`.
        status: u16,
        /// Seconds.
        retry_after: Option<u64>,
    },
    /// It is answered with these bytes, whatever it asked for.
    Answer(Vec<u8>),
    /// Of its answer so many bytes come, then the connection breaks.
    Cut(usize),
    /// It is not answered before [`RemoteConfigServer::recover`](super::RemoteConfigServer::recover), and then as if
    /// nothing had been wrong.
    Silence,
}

impl Trouble {
    /// It is refused with this status.
    pub fn status(status: u16) -> Self {
        Trouble::Refuse { status, retry_after: None }
    }
}

/// An answer before it is made one of HTTP's.
pub(super) struct Reply {
    status: u16,
    etag: Option<String>,
    retry_after: Option<u64>,
    content: Content,
}

enum Content {
    Json(Value),
    Bytes(Vec<u8>),
    Stream(Stream),
}

impl Reply {
    pub(super) fn json(value: Value) -> Self {
        Self { status: 200, etag: None, retry_after: None, content: Content::Json(value) }
    }

    pub(super) fn stream(stream: Stream) -> Self {
        Self { status: 200, etag: None, retry_after: None, content: Content::Stream(stream) }
    }

    pub(super) fn bytes(bytes: Vec<u8>) -> Self {
        Self { status: 200, etag: None, retry_after: None, content: Content::Bytes(bytes) }
    }

    pub(super) fn with_etag(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into());
        self
    }

    pub(super) fn after(mut self, seconds: Option<u64>) -> Self {
        self.retry_after = seconds;
        self
    }

    /// A refusal in Google's words, with the reason by which programs tell one from another.
    pub(super) fn refusal(status: u16, message: &str, reason: Option<&str>) -> Self {
        let word = match status {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            409 => "ABORTED",
            412 => "FAILED_PRECONDITION",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            _ => "INTERNAL",
        };
        let mut error = json!({ "code": status, "message": message, "status": word });
        if let Some(reason) = reason {
            let kind = "type.googleapis.com/google.rpc.ErrorInfo";
            error["details"] = json!([{ "@type": kind, "reason": reason, "domain": "googleapis.com" }]);
        }
        Self { status, ..Self::json(json!({ "error": error })) }
    }

    pub(super) fn into_http(self) -> Response<Body> {
        let body = match self.content {
            Content::Json(value) => whole(value.to_string().into_bytes()),
            Content::Bytes(bytes) => whole(bytes),
            Content::Stream(stream) => stream.boxed_unsync(),
        };
        let mut answer = Response::new(body);
        *answer.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json; charset=UTF-8"));
        if let Some(etag) = self.etag.and_then(|etag| etag.parse().ok()) {
            headers.insert(header::ETAG, etag);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        answer
    }
}

pub(super) fn whole(bytes: Vec<u8>) -> Body {
    Full::new(Bytes::from(bytes)).map_err(BoxError::from).boxed_unsync()
}
