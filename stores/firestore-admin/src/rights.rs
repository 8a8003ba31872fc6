//! By what right an administrator's calls are made.

use std::fmt;

use firestore::gcloud_sdk::GCP_DEFAULT_SCOPES;
use firestore::gcloud_sdk::google_cloud_auth::credentials::service_account::{self, AccessSpecifier};
use firestore::gcloud_sdk::google_cloud_auth::credentials::{
    Builder, CacheableResource, Credentials, CredentialsProvider, EntityTag,
};
use firestore::gcloud_sdk::google_cloud_auth::errors::CredentialsError;
use firestore::gcloud_sdk::tonic::codegen::http::header::{AUTHORIZATION, HeaderValue};
use firestore::gcloud_sdk::tonic::codegen::http::{Extensions, HeaderMap};
use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::store::Answer;
use rehome_core::stores::firestore::{Endpoint, Token, TokenSource};
use serde_json::Value as Json;

const SCHEME: &str = "Bearer ";

/// The key of a service account, as it is in the file that Google's console gives.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceAccount(Json);

impl ServiceAccount {
    /// Reads the text of that file.
    ///
    /// # Errors
    /// [`BadInput`](ErrorKind::BadInput) where it is something else.
    ///
    /// ```
    /// use rehome_firestore_admin::ServiceAccount;
    /// assert!(ServiceAccount::read("ya29.a0AfH6SM").is_err());
    /// ```
    pub fn read(text: &str) -> Result<Self> {
        let key: Json = serde_json::from_str(text).unwrap_or_default();
        let has = |name: &str| key[name].is_string();
        if key["type"] == "service_account" && has("client_email") && has("private_key") {
            return Ok(Self(key));
        }
        let message = "this is no key of a service account; Google Cloud's console makes one in IAM & Admin, Service \
                       Accounts, Keys, as JSON";
        Err(Error::new(ErrorKind::BadInput, message))
    }
}

/// Who it is; the key is nobody's business.
impl fmt::Debug for ServiceAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ServiceAccount({})", self.0["client_email"].as_str().unwrap_or_default())
    }
}

/// The right to do everything: Google's credentials, or an emulator's word for its owner.
#[derive(Clone)]
pub(crate) struct Rights(Credentials);

impl Rights {
    pub(crate) fn on(endpoint: &Endpoint, account: Option<ServiceAccount>) -> Result<Self> {
        match endpoint {
            Endpoint::Google => Self::of_google(account),
            Endpoint::Emulator(_) => Ok(Self(Owner(EntityTag::new()).into())),
        }
    }

    /// Those of an account; without one what `GOOGLE_APPLICATION_CREDENTIALS` names, or else what this machine is logged
    /// in as.
    fn of_google(account: Option<ServiceAccount>) -> Result<Self> {
        // Keys sign with it, and it has to be named. Somebody may have done so before, and then theirs is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let scopes = GCP_DEFAULT_SCOPES.iter();
        let credentials = match account {
            Some(ServiceAccount(key)) => {
                service_account::Builder::new(key).with_access_specifier(AccessSpecifier::from_scopes(scopes)).build()
            }
            None => Builder::default().with_scopes(scopes).build(),
        };
        let unusable = "Google's credentials cannot be used; let GOOGLE_APPLICATION_CREDENTIALS name the key file of a \
                        service account";
        credentials.map(Self).map_err(|cause| Error::new(ErrorKind::Unauthenticated, unusable).because(cause))
    }

    pub(crate) fn credentials(&self) -> Credentials {
        self.0.clone()
    }

    async fn bearer(&self) -> Result<String> {
        let none = || Error::new(ErrorKind::Unauthenticated, "Google gives no token for these credentials");
        let headers = match self.0.headers(Extensions::new()).await.map_err(|cause| none().because(cause))? {
            CacheableResource::New { data, .. } => data,
            // Nothing was known before.
            CacheableResource::NotModified => return Err(none()),
        };
        let bearer = headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok()?.strip_prefix(SCHEME));
        bearer.map(str::to_owned).ok_or_else(none)
    }
}

/// An access token of Google's with an administrator's right, for what else of a project is managed: by the key of a
/// service account, or without one by the credentials that `GOOGLE_APPLICATION_CREDENTIALS` names or that this machine is
/// logged in with.
///
/// # Errors
/// [`Unauthenticated`](ErrorKind::Unauthenticated) where the credentials cannot be used.
pub async fn access_token(account: Option<ServiceAccount>) -> Result<String> {
    Rights::of_google(account)?.bearer().await
}

/// For what core reads.
impl TokenSource for Rights {
    /// A fresh one comes by itself before the last one ends.
    fn token(&self, _refresh: bool) -> Answer<'_, Token> {
        Box::pin(async { self.bearer().await.map(Token::bearer) })
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
