//! What an app opens once, and closes when it is done.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::cancelling::Cancelling;
use super::configuration::Configuration;
use super::documents::Documents;
use super::ends::Ends;
use super::engine::Engine;
use super::events::{Happenings, What};
use super::flags::PhoneFlags;
use super::helm::{Alone, Helm};
use super::migration::Migration;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Forget, Installation, Journal, Scope};

/// Rehome, opened for an app. All copies are one; when the last is gone, or [`close`](Self::close) was called, nothing
/// of it goes on.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use rehome_core::phone::{Configuration, PlanText, Rehome, StoreFile};
/// use rehome_core::stores::firestore::Token;
///
/// # async fn launch(plan: String) -> rehome_core::error::Result<()> {
/// let plan = PlanText { name: "habits.toml".into(), text: plan };
/// let tokens = Arc::new(Token::bearer("the user's ID token"));
/// let store = StoreFile::At("default.store".into());
/// let rehome = Rehome::open(Configuration::new("rehome", store, plan, "habits-1a2b3", tokens))?;
/// let outcome = rehome.migration("ann").run_if_needed().await?;
/// println!("{:?}", outcome.ending);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Rehome {
    pub(super) inside: Arc<Inside>,
}

/// What all handles share.
pub(super) struct Inside {
    pub(super) engine: Engine,
    pub(super) ends: Arc<Ends>,
    pub(super) configuration: Configuration,
    pub(super) happenings: Happenings,
    helms: Mutex<BTreeMap<String, Arc<Helm>>>,
}

/// What is done with a user's records that could not be moved, when they sign out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignOut {
    /// Nobody is signed out while there are some: somebody may want to export them first.
    #[default]
    KeepWhatIsSetAside,
    /// They are forgotten. What is in the app's own store stays there.
    DropWhatIsSetAside,
}

impl Rehome {
    /// Opens Rehome's own folder. Nobody is asked, and the app's store is not touched.
    ///
    /// # Errors
    /// Where a plan cannot be read, or the folder cannot be written to.
    pub fn open(configuration: Configuration) -> Result<Self> {
        let ends = Arc::new(Ends::open(&configuration)?);
        let engine = Engine::start()?;
        let happenings = Happenings::of(configuration.events.clone(), configuration.clock.clone(), &engine);
        if let Some(path) = &ends.put_aside {
            happenings.tell(What::JournalPutAside { path: path.clone() });
        }
        if let Some(from) = &ends.journal.installation().copied_from {
            happenings.tell(What::Copied { from: from.clone() });
        }
        let inside = Inside { engine, ends, configuration, happenings, helms: Mutex::default() };
        Ok(Self { inside: Arc::new(inside) })
    }

    /// This copy of the app on this device.
    pub fn installation(&self) -> &Installation {
        self.inside.ends.journal.installation()
    }

    /// Where the journal lies now that was found damaged when this was opened, if it was: a new one was begun, and what is
    /// in Firestore already will be found by looking.
    pub fn journal_put_aside(&self) -> Option<&PathBuf> {
        self.inside.ends.put_aside.as_ref()
    }

    /// The migration of a user's records.
    pub fn migration(&self, owner: impl Into<String>) -> Migration {
        Migration { inside: self.inside.clone(), owner: owner.into(), cancelling: Cancelling::new() }
    }

    /// The same of the user whom the app named when it opened this.
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) where it named nobody.
    pub fn own_migration(&self) -> Result<Migration> {
        let owner = self.inside.configuration.owner.clone();
        let nobody = || Error::new(ErrorKind::Unauthenticated, "nobody is signed in; say whose records are meant");
        owner.map(|owner| self.migration(owner)).ok_or_else(nobody)
    }

    /// The flags, and who is in.
    pub fn flags(&self) -> PhoneFlags {
        PhoneFlags { inside: self.inside.clone() }
    }

    /// Documents and lists of them, as a user sees them.
    pub fn documents(&self, owner: impl Into<String>) -> Documents {
        Documents::new(self.inside.clone(), owner.into())
    }

    /// Lets a user who signs in keep what they had taken as an anonymous one. It is to be told before anything is asked
    /// for under their own name.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn sign_in(&self, anonymous: impl Into<String>, user: impl Into<String>) -> Result<()> {
        let (inside, anonymous, user) = (self.inside.clone(), anonymous.into(), user.into());
        self.inside.engine.run(async move { inside.steering(&[]).sign_in(&anonymous, &user).await }).await
    }

    /// Ends what is under way for a user who signs out, and forgets what is kept of their records. The store stays theirs:
    /// nobody else who signs in can move what is in it.
    ///
    /// # Errors
    /// [`Denied`](ErrorKind::Denied) where records are set aside and `what` does not give them up,
    /// [`Busy`](ErrorKind::Busy) where another process is at work with their records.
    pub async fn sign_out(&self, owner: impl Into<String>, what: SignOut) -> Result<()> {
        let owner = owner.into();
        self.at_rest(&owner).await;
        let inside = self.inside.clone();
        let work = async move {
            if what == SignOut::KeepWhatIsSetAside {
                inside.refuse_what_is_set_aside(&owner).await?;
            }
            inside.wipe(&owner, Forget::AllButTheStore).await
        };
        self.inside.engine.run(work).await
    }

    /// Ends what is under way for a user whose account is deleted, and forgets everything of theirs for good: whoever is
    /// signed in next may have the store, which the app should have emptied by then.
    ///
    /// # Errors
    /// [`Busy`](ErrorKind::Busy) where another process is at work with their records.
    pub async fn delete_account(&self, owner: impl Into<String>) -> Result<()> {
        let owner = owner.into();
        self.at_rest(&owner).await;
        let inside = self.inside.clone();
        self.inside.engine.run(async move { inside.wipe(&owner, Forget::Everything).await }).await
    }

    /// Gives the store as it is now to whoever is carried next: the app says that what is in it is another user's now.
    ///
    /// # Errors
    /// The store cannot be opened, or the journal not written.
    pub async fn give_the_store_away(&self) -> Result<()> {
        let inside = self.inside.clone();
        let work = async move {
            let opened = inside.ends.store().await?;
            let store = opened.source().identity().await?.unwrap_or_default();
            inside.ends.journal.disown_store(&store).await
        };
        self.inside.engine.run(work).await
    }

    /// Ends everything, as [`Migration::suspend`] does, and waits until it has ended. What is asked afterwards is refused.
    pub async fn close(&self) {
        let helms: Vec<Arc<Helm>> = std::mem::take(&mut *self.inside.helms()).into_values().collect();
        for helm in &helms {
            helm.control.suspend();
        }
        for helm in &helms {
            helm.at_rest().await;
        }
        drop(helms);
        self.inside.happenings.flush().await;
        self.inside.engine.quit();
    }

    async fn at_rest(&self, owner: &str) {
        let helm = self.inside.helm(owner);
        helm.control.suspend();
        helm.at_rest().await;
    }
}

impl Inside {
    /// The handles on a user's run.
    pub(super) fn helm(&self, owner: &str) -> Arc<Helm> {
        let new = || Arc::new(Helm::new(self.configuration.settings.clone()));
        self.helms().entry(owner.to_owned()).or_insert_with(new).clone()
    }

    fn helms(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Helm>>> {
        self.helms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows of the journal that are about a user.
    pub(super) fn scope(&self, owner: &str) -> Result<Scope> {
        Ok(Scope::of(self.ends.plan_name()?, owner))
    }

    /// The right to work on a user's records.
    pub(super) fn alone(&self, helm: &Arc<Helm>) -> Result<Option<Alone>> {
        helm.alone(&self.ends.lock(&self.configuration.holder))
    }

    /// The same where there is nothing to do without it.
    pub(super) fn must_be_alone(&self, helm: &Arc<Helm>) -> Result<Alone> {
        let busy = "a run is under way; wait for its end, or cancel it first";
        self.alone(helm)?.ok_or_else(|| Error::new(ErrorKind::Busy, busy))
    }

    async fn refuse_what_is_set_aside(&self, owner: &str) -> Result<()> {
        if self.ends.journal.quarantine(&self.scope(owner)?, 0, 1).await?.is_empty() {
            return Ok(());
        }
        let message = "records are set aside that would be forgotten; export them, or say that they may be dropped";
        Err(Error::new(ErrorKind::Denied, message))
    }

    async fn wipe(&self, owner: &str, forget: Forget) -> Result<()> {
        self.ends.journal.wipe(owner, forget, &self.configuration.holder, self.ends.now()).await
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.engine.quit();
    }
}
