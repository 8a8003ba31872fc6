//! What an app is asked for, and told. An exception or a hang in any of it hinders nothing but what needs the answer.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rehome_core::error::{Error, ErrorKind};
use rehome_core::phone::{Conditions, Device, Event, Events, Snapshots};
use rehome_core::record::{RecordId, Value};
use rehome_core::store::{Answer, Upload, UploadPort};
use rehome_core::stores::firestore::{Token, TokenSource};

use crate::error::AppError;
use crate::happened::Happened;
use crate::records::DeviceConditions;

/// By what right a user's documents are written.
#[derive(uniffi::Record)]
pub struct UserToken {
    /// The ID token that Firebase gave the user.
    pub id_token: String,
    /// The app's App Check token, where it has one.
    pub app_check: Option<String>,
}

/// Gives the user's ID token. Asked for each call that needs one; Firebase's own clients keep it until it expires.
#[uniffi::export(rust, foreign)]
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The token; a fresh one where `refresh` says that the last was not taken.
    async fn token(&self, refresh: bool) -> Result<UserToken, AppError>;
}

/// Copies the app's store through the app's own connection to it.
#[uniffi::export(rust, foreign)]
#[async_trait]
pub trait StoreCopies: Send + Sync {
    /// Makes a whole copy at this path, where nothing is yet.
    async fn copy(&self, to: String) -> Result<(), AppError>;
}

/// Says how the device is.
#[uniffi::export(rust, foreign)]
#[async_trait]
pub trait DeviceState: Send + Sync {
    /// How it is now. Asked before a run, and every few seconds while one goes.
    async fn conditions(&self) -> Result<DeviceConditions, AppError>;
}

/// Is told what happens, a batch at a time.
#[uniffi::export(rust, foreign)]
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Takes what happened since it was told last, in order.
    async fn happened(&self, events: Vec<Happened>) -> Result<(), AppError>;
}

/// Stores a value that is too large for a document.
#[uniffi::export(rust, foreign)]
#[async_trait]
pub trait Uploads: Send + Sync {
    /// Stores the bytes where the plan wants them, and answers what the document says in their place. The same bytes may
    /// come again for the same place.
    async fn upload(&self, to: String, bytes: Vec<u8>) -> Result<String, AppError>;
}

pub(crate) struct ByTokens(pub(crate) Arc<dyn Tokens>);
pub(crate) struct ByCopies(pub(crate) Arc<dyn StoreCopies>);
pub(crate) struct ByDevice(pub(crate) Arc<dyn DeviceState>);
pub(crate) struct ToSink(pub(crate) Arc<dyn EventSink>);
pub(crate) struct ByUploads(pub(crate) Arc<dyn Uploads>);

impl TokenSource for ByTokens {
    fn token(&self, refresh: bool) -> Answer<'_, Token> {
        Box::pin(async move {
            let UserToken { id_token, app_check } = self.0.token(refresh).await.map_err(|error| {
                // Whoever could not give one may be able to in a while.
                Error::new(ErrorKind::Unauthenticated, format!("the app gives no token: {error}"))
            })?;
            let token = Token::bearer(id_token);
            Ok(match app_check {
                Some(app_check) => token.with_app_check(app_check),
                None => token,
            })
        })
    }
}

impl Snapshots for ByCopies {
    fn copy<'a>(&'a self, to: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            let copied = self.0.copy(to.to_string_lossy().into_owned()).await;
            copied.map_err(|error| Error::new(ErrorKind::Busy, format!("the app could not copy its store: {error}")))
        })
    }
}

impl Device for ByDevice {
    fn conditions(&self) -> Answer<'_, Conditions> {
        Box::pin(async move {
            let conditions = self.0.conditions().await;
            let unknown =
                |error| Error::new(ErrorKind::Unsupported, format!("the app does not say how it is: {error}"));
            conditions.map(Conditions::from).map_err(unknown)
        })
    }
}

impl Events for ToSink {
    fn happened(&self, events: Vec<Event>) -> Answer<'_, ()> {
        Box::pin(async move {
            let told = self.0.happened(events.into_iter().map(Happened::from).collect()).await;
            told.map_err(|error| Error::new(ErrorKind::Unsupported, format!("the app does not listen: {error}")))
        })
    }
}

impl UploadPort for ByUploads {
    fn upload<'a>(&'a self, upload: &'a Upload, _: &'a RecordId) -> Answer<'a, Value> {
        Box::pin(async move {
            let stored = self.0.upload(upload.to.clone(), upload.bytes.clone()).await;
            let failed = |error| Error::new(ErrorKind::Unavailable, format!("the app could not upload: {error}"));
            stored.map(Value::String).map_err(failed)
        })
    }
}
