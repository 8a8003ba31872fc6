//! The proxy itself: a server that asks a server.

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use h2::Reason;
use http::uri::{PathAndQuery, Scheme, Uri};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::ended::Ended;
use super::writes::Writing;
use super::{Call, Fault, Judge, Lost, Tally};
use crate::shortened::{Shortened, Then};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A proxy before a gRPC server without TLS, to which calls go through unless a judge decides otherwise.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

struct Shared {
    server: SocketAddr,
    client: Client<HttpConnector, Body>,
    judges: Mutex<Vec<Box<dyn Judge>>>,
    tally: watch::Sender<Tally>,
}

impl FaultProxy {
    /// A proxy without judges.
    ///
    /// # Errors
    /// It cannot listen.
    pub async fn before(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let client = Client::builder(TokioExecutor::new()).http2_only(true).http2_adaptive_window(true).build_http();
        let shared = Arc::new(Shared { server, client, judges: Mutex::default(), tally: watch::Sender::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(shared.clone().serve(listener));
        Ok(Self { address, shared, _tasks: tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Appoints a judge, who decides where no one before it does.
    pub fn appoint(&self, judge: impl Judge + 'static) {
        self.shared.judges().push(Box::new(judge));
    }

    /// Dismisses all judges: everything goes well from now on.
    pub fn dismiss(&self) {
        self.shared.judges().clear();
    }

    /// What it has counted so far.
    pub fn tally(&self) -> Tally {
        self.shared.tally.borrow().clone()
    }

    /// Waits until this holds of what it has counted.
    pub async fn until(&self, holds: impl FnMut(&Tally) -> bool) {
        // The sender lives as long as the proxy.
        let _ = self.shared.tally.subscribe().wait_for(holds).await;
    }
}

impl Shared {
    fn judges(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Judge>>> {
        // A judge that panicked has failed the test, and the others know nothing of it.
        self.judges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        // Without a listener there is no proxy, and whoever calls it sees that.
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(self.clone().connection(stream));
            while connections.try_join_next().is_some() {}
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) {
        // Small answers would wait for one another.
        let _ = stream.set_nodelay(true);
        let broken = Arc::new(Notify::new());
        let service = service_fn(|request| self.clone().answer(request, broken.clone()));
        let mut server = http2::Builder::new(TokioExecutor::new());
        let connection = server.adaptive_window(true).serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            // However it ends, the client sees it.
            _ = connection => {}
            () = broken.notified() => {}
        }
    }

    /// An error resets the call's stream, and the client hears no status.
    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        broken: Arc<Notify>,
    ) -> Result<Response<Body>, BoxError> {
        let (head, body) = request.into_parts();
        let writing = Writing::of(&head);
        let (body, documents) = match writing {
            Some(writing) => {
                let question = body.collect().await?.to_bytes();
                let documents = writing.documents(&question);
                (Full::new(question).map_err(BoxError::from).boxed_unsync(), documents)
            }
            None => (body.map_err(BoxError::from).boxed_unsync(), Vec::new()),
        };
        let call = Call::new(&head, documents);
        let fault = self.judge(&call);
        let path = head.uri.path_and_query().cloned();
        let request = Request::from_parts(head, body);
        let ask = self.clone().ask(request, path, writing, call.documents);
        let lose = async |lost| match lost {
            Lost::Call => Err(h2::Error::from(Reason::CANCEL).into()),
            Lost::Connection => {
                broken.notify_one();
                pending().await
            }
        };
        match fault {
            Fault::Pass => ask.await,
            Fault::Delay(delay) => {
                tokio::time::sleep(delay).await;
                ask.await
            }
            Fault::Answer(status) => Ok(status.into_http()),
            Fault::AnswerAfterwards(status) => {
                ask.await?.into_body().collect().await?;
                Ok(status.into_http())
            }
            Fault::Drop(lost) => lose(lost).await,
            Fault::LoseAnswer(lost) => {
                ask.await?.into_body().collect().await?;
                lose(lost).await
            }
            Fault::CutAnswer(bytes) => Ok(shorten(ask.await?, bytes, Then::End)),
            Fault::Silence => pending().await,
            Fault::FallSilent(bytes) => Ok(shorten(ask.await?, bytes, Then::Silence)),
            Fault::EndWhen(told, status) => {
                Ok(ask.await?.map(|body| Ended::new(body, told.notified_owned(), status).boxed_unsync()))
            }
        }
    }

    fn judge(&self, call: &Call) -> Fault {
        let fault = self.judges().iter_mut().find_map(|judge| judge.judge(call)).unwrap_or(Fault::Pass);
        self.tally.send_modify(|tally| {
            tally.count_call(&call.method);
            if !matches!(fault, Fault::Pass) {
                tally.count_fault();
            }
        });
        fault
    }

    async fn ask(
        self: Arc<Self>,
        mut request: Request<Body>,
        path: Option<PathAndQuery>,
        writing: Option<Writing>,
        documents: Vec<String>,
    ) -> Result<Response<Body>, BoxError> {
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.server.to_string());
        *request.uri_mut() = uri.path_and_query(path.unwrap_or_else(|| PathAndQuery::from_static("/"))).build()?;
        let answer = self.client.request(request);
        let Some(writing) = writing else {
            return Ok(answer.await?.map(|body| body.map_err(BoxError::from).boxed_unsync()));
        };
        // What a client does not wait for is done nevertheless, and has to be counted.
        let counted = tokio::spawn(async move {
            let (head, body) = answer.await?.into_parts();
            let collected = body.collect().await?;
            let trailers = collected.trailers().cloned();
            let answer = collected.to_bytes();
            let done = writing.done(documents, &answer, trailers.as_ref());
            self.tally.send_modify(|tally| tally.count_writes(done));
            let body = Full::new(answer).with_trailers(async { trailers.map(Ok) });
            Ok(Response::from_parts(head, body.map_err(BoxError::from).boxed_unsync()))
        });
        counted.await?
    }
}

fn shorten(answer: Response<Body>, bytes: usize, then: Then) -> Response<Body> {
    answer.map(|body| Shortened::new(body, bytes, then).boxed_unsync())
}
