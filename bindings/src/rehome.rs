//! What an app opens once.

use std::sync::Arc;

use rehome_core::phone::{Rehome, SignOut};

use crate::app::{DeviceState, EventSink, StoreCopies, Tokens, Uploads};
use crate::configuration::{App, Configuration};
use crate::documents::DocumentsHandle;
use crate::error::RehomeError;
use crate::flags::FlagsHandle;
use crate::migration::MigrationHandle;

/// Rehome, opened for an app.
#[derive(uniffi::Object)]
pub struct RehomeHandle(Rehome);

#[uniffi::export]
impl RehomeHandle {
    /// Opens Rehome's own folder. Nobody is asked, and the app's store is not touched.
    #[uniffi::constructor]
    pub fn open(
        configuration: Configuration,
        tokens: Arc<dyn Tokens>,
        copies: Option<Arc<dyn StoreCopies>>,
        device: Option<Arc<dyn DeviceState>>,
        events: Option<Arc<dyn EventSink>>,
        uploads: Option<Arc<dyn Uploads>>,
    ) -> Result<Arc<Self>, RehomeError> {
        let app = App { tokens, copies, device, events, uploads };
        Ok(Arc::new(Self(Rehome::open(configuration.of(app)?)?)))
    }

    /// The id of this copy of the app on this device.
    pub fn installation(&self) -> String {
        self.0.installation().id.clone()
    }

    /// The id of the installation that this is a copy of, if it is: a backup that was restored, a phone that was cloned.
    pub fn copied_from(&self) -> Option<String> {
        self.0.installation().copied_from.clone()
    }

    /// Where the journal lies now that was found damaged when this was opened, if it was.
    pub fn journal_put_aside(&self) -> Option<String> {
        self.0.journal_put_aside().map(|path| path.to_string_lossy().into_owned())
    }

    /// The migration of a user's records; of the one whom the app named when it opened this, where nobody is named.
    #[uniffi::method(default(owner = None))]
    pub fn migration(&self, owner: Option<String>) -> Result<Arc<MigrationHandle>, RehomeError> {
        let migration = match owner {
            Some(owner) => self.0.migration(owner),
            None => self.0.own_migration()?,
        };
        Ok(Arc::new(MigrationHandle(migration)))
    }

    /// The flags, and who is in.
    pub fn flags(&self) -> Arc<FlagsHandle> {
        Arc::new(FlagsHandle(self.0.flags()))
    }

    /// Documents and lists of them, as a user sees them.
    pub fn documents(&self, owner: String) -> Arc<DocumentsHandle> {
        Arc::new(DocumentsHandle(self.0.documents(owner)))
    }

    /// Lets a user who signs in keep what they had taken as an anonymous one. To be told before anything is asked for
    /// under their own name.
    pub async fn sign_in(&self, anonymous: String, user: String) -> Result<(), RehomeError> {
        Ok(self.0.sign_in(anonymous, user).await?)
    }

    /// Ends what is under way for a user who signs out, and forgets what is kept of their records. The store stays
    /// theirs.
    pub async fn sign_out(&self, owner: String, what: SignOut) -> Result<(), RehomeError> {
        Ok(self.0.sign_out(owner, what).await?)
    }

    /// Ends what is under way for a user whose account is deleted, and forgets everything of theirs for good.
    pub async fn delete_account(&self, owner: String) -> Result<(), RehomeError> {
        Ok(self.0.delete_account(owner).await?)
    }

    /// Gives the store as it is now to whoever is carried next.
    pub async fn give_the_store_away(&self) -> Result<(), RehomeError> {
        Ok(self.0.give_the_store_away().await?)
    }

    /// Ends everything and waits until it has ended. What is asked afterwards is refused.
    pub async fn close(&self) {
        self.0.close().await;
    }
}
