//! The way to Firestore, and what every call over it carries.

use std::time::Duration;

use prost::Message;
use prost::bytes::Bytes;
use tokio::sync::Mutex;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::tokio_stream::{self, StreamExt};
use tonic::metadata::MetadataValue;
use tonic::metadata::errors::InvalidMetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};

use super::codec::Ready;
use super::config::{Endpoint, FirestoreConfig};
use super::connections::{Connections, Sending};
use super::names::Root;
use super::status::Failure;
use super::tokens::Token;
use crate::error::{Error, ErrorKind, Result};
use crate::network::{Network, Server};

const GOOGLE: &str = "https://firestore.googleapis.com";

/// A document has a mebibyte as Firestore counts, and a few times that on the wire if it is all nulls.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// A method of Firestore's.
#[derive(Clone, Copy)]
pub(super) struct Method(&'static str);

impl Method {
    pub(super) const COMMIT: Self = Self("/google.firestore.v1.Firestore/Commit");
    pub(super) const BATCH_GET: Self = Self("/google.firestore.v1.Firestore/BatchGetDocuments");
    pub(super) const RUN_QUERY: Self = Self("/google.firestore.v1.Firestore/RunQuery");
    pub(super) const RUN_AGGREGATION: Self = Self("/google.firestore.v1.Firestore/RunAggregationQuery");
    pub(super) const LISTEN: Self = Self("/google.firestore.v1.Firestore/Listen");

    fn path(self) -> PathAndQuery {
        PathAndQuery::from_static(self.0)
    }
}

/// By what right a call is made, and how often tokens had been refreshed by then.
pub(super) struct Right {
    token: Token,
    round: u64,
    /// Whether it was had because another one was no longer good.
    pub(super) is_fresh: bool,
}

/// The way to a database.
pub(super) struct Wire {
    root: Root,
    config: FirestoreConfig,
    connections: Connections,
    /// How often tokens were refreshed. Held while one is: calls that fail together then share the fresh one.
    refreshes: Mutex<u64>,
}

impl Wire {
    pub(super) fn new(config: FirestoreConfig) -> Result<Self> {
        let root = Root::of(&config.project, &config.database)?;
        let connections = Connections::over(server(&config)?);
        Ok(Self { root, config, connections, refreshes: Mutex::new(0) })
    }

    pub(super) fn root(&self) -> &Root {
        &self.root
    }

    /// What tells the database from others: its name, and on an emulator which one that is.
    pub(super) fn identity(&self) -> String {
        let database = self.root.database();
        match &self.config.endpoint {
            Endpoint::Google => database.to_owned(),
            Endpoint::Emulator(address) => format!("{database} at {address}"),
        }
    }

    /// Sends a message, and hands over each message of the answer. It is asked for again where it has to be sent again:
    /// what is under way is not held here as well.
    pub(super) async fn call<R: Message + Default + 'static>(
        &self,
        method: Method,
        mut message: impl FnMut() -> Result<Bytes> + Send,
        mut take: impl FnMut(R) -> Result<()> + Send,
    ) -> Result<(), Failure> {
        self.in_time(self.call_with_tokens(method, &mut message, &mut take)).await
    }

    /// The same, unless it takes too long.
    pub(super) async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let late = |_| Failure::from(Status::deadline_exceeded("no answer before our own deadline"));
        tokio::time::timeout(self.config.deadline, answer).await.map_err(late)?
    }

    async fn call_with_tokens<R: Message + Default + 'static>(
        &self,
        method: Method,
        message: &mut (impl FnMut() -> Result<Bytes> + Send),
        take: &mut (impl FnMut(R) -> Result<()> + Send),
    ) -> Result<(), Failure> {
        let right = self.right().await?;
        match self.call_with(&right, method, message()?, take).await {
            Ok(()) => Ok(()),
            Err(failure) => {
                // It says so before it answers anything: nothing was taken yet.
                let right = self.fresher(&right, failure).await?;
                self.call_with(&right, method, message()?, take).await
            }
        }
    }

    async fn call_with<R: Message + Default + 'static>(
        &self,
        right: &Right,
        method: Method,
        message: Bytes,
        take: &mut (impl FnMut(R) -> Result<()> + Send),
    ) -> Result<(), Failure> {
        let codec = Ready::<R>::to_send(message.len());
        let (mut grpc, _until_answered) = self.grpc(message.len()).await?;
        let request = self.request(right, message)?;
        let mut answers = grpc.server_streaming(request, method.path(), codec).await?.into_inner();
        while let Some(answer) = answers.message().await? {
            take(answer)?;
        }
        Ok(())
    }

    /// Sends a message, and leaves the call open for answers until the stream of them is dropped. Says by which right.
    pub(super) async fn open<R: Message + Default + 'static>(
        &self,
        method: Method,
        message: Bytes,
    ) -> Result<(Streaming<R>, Right), Failure> {
        let right = self.right().await?;
        match self.open_with(&right, method, message.clone()).await {
            Ok(answers) => Ok((answers, right)),
            Err(failure) => {
                let right = self.fresher(&right, failure).await?;
                Ok((self.open_with(&right, method, message).await?, right))
            }
        }
    }

    /// The same by a right that there is already.
    pub(super) async fn open_with<R: Message + Default + 'static>(
        &self,
        right: &Right,
        method: Method,
        message: Bytes,
    ) -> Result<Streaming<R>, Failure> {
        let codec = Ready::<R>::to_send(message.len());
        let (mut grpc, _until_answered) = self.grpc(message.len()).await?;
        // A call without a next message and without an end stays open.
        let messages = tokio_stream::once(message).chain(tokio_stream::pending());
        let request = self.request(right, messages)?;
        Ok(grpc.streaming(request, method.path(), codec).await?.into_inner())
    }

    async fn right(&self) -> Result<Right> {
        let round = *self.refreshes.lock().await;
        Ok(Right { token: self.config.tokens.token(false).await?, round, is_fresh: false })
    }

    /// Another right where the failure says that this one is not good; else the failure.
    pub(super) async fn fresher(&self, right: &Right, failure: Failure) -> Result<Right, Failure> {
        if !matches!(&failure, Failure::Status(told) if told.code == Code::Unauthenticated) {
            return Err(failure);
        }
        let mut refreshes = self.refreshes.lock().await;
        let is_stale = *refreshes == right.round;
        let token = self.config.tokens.token(is_stale).await?;
        *refreshes += u64::from(is_stale);
        Ok(Right { token, round: *refreshes, is_fresh: true })
    }

    /// What sends so many bytes, over a connection that has room for them.
    async fn grpc(&self, bytes: usize) -> Result<(Grpc<Channel>, Sending<'_>), Status> {
        let (channel, sending) = self.connections.send(bytes);
        let mut grpc = Grpc::new(channel).max_decoding_message_size(LARGEST_ANSWER);
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        Ok((grpc, sending))
    }

    /// A request with what Firestore wants to know about each: by whom, and for which database.
    fn request<T>(&self, Right { token, .. }: &Right, message: T) -> Result<Request<T>> {
        let mut request = Request::new(message);
        let headers = request.metadata_mut();
        let mut authorization: MetadataValue<_> = token.authorization().try_into().map_err(bad_token)?;
        authorization.set_sensitive(true);
        headers.insert("authorization", authorization);
        if let Some(app_check) = token.app_check() {
            let mut app_check: MetadataValue<_> = app_check.try_into().map_err(bad_token)?;
            app_check.set_sensitive(true);
            headers.insert("x-firebase-appcheck", app_check);
        }
        // By these Google's front end finds the servers that hold the database.
        let database = self.root.database();
        let project = &self.config.project;
        let params = match self.config.is_default_database() {
            true => format!("project_id={project}"),
            false => format!("project_id={project}&database_id={}", self.config.database),
        };
        for (name, value) in [("google-cloud-resource-prefix", database), ("x-goog-request-params", &params)] {
            let value = MetadataValue::try_from(value).map_err(|cause| bad_name().because(cause))?;
            headers.insert(name, value);
        }
        Ok(request)
    }
}

fn server(config: &FirestoreConfig) -> Result<Server> {
    let network = Network::new(config.connect_timeout)?;
    let server = match &config.endpoint {
        Endpoint::Google => network.server(GOOGLE),
        Endpoint::Emulator(address) => network.server(&format!("http://{address}")),
    };
    Ok(server?.asked_while_busy(KEEP_ALIVE_EVERY, KEEP_ALIVE_TIMEOUT))
}

fn bad_token(cause: InvalidMetadataValue) -> Error {
    Error::new(ErrorKind::BadInput, "the token has characters that no token has").because(cause)
}

fn bad_name() -> Error {
    Error::new(ErrorKind::BadInput, "the project's or the database's id has characters that no id has")
}
