//! The way to a server, for all that is asked of one: HTTP/2, and TLS 1.3 wherever it is not on the same machine.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::{InvalidUriParts, Scheme};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use tonic::codegen::Service;
use tonic::transport::{Channel, Endpoint};

use crate::error::{Error, ErrorKind, Result};

const USER_AGENT: &str = concat!("rehome/", env!("CARGO_PKG_VERSION"));

/// How connections are made.
#[derive(Clone)]
pub(crate) struct Network {
    https: HttpsConnector<HttpConnector>,
    connect_timeout: Duration,
}

/// A server, and how it is spoken to.
pub(crate) struct Server {
    endpoint: Endpoint,
    connector: Connector,
}

/// Connects by the scheme that it was given. tonic is told of plain HTTP in any case: where its own TLS is compiled in for
/// somebody else, it would secure what is secured already.
#[derive(Clone)]
struct Connector {
    https: HttpsConnector<HttpConnector>,
    scheme: Scheme,
}

impl Network {
    /// Nothing is sent, and no runtime is needed yet. A connection may take so long to come about.
    pub(crate) fn new(connect_timeout: Duration) -> Result<Self> {
        // The web's own roots: the platform's verifier needs the app's Java machine on Android.
        Self::that_trusts(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(), connect_timeout)
    }

    fn that_trusts(roots: RootCertStore, connect_timeout: Duration) -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(connect_timeout));
        tcp.set_nodelay(true);
        Ok(Self { https: HttpsConnector::from((tcp, tls(roots)?)), connect_timeout })
    }

    /// The server at an address: `https://host`, or `http://host:port` for one on this machine.
    pub(crate) fn server(&self, address: &str) -> Result<Server> {
        let wrong =
            || Error::new(ErrorKind::BadInput, format!("`{address}` is no address of a server; give host:port"));
        let uri: Uri = address.parse().map_err(|cause| wrong().because(cause))?;
        let scheme = uri.scheme().cloned().ok_or_else(wrong)?;
        let plain = with_scheme(uri.clone(), Scheme::HTTP).map_err(|cause| wrong().because(cause))?;
        let endpoint = Endpoint::from(plain).origin(uri).connect_timeout(self.connect_timeout);
        let endpoint = endpoint.user_agent(USER_AGENT).map_err(|cause| wrong().because(cause))?;
        Ok(Server { endpoint, connector: Connector { https: self.https.clone(), scheme } })
    }
}

impl Server {
    /// While something is under way, so often the other side is asked whether it is there; a phone that changed networks
    /// would not notice by itself. An idle connection is left to sleep.
    pub(crate) fn asked_while_busy(mut self, every: Duration, timeout: Duration) -> Self {
        self.endpoint =
            self.endpoint.http2_keep_alive_interval(every).keep_alive_timeout(timeout).keep_alive_while_idle(false);
        self
    }

    /// A channel to it. It belongs to the runtime that it is made in; it connects by itself, and anew when its connection is
    /// gone.
    pub(crate) fn channel(&self) -> Channel {
        self.endpoint.connect_with_connector_lazy(self.connector.clone())
    }
}

impl Service<Uri> for Connector {
    type Response = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;
    type Error = <HttpsConnector<HttpConnector> as Service<Uri>>::Error;
    type Future = <HttpsConnector<HttpConnector> as Service<Uri>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        match with_scheme(uri, self.scheme.clone()) {
            Ok(uri) => self.https.call(uri),
            Err(cause) => Box::pin(async move { Err(cause.into()) }),
        }
    }
}

fn with_scheme(uri: Uri, scheme: Scheme) -> Result<Uri, InvalidUriParts> {
    let mut parts = uri.into_parts();
    parts.scheme = Some(scheme);
    Uri::from_parts(parts)
}

fn tls(roots: RootCertStore) -> Result<ClientConfig> {
    let provider = CryptoProvider { key_provider: &NoKeys, ..ring::default_provider() };
    let of_version = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(&[&TLS13]);
    let of_version = of_version.map_err(|why| Error::new(ErrorKind::Bug, "TLS cannot be set up").because(why))?;
    let mut config = of_version.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Nobody is told by a certificate who we are: what signs for one is not carried along.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("there are no keys here".to_owned()))
    }
}

#[cfg(test)]
mod tests;
