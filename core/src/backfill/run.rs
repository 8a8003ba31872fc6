//! Who may run, from where, and with what.

use super::allowed;
use super::clock::Clock;
use super::control::Control;
use super::drive::World;
use super::forms::Forms;
use super::guard::Guard;
use super::meanwhile::{Meanwhile, Readers};
use super::pages::Steady;
use super::report::{Ended, Report};
use super::retry;
use super::tombs::{Place, Tombs};
use super::voyage::{Voyage, report};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Journal, Lease, Position, Run, Saved, Scope, Status, StoreOwner, take_lease};
use crate::plan::Plan;
use crate::remote_state::StateAddress;
use crate::store::{Changes, Cursor, Source, Target, UploadPort};

/// Carries the records of a source into a target as a plan says.
#[derive(Clone, Copy)]
pub struct Backfill<'a> {
    /// Where the records are.
    pub source: &'a dyn Source,
    /// Where the documents go.
    pub target: &'a dyn Target,
    /// What is remembered.
    pub journal: &'a dyn Journal,
    /// What becomes of what.
    pub plan: &'a Plan,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Takes values that are too large for documents, where somebody does.
    pub uploads: Option<&'a dyn UploadPort>,
    /// Where in the target a user's devices tell each other what was deleted, where they do.
    pub state: Option<&'a StateAddress>,
}

/// What is asked of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whose records, by which plan.
    pub scope: Scope,
    /// From where.
    pub start: Start,
    /// Which kind of process asks, of which there is one at a time: `app`, `share extension`. One that was killed is
    /// followed at once by the next of its kind; another kind waits until it counts as gone.
    pub holder: String,
}

/// From where a run starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// From where the last one ended; where that stands still until somebody has looked, nothing is done.
    #[default]
    Resume,
    /// From where the last one ended: somebody has looked, and allows what it was paused for.
    Allow,
    /// From where the last one ended, and what was carried is read again and held against the ledger: records that were
    /// set aside are tried anew.
    Again,
    /// From the start, as a new generation: after the plan, the store or the target became another one, or after a
    /// rollback.
    Anew,
}

impl Backfill<'_> {
    /// Runs until everything is carried, or until it has to end before that; what was answered is on disk then.
    ///
    /// # Errors
    /// Where it could not begin, or cannot go on until somebody has done something about it: the plan, the store or the
    /// target is another one than before, somebody else is at work, a store is damaged, the target denies everything.
    pub async fn run(&self, request: &Request, control: &Control) -> Result<Report> {
        let lease = self.lease(request, control).await?;
        let ended = self.run_leased(request, control, &lease).await;
        let released = self.journal.release(&lease).await;
        let report = ended?;
        match released {
            // Whoever took it over has it.
            Err(error) if error.kind() != ErrorKind::Fenced => Err(error),
            _ => Ok(report),
        }
    }

    async fn lease(&self, request: &Request, control: &Control) -> Result<Lease> {
        let stuck_after = control.current().settings.stuck_after;
        take_lease(self.journal, &request.scope, &request.holder, stuck_after, self.clock.now()).await
    }

    async fn run_leased(&self, request: &Request, control: &Control, lease: &Lease) -> Result<Report> {
        let run = match self.begin(request, lease).await? {
            Begun::Run(run) => run,
            Begun::Not(run, ended) => return Ok(report(&run, ended)),
        };
        let source = match Steady::new(self.source, self.plan).await {
            Ok(source) => source,
            Err(error) => return retry::only_for_now(error).map(|error| report(&run, Ended::Later(error))),
        };
        let Self { target, journal, clock, .. } = *self;
        let (forms, readers, meanwhile) =
            (Forms::of(self.plan), Readers::new(self.plan, source.schema()), Meanwhile::default());
        let tombs = self.tombs(&run);
        let is_allowed = request.start == Start::Allow && Guard::has_asked(run.paused.as_deref());
        let guard = Guard::new(journal, &lease.scope, is_allowed);
        let world = World {
            target,
            journal,
            clock,
            lease,
            forms: &forms,
            control,
            meanwhile: &meanwhile,
            tombs: &tombs,
            guard: &guard,
        };
        let allowed = allowed::recall(journal, &request.scope, &run).await?;
        Voyage::new(self, source, world, &readers, run, request.start, allowed).run().await
    }

    fn tombs(&self, run: &Run) -> Tombs<'_> {
        let Some(state) = self.state else { return Tombs::default() };
        let installation = self.journal.installation().id.clone();
        let place = Place { state: state.clone(), installation, generation: run.generation, at: self.clock.now() };
        Tombs::of(self.target, place)
    }
}

/// Whether there is anything to do.
enum Begun {
    Run(Run),
    Not(Run, Ended),
}

impl Backfill<'_> {
    /// The run as it stands, or a new generation of it.
    async fn begin(&self, request: &Request, lease: &Lease) -> Result<Begun> {
        let store = self.source.identity().await?.unwrap_or_default();
        let target = self.target.identity().await?.unwrap_or_default();
        if let Some(owner) = &request.scope.owner
            && let StoreOwner::Another(_) = self.journal.own_store(&store, owner).await?
        {
            let message = "this store's records belong to another user, who was signed in on this device before; the app \
                           has to say whose they are now";
            return Err(Error::new(ErrorKind::Denied, message));
        }
        let before = self.journal.run(&request.scope).await?;
        if let Some(run) = before.clone().filter(|_| request.start != Start::Anew) {
            run.check_plan(self.plan)?;
            run.check_store(&store)?;
            run.check_target(&target)?;
            return self.go_on(request, lease, run).await;
        }
        let generation = before.as_ref().map_or(1, |run| run.generation.saturating_add(1));
        let now = self.clock.now();
        // What was deleted since the last delta is in neither the records nor the history from now on: where something
        // was carried before, everything is compared instead.
        let is_there = before.is_some_and(|run| run.target == target && run.store == store);
        let is_first = !is_there || self.journal.ledger(&request.scope, 0, 1).await?.is_empty();
        let history = if is_first { self.history_now().await? } else { None };
        let run = Run {
            generation,
            status: Status::Running,
            position: Position { history, ..Position::default() },
            ..Run::not_begun(self.plan, store, target, now)
        };
        self.journal.begin(lease, &run).await?;
        Ok(Begun::Run(run))
    }

    async fn go_on(&self, request: &Request, lease: &Lease, run: Run) -> Result<Begun> {
        if matches!(run.status, Status::Sealed | Status::Forced | Status::RolledBack) {
            return Ok(Begun::Not(run, Ended::Closed));
        }
        if request.start == Start::Allow {
            allowed::remember(self.journal, &request.scope, &run).await?;
        }
        // Why it stood still stays with it: that alone is what somebody allows.
        if let Some(why) = run.paused.clone() {
            if request.start == Start::Resume {
                return Ok(Begun::Not(run, Ended::Paused(why)));
            }
            let saved = Saved { position: run.position.clone(), counters: run.counters, ..Saved::default() };
            self.journal.save(lease, &saved, self.clock.now()).await?;
        }
        Ok(Begun::Run(run))
    }

    /// The place in the source's history that stands for now, where it keeps one.
    pub(super) async fn history_now(&self) -> Result<Option<Cursor>> {
        let shapes: Vec<_> = self.plan.passes.iter().map(|pass| pass.shape.clone()).collect();
        match self.source.changes(&shapes, None, 1).await {
            Ok(Changes::Some { next, .. } | Changes::StartOver { next, .. }) => Ok(Some(next)),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }
}
