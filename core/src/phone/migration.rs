//! The migration of one user's records: run, stopped, gone on with.

use std::sync::Arc;

use super::cancelling::Cancelling;
use super::device;
use super::ends::Opened;
use super::events::What;
use super::helm::{Helm, ProgressStream};
use super::outcome::{Ending, Outcome};
use super::rehome::Inside;
use crate::backfill::{Backfill, Control, Request, Start};
use crate::error::{Advice, Error, Result};
use crate::journal::{Journal, Scope, Status};
use crate::plan::Plan;
use crate::remote_state::{About, Pace, RemoteState, StateAddress};
use crate::rollout::Carry;
use crate::steering::{Launch, Steered, Steering};
use crate::store::Target;

/// The migration of one user's records. All handles on one user steer the same.
#[derive(Clone)]
pub struct Migration {
    pub(super) inside: Arc<Inside>,
    pub(super) owner: String,
    pub(super) cancelling: Cancelling,
}

/// Who lets a run begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// The flags.
    Flags,
    /// The app, whatever the percentages say; a stop is obeyed all the same.
    App,
}

/// Whether there is something to do.
enum Prepared {
    Go(Box<Launch>, Box<Opened>),
    Not(Box<Outcome>),
}

impl Migration {
    /// Whose it is.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Carries what there is to carry, if the flags let this user in: to be called at every launch. It asks the channels
    /// first, reads the store only if there is something to do, and goes on where the last run ended. Where nothing is
    /// left to do it costs a look at the journal, and at the store's history.
    ///
    /// Whoever stops waiting for it stops it, as [`cancel`](Self::cancel) does.
    ///
    /// # Errors
    /// Where it cannot go on until somebody has done something about it. What passes by itself is no error:
    /// [`Ending::Later`].
    pub async fn run_if_needed(&self) -> Result<Outcome> {
        self.run(Start::Resume, Gate::Flags).await
    }

    /// The same from where the caller says.
    ///
    /// # Errors
    /// As [`run_if_needed`](Self::run_if_needed).
    pub async fn run_from(&self, start: Start) -> Result<Outcome> {
        self.run(start, Gate::Flags).await
    }

    /// Carries whatever the percentages say, goes on where a run stood still, and takes over one that is stuck. A stop from
    /// afar is obeyed all the same. A migration that was taken back or forced begins anew.
    ///
    /// # Errors
    /// As [`run_if_needed`](Self::run_if_needed).
    pub async fn force_run(&self) -> Result<Outcome> {
        let start = match self.state().await?.status {
            Status::RolledBack | Status::Forced => Start::Anew,
            Status::Pending | Status::Running | Status::Complete | Status::Verified | Status::Sealed => Start::Allow,
        };
        self.run(start, Gate::App).await
    }

    /// The same, of which [`rehearse`](Self::rehearse), [`verify`](Self::verify) and [`roll_back`](Self::roll_back) are
    /// given up when that is told: they answer once they have let go of everything. Whoever stops waiting for them gives
    /// them up as well, and then they let go by themselves.
    #[must_use]
    pub fn cancelled_by(&self, cancelling: Cancelling) -> Self {
        Self { cancelling, ..self.clone() }
    }

    /// How far a run is: the last state at once, and then a few a second while one goes.
    pub fn progress(&self) -> ProgressStream {
        ProgressStream::of(&self.helm().control)
    }

    /// Stops, and stays stopped across launches until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.helm().control.pause();
    }

    /// Goes on where it was paused, or where it stands still until somebody has looked: somebody has.
    ///
    /// # Errors
    /// As [`run_if_needed`](Self::run_if_needed).
    pub async fn resume(&self) -> Result<Outcome> {
        self.helm().control.clear();
        self.run(Start::Allow, Gate::Flags).await
    }

    /// Stops a run as soon as what is under way is answered, and whatever else nobody may do beside one.
    pub fn cancel(&self) {
        self.helm().control.cancel();
    }

    /// Stops at once, for an app that is about to be put to sleep, and waits until everything is on disk and no lock is
    /// held: a page at most.
    pub async fn suspend(&self) {
        let helm = self.helm();
        helm.control.suspend();
        helm.at_rest().await;
    }

    pub(super) fn helm(&self) -> Arc<Helm> {
        self.inside.helm(&self.owner)
    }

    async fn run(&self, start: Start, gate: Gate) -> Result<Outcome> {
        let (inside, owner, helm) = (self.inside.clone(), self.owner.clone(), self.helm());
        // A pause stays one until somebody resumes; what else was wished was wished of an earlier run.
        helm.control.clear_unless_paused();
        let cancelled = CancelledWhenDropped(Some(helm.control.clone()));
        let outcome =
            self.inside.engine.run_to_its_end(async move { inside.run(&owner, &helm, start, gate).await }).await;
        cancelled.has_ended();
        outcome
    }
}

/// Stops a run that nobody waits for any more.
struct CancelledWhenDropped(Option<Control>);

impl CancelledWhenDropped {
    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelledWhenDropped {
    fn drop(&mut self) {
        if let Some(control) = &self.0 {
            control.cancel();
        }
    }
}

impl Inside {
    async fn run(&self, owner: &str, helm: &Arc<Helm>, start: Start, gate: Gate) -> Result<Outcome> {
        let Some(_alone) = self.alone(helm)? else {
            return Ok(Outcome::nothing(Ending::AlreadyRunning, None));
        };
        let outcome = self.run_alone(owner, &helm.control, start, gate).await;
        match &outcome {
            Ok(outcome) => self.happenings.tell(What::RunEnded { outcome: Box::new(outcome.clone()) }),
            Err(error) => self.happenings.tell(What::RunFailed { kind: error.kind(), why: error.to_string() }),
        }
        outcome
    }

    async fn run_alone(&self, owner: &str, control: &Control, start: Start, gate: Gate) -> Result<Outcome> {
        let scope = self.scope(owner)?;
        if start == Start::Resume
            && let Some(outcome) = self.closed(&scope).await?
        {
            return Ok(outcome);
        }
        let target = self.ends.target();
        let channels = self.channels(&*target).await?;
        let channels = channels.list();
        let steering = self.steering(&channels);
        let request = Request { scope, start, holder: self.configuration.holder.clone() };
        let prepared = tokio::select! {
            biased;
            ended = control.told_to_end() => return Ok(Outcome::ended(ended)),
            prepared = self.prepared(&steering, owner, &request, control, gate) => prepared?,
        };
        let (launch, store) = match prepared {
            Prepared::Go(launch, store) => (launch, store),
            Prepared::Not(outcome) => return Ok(*outcome),
        };
        self.happenings.tell(What::RunBegan);
        let backfill = Backfill {
            source: store.source(),
            target: &*target,
            journal: &*self.ends.journal,
            plan: &store.plan,
            clock: &*self.configuration.clock,
            uploads: self.configuration.uploads.as_deref(),
            state: Some(&StateAddress::of(owner)?),
        };
        let voice = self.voice(owner, &store.plan, &target)?;
        let running = steering.run(&launch, &backfill, &request, control);
        let told = voice.beside(backfill.journal, &request.scope, backfill.clock, running);
        let steered: Result<Steered> = tokio::select! {
            biased;
            steered = told => steered,
            never = device::keep_asking(self.configuration.conditions.as_deref(), control, backfill.clock) => match never {},
        };
        steered.map(Outcome::of)
    }

    /// Everything before the first record is read. The network and the app are asked: it may take a while, and be given up.
    async fn prepared(
        &self,
        steering: &Steering<'_>,
        owner: &str,
        request: &Request,
        control: &Control,
        gate: Gate,
    ) -> Result<Prepared> {
        for (channel, error) in steering.refresh().await?.unheard {
            self.happenings.tell(What::NotHeard { channel, why: error.to_string() });
        }
        let mut launch = steering.launch(owner, &request.scope).await?;
        if gate == Gate::App && launch.decision.carry == Carry::Outside {
            launch.decision.carry = Carry::Run;
        }
        if let Some(steered) = steering.not_run(&launch, request, control).await? {
            return Ok(Prepared::Not(Box::new(Outcome::of(steered))));
        }
        if let Some(device) = &self.configuration.conditions {
            device::ask(&**device, control, &*self.configuration.clock).await;
        }
        match self.ends.store().await {
            Ok(store) => Ok(Prepared::Go(Box::new(launch), Box::new(store))),
            Err(error) => later(error).map(|outcome| Prepared::Not(Box::new(outcome))),
        }
    }

    /// A migration that is over costs one look at the journal.
    async fn closed(&self, scope: &Scope) -> Result<Option<Outcome>> {
        let run = self.ends.journal.run(scope).await?;
        let run = run.filter(|run| matches!(run.status, Status::Sealed | Status::Forced | Status::RolledBack));
        Ok(run.map(|run| Outcome {
            ending: Ending::Closed,
            why: Some(format!("the migration is {}", run.status.word())),
            status: Some(run.status),
            generation: run.generation,
            counters: run.counters,
        }))
    }

    /// What tells the user's other devices how this migration stands.
    pub(super) fn voice(&self, owner: &str, plan: &Plan, target: &Arc<dyn Target>) -> Result<RemoteState> {
        let about = About::new(&plan.name, plan.version, self.configuration.app_version.clone());
        let installation = self.ends.journal.installation().id.clone();
        Ok(RemoteState::new(target.clone(), StateAddress::of(owner)?, installation, about, Pace::default()))
    }
}

/// A store that cannot be opened now may be later; one that is damaged stays so.
fn later(error: Error) -> Result<Outcome> {
    match error.advice() {
        Advice::Retry | Advice::SlowDown | Advice::TryLater => {
            Ok(Outcome::nothing(Ending::Later, Some(error.to_string())))
        }
        Advice::Correct | Advice::StartOver | Advice::Stop => Err(error),
    }
}
