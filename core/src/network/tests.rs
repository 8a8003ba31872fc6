use std::future::poll_fn;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;

use super::*;

const TIMEOUT: Duration = Duration::from_secs(10);

/// A server on this machine that answers one request over HTTP/2 and TLS, if the other side speaks one of these protocols.
struct Answering {
    address: String,
    certificate: CertificateDer<'static>,
    /// What it was asked for; gone where it was told nothing.
    asked: oneshot::Receiver<http::Uri>,
}

impl Answering {
    async fn start(protocols: &[&[u8]]) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (certificate, key) = (cert.der().clone(), PrivateKeyDer::try_from(signing_key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let tls = tls.with_protocol_versions(&[&TLS13]).expect("a version").with_no_client_auth();
        let mut tls = tls.with_single_cert(vec![certificate.clone()], key.expect("a key")).expect("a certificate");
        tls.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let (tell, asked) = oneshot::channel();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.ok()?;
            let stream = TlsAcceptor::from(Arc::new(tls)).accept(stream).await.ok()?;
            let mut connection = h2::server::handshake(stream).await.ok()?;
            let (request, mut answering) = connection.accept().await?.ok()?;
            answering.send_response(http::Response::new(()), true).ok()?;
            tell.send(request.uri().clone()).ok()?;
            // The answer leaves while it waits for more.
            connection.accept().await?.ok()
        });
        Self { address, certificate, asked }
    }

    fn trusted(&self) -> Network {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("a root");
        Network::that_trusts(roots, TIMEOUT).expect("a way out")
    }
}

async fn ask(network: &Network, address: &str) -> Result<http::StatusCode, String> {
    let mut channel = network.server(address).expect("an address").channel();
    let told = |error: tonic::transport::Error| {
        let mut words = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        words
    };
    poll_fn(|context| channel.poll_ready(context)).await.map_err(told)?;
    let request = http::Request::post("/what").body(Body::empty()).expect("a request");
    channel.call(request).await.map(|answer| answer.status()).map_err(told)
}

#[tokio::test]
async fn a_server_with_a_certificate_that_is_trusted_is_asked_over_tls() {
    let server = Answering::start(&[b"h2"]).await;
    let answer = ask(&server.trusted(), &server.address).await;
    assert_eq!(answer, Ok(http::StatusCode::OK));
    let asked = server.asked.await.expect("a request");
    assert_eq!(asked.to_string(), format!("{}/what", server.address));
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_is_told_nothing() {
    let server = Answering::start(&[b"h2"]).await;
    let answer = ask(&Network::new(TIMEOUT).expect("a way out"), &server.address).await;
    let why = answer.expect_err("it must not be asked");
    assert!(why.contains("UnknownIssuer"), "{why}");
    server.asked.await.expect_err("it was told something");
}

#[tokio::test]
async fn a_server_that_has_no_http2_is_told_nothing() {
    let server = Answering::start(&[b"http/1.1"]).await;
    ask(&server.trusted(), &server.address).await.expect_err("there is nothing that both speak");
    server.asked.await.expect_err("it was told something");
}

#[test]
fn what_is_no_address_is_refused_with_a_sentence() {
    let network = Network::new(TIMEOUT).expect("a way out");
    for address in ["", "localhost", "http://", "http://two words"] {
        let refused = network.server(address).map(drop).expect_err("it is none");
        assert_eq!(refused.kind(), ErrorKind::BadInput);
        assert!(refused.to_string().contains("is no address of a server"), "{refused}");
    }
}
