//! The server as one of HTTP.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};

use http::header::{self, HeaderValue};
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::asked::{route, seen};
use super::counted::Counted;
use super::reply::{Body, BoxError, Reply, Trouble, whole};
use super::state::Shared;
use crate::shortened::{Shortened, Then};

/// Serves until it is stopped.
pub(super) fn run(
    shared: Arc<Shared>,
    listening: &mpsc::Sender<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        // Whoever started it has gone: then it ends at once.
        let _ = listening.send(listener.local_addr()?);
        tokio::select! {
            failed = accept(shared, listener) => failed,
            _ = stopped => Ok(()),
        }
    })
}

async fn accept(shared: Arc<Shared>, listener: TcpListener) -> io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        connections.spawn(connection(shared.clone(), stream));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(shared: Arc<Shared>, stream: TcpStream) {
    // Small pieces would wait for one another.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(shared.clone(), request));
    // However it ends, the client sees it.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, BoxError> {
    let (head, body) = request.into_parts();
    if head.method == Method::OPTIONS {
        return Ok(preflight(head.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS)));
    }
    let body = body.collect().await?.to_bytes();
    let Some((asked, name)) = route(&head) else {
        return Ok(shareable(Reply::refusal(404, "There is nothing at this address.", None).into_http()));
    };
    let seen = seen(&head, &body, name);
    let reply = match shared.note(asked, &seen) {
        None => shared.answer(asked, &seen),
        Some((Trouble::Silence, recovery)) => {
            recovery.heard().await;
            shared.answer(asked, &seen)
        }
        Some((Trouble::Answer(bytes), _)) => Reply::bytes(bytes),
        Some((Trouble::Refuse { status, retry_after }, _)) => {
            Reply::refusal(status, "It was to be refused.", None).after(retry_after)
        }
        Some((Trouble::Cut(bytes), _)) => {
            let whole = shared.answer(asked, &seen).into_http();
            return Ok(shareable(whole.map(|body| Shortened::new(body, bytes, Then::Break).boxed_unsync())));
        }
    };
    Ok(shareable(reply.into_http().map(|body| Counted::new(body, shared).boxed_unsync())))
}

/// Lets pages of any origin read the answer, and its tag.
fn shareable(mut answer: Response<Body>) -> Response<Body> {
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
    answer
}

/// What a browser asks before it lets a page send such headers.
fn preflight(wanted: Option<&HeaderValue>) -> Response<Body> {
    let mut answer = shareable(Response::new(whole(Vec::new())));
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, OPTIONS"));
    if let Some(wanted) = wanted {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    answer
}
