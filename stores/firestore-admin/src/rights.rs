//! By what right an administrator's calls are made.

use firestore::gcloud_sdk::GCP_DEFAULT_SCOPES;
use firestore::gcloud_sdk::google_cloud_auth::credentials::{
    Builder, CacheableResource, Credentials, CredentialsProvider, EntityTag,
};
use firestore::gcloud_sdk::google_cloud_auth::errors::CredentialsError;
use firestore::gcloud_sdk::tonic::codegen::http::header::{AUTHORIZATION, HeaderValue};
use firestore::gcloud_sdk::tonic::codegen::http::{Extensions, HeaderMap};
use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::store::Answer;
use rehome_core::stores::firestore::{Endpoint, Token, TokenSource};

const SCHEME: &str = "Bearer ";

/// The right to do everything: Google's credentials, or an emulator's word for its owner.
#[derive(Clone)]
pub(crate) struct Rights(Credentials);

impl Rights {
    pub(crate) fn on(endpoint: &Endpoint) -> Result<Self> {
        match endpoint {
            Endpoint::Google => Self::from_the_environment(),
            Endpoint::Emulator(_) => Ok(Self(Owner(EntityTag::new()).into())),
        }
    }

    /// What `GOOGLE_APPLICATION_CREDENTIALS` names, or else what this machine is logged in as.
    fn from_the_environment() -> Result<Self> {
        // Keys sign with it, and it has to be named. Somebody may have done so before, and then theirs is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let credentials = Builder::default().with_scopes(GCP_DEFAULT_SCOPES.iter()).build();
        let unusable = "Google's credentials cannot be used; let GOOGLE_APPLICATION_CREDENTIALS name the key file of a \
                        service account";
        credentials.map(Self).map_err(|cause| Error::new(ErrorKind::Unauthenticated, unusable).because(cause))
    }

    pub(crate) fn credentials(&self) -> Credentials {
        self.0.clone()
    }

    async fn now(&self) -> Result<Token> {
        let none = || Error::new(ErrorKind::Unauthenticated, "Google gives no token for these credentials");
        let headers = match self.0.headers(Extensions::new()).await.map_err(|cause| none().because(cause))? {
            CacheableResource::New { data, .. } => data,
            // Nothing was known before.
            CacheableResource::NotModified => return Err(none()),
        };
        let bearer = headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok()?.strip_prefix(SCHEME));
        bearer.map(Token::bearer).ok_or_else(none)
    }
}

/// For what core reads.
impl TokenSource for Rights {
    /// A fresh one comes by itself before the last one ends.
    fn token(&self, _refresh: bool) -> Answer<'_, Token> {
        Box::pin(self.now())
    }
}

/// An emulator's owner.
#[derive(Debug)]
struct Owner(EntityTag);

impl CredentialsProvider for Owner {
    async fn headers(&self, known: Extensions) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        if known.get::<EntityTag>() == Some(&self.0) {
            return Ok(CacheableResource::NotModified);
        }
        let data = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer owner"))]);
        Ok(CacheableResource::New { entity_tag: self.0.clone(), data })
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}
