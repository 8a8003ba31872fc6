//! What a run of the app goes by, decided once when it is launched.

use super::channel::Channel;
use super::heard::{Heard, keep, recall};
use crate::clock::Clock;
use crate::error::Result;
use crate::journal::{Journal, Scope, Status};
use crate::rollout::{Decision, Override, Rollout, Standing, Taken, User, Values, Whom};

/// The name of what a user has taken, in the journal.
const TAKEN: &str = "steering.taken";

/// Steers by what the channels say.
#[derive(Clone, Copy)]
pub struct Steering<'a> {
    /// Who says what flags are; of each kind one at most.
    pub channels: &'a [&'a dyn Channel],
    /// What the flags are that nobody speaks of, where the app was built with something else than the table has.
    pub defaults: Option<&'a Values>,
    /// Where what was heard is kept.
    pub journal: &'a dyn Journal,
    /// The time.
    pub clock: &'a dyn Clock,
}

/// What a run of the app goes by for one user, from its launch to its end.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Who is read and written, and whether anything is carried.
    pub decision: Decision,
    /// The flags that it was decided by, to be explained.
    pub rollout: Rollout,
    pub(super) user: String,
    pub(super) bucket_id: String,
    pub(super) device: String,
    pub(super) heard: Heard,
}

impl Launch {
    /// Whom it is for.
    pub fn user(&self) -> User<'_> {
        User { id: &self.user, bucket_id: &self.bucket_id, device: &self.device }
    }
}

impl Steering<'_> {
    /// Decides for a user, by what is known on this device: nobody is asked, and nothing is waited for but the journal.
    /// `scope` is the migration's, whose state says how far the user has come.
    ///
    /// # Errors
    /// The journal cannot be read or written, or a file with flags is no such file.
    pub async fn launch(&self, user: &str, scope: &Scope) -> Result<Launch> {
        let heard = Heard::recall(self.journal, self.channels, self.defaults).await?;
        let rollout = heard.rollout();
        let before: Option<Taken> = recall(self.journal, Some(user), TAKEN).await?;
        let taken = before.clone().unwrap_or_else(|| Taken::first(user));
        let device = self.journal.installation().id.clone();
        let run = self.journal.run(scope).await?;
        let standing = Standing {
            side: taken.side,
            is_finished: run
                .is_some_and(|run| matches!(run.status, Status::Complete | Status::Verified | Status::Sealed)),
        };
        let whom = User { id: user, bucket_id: &taken.bucket_id, device: &device };
        let decision = rollout.decide(&whom, standing, self.clock.now());
        let taken = taken.after(&decision.route);
        if before.as_ref() != Some(&taken) {
            keep(self.journal, Some(user), TAKEN, Some(&taken)).await?;
        }
        Ok(Launch { decision, rollout, user: user.to_owned(), bucket_id: taken.bucket_id, device, heard })
    }

    /// Lets a user who signs in keep what they had taken as an anonymous one. It is to be told before they are launched
    /// under their own name; where that has been on this device before, it keeps what it had.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn sign_in(&self, anonymous: &str, user: &str) -> Result<()> {
        let own: Option<Taken> = recall(self.journal, Some(user), TAKEN).await?;
        let Some(before) = recall(self.journal, Some(anonymous), TAKEN).await? else { return Ok(()) };
        let taken = Taken::on_sign_in(before, own);
        keep(self.journal, Some(user), TAKEN, Some(&taken)).await
    }

    /// Forces something for one user or device from the next launch on, and across launches.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn force(&self, word: Override) -> Result<()> {
        let mut heard = Heard::recall(self.journal, &[], None).await?;
        heard.overrides.expire(self.clock.now());
        heard.overrides.put(word);
        heard.keep_overrides(self.journal).await
    }

    /// Takes back what was forced.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn lift(&self, whom: &Whom) -> Result<()> {
        let mut heard = Heard::recall(self.journal, &[], None).await?;
        heard.overrides.lift(whom);
        heard.keep_overrides(self.journal).await
    }
}
