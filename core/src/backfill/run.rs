//! The whole of a run: who may run, from where, in which legs, and how it ends.

use std::collections::HashSet;

use super::clock::Clock;
use super::control::{Control, Order};
use super::drive::{World, drive};
use super::forms::Forms;
use super::mapping::{Mapping, Way};
use super::pages::{Pages, Passes};
use super::progress::{Phase, Teller};
use super::report::{Ended, Report};
use super::step::{Flow, Stop, Terms};
use super::tombs::{Place, Tombs};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Ask, Counters, Journal, Lease, Leased, Position, Run, Saved, Scope, Status, StoreOwner};
use crate::plan::{Context, Plan};
use crate::remote_state::{StateAddress, Tombstones};
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
    /// From where the last one ended: somebody has looked.
    Allow,
    /// From the start, as a new generation: after the plan or the store became another one, or after a rollback.
    Anew,
}

impl Backfill<'_> {
    /// Runs until everything is carried, or until it has to end before that; what was answered is on disk then.
    ///
    /// # Errors
    /// Where it could not begin, or cannot go on until somebody has done something about it: the plan or the store is
    /// another one than before, somebody else is at work, a store is damaged, the target denies everything.
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
        let now = self.clock.now();
        let stuck_after = control.current().settings.stuck_after;
        let ask = Ask::Unheard(stuck_after);
        match self.journal.lease(&request.scope, &request.holder, ask, now).await? {
            Leased::Yours(lease) => Ok(lease),
            Leased::Held { by, heartbeat } => {
                let message = format!(
                    "`{by}` carries these records and was heard of at {heartbeat}; wait for it, or run again \
                     {} s after that, when it counts as gone",
                    stuck_after.as_secs()
                );
                Err(Error::new(ErrorKind::Busy, message))
            }
        }
    }

    async fn run_leased(&self, request: &Request, control: &Control, lease: &Lease) -> Result<Report> {
        let run = match self.begin(request, lease).await? {
            Begun::Run(run) => run,
            Begun::Not(run, ended) => return Ok(report(&run, ended)),
        };
        let forms = Forms::of(self.plan);
        let tombs = self.tombs(&run).await?;
        let gone = HashSet::new();
        let world = World {
            target: self.target,
            journal: self.journal,
            clock: self.clock,
            lease,
            forms: &forms,
            control,
            gone: &gone,
        };
        let mut voyage = Voyage { backfill: self, world, tombs: &tombs, lease, allowed_at: run.counters, run };
        voyage.run().await
    }

    async fn tombs(&self, run: &Run) -> Result<Tombs> {
        let Some(state) = self.state else { return Ok(Tombs::default()) };
        let installation = self.journal.installation().id.clone();
        let known = Tombstones::read(self.target, state, &installation).await?;
        let place = Place { state: state.clone(), installation, generation: run.generation, at: self.clock.now() };
        Ok(Tombs { known, place: Some(place) })
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
        if let Some(owner) = &request.scope.owner
            && let StoreOwner::Another(_) = self.journal.own_store(&store, owner).await?
        {
            let message = "this store's records belong to another user, who was signed in on this device before; the app \
                           has to say whose they are now";
            return Err(Error::new(ErrorKind::Denied, message));
        }
        let before = self.journal.run(&request.scope).await?;
        let generation = match before {
            Some(run) if request.start != Start::Anew => {
                self.check(&run, &store)?;
                return self.go_on(request, lease, run).await;
            }
            Some(run) => run.generation.saturating_add(1),
            None => 1,
        };
        let now = self.clock.now();
        let run = Run {
            fingerprint: self.plan.fingerprint,
            store,
            generation,
            status: Status::Running,
            paused: None,
            started: now,
            heartbeat: now,
            finished: None,
            position: Position { history: self.history_now().await?, ..Position::default() },
            counters: Counters::default(),
        };
        self.journal.begin(lease, &run).await?;
        Ok(Begun::Run(run))
    }

    async fn go_on(&self, request: &Request, lease: &Lease, mut run: Run) -> Result<Begun> {
        if matches!(run.status, Status::Sealed | Status::Forced | Status::RolledBack) {
            return Ok(Begun::Not(run, Ended::Closed));
        }
        if let Some(why) = run.paused.take() {
            if request.start == Start::Resume {
                return Ok(Begun::Not(run, Ended::Paused(why)));
            }
            let saved = Saved { position: run.position.clone(), counters: run.counters, ..Saved::default() };
            self.journal.save(lease, &saved, self.clock.now()).await?;
        }
        Ok(Begun::Run(run))
    }

    /// Refuses to go on with what another plan or another store began.
    fn check(&self, run: &Run, store: &str) -> Result<()> {
        let changed = |what: &str, before: &dyn std::fmt::Display, now: &dyn std::fmt::Display| {
            let message = format!(
                "{what} is another one than when this migration began (then {before}, now {now}); go on with the one \
                 that it began with, or start anew: what is there already is found and not written twice"
            );
            Error::new(ErrorKind::Changed, message)
        };
        if run.fingerprint != self.plan.fingerprint {
            return Err(changed("the plan", &run.fingerprint, &self.plan.fingerprint));
        }
        if run.store != store {
            return Err(changed("the store", &run.store, &store));
        }
        Ok(())
    }

    /// The place in the source's history that stands for now, where it keeps one.
    async fn history_now(&self) -> Result<Option<Cursor>> {
        let shapes: Vec<_> = self.plan.passes.iter().map(|pass| pass.shape.clone()).collect();
        match self.source.changes(&shapes, None, 1).await {
            Ok(Changes::Some { next, .. } | Changes::StartOver { next, .. }) => Ok(Some(next)),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A run on its way through its legs.
struct Voyage<'a> {
    backfill: &'a Backfill<'a>,
    world: World<'a>,
    tombs: &'a Tombs,
    lease: &'a Lease,
    run: Run,
    /// What was counted when it was last let go on.
    allowed_at: Counters,
}

impl<'a> Voyage<'a> {
    async fn run(&mut self) -> Result<Report> {
        let mut teller = Teller::new(Phase::Starting, self.expected().await?);
        self.tell(&mut teller, Phase::Carrying);
        let passes = self.passes().await?;
        let stopped = self.leg(passes, false, &mut teller).await;
        let ended = match stopped {
            Ok(None) => self.complete().await,
            Ok(Some(stop)) => self.ended(stop).await,
            Err(error) => Err(error),
        };
        self.tell(&mut teller, Phase::Ended);
        ended.map(|ended| report(&self.run, ended))
    }

    fn tell(&self, teller: &mut Teller, phase: Phase) {
        teller.phase = phase;
        teller.tell_at_once(self.world.control, self.world.clock.elapsed(), self.run.counters);
    }

    async fn expected(&self) -> Result<Option<u64>> {
        let mut expected = Some(0);
        for pass in &self.backfill.plan.passes {
            let more = self.backfill.source.estimate(&pass.shape.entity).await?;
            expected = expected.zip(more).map(|(sum, more)| sum + more);
        }
        Ok(expected)
    }

    fn mapping(&self) -> Mapping<'a> {
        let Backfill { plan, target, journal, uploads, .. } = *self.backfill;
        let owner = self.lease.scope.owner.as_deref().unwrap_or_default();
        let context = Context { owner, now: self.run.started };
        Mapping::new(plan, self.world.forms, target.rules(), context, uploads, journal, &self.lease.scope, self.tombs)
    }

    /// Everything that was not read yet in this generation.
    async fn passes(&self) -> Result<Box<dyn Pages + 'a>> {
        let mut mapping = self.mapping();
        // A later generation may meet what an earlier one carried.
        if self.run.generation > 1 && !self.backfill.journal.ledger(&self.lease.scope, 0, 1).await?.is_empty() {
            mapping.way = Way::Anew;
        }
        Ok(Box::new(Passes::new(self.backfill.source, mapping, &self.run.position)))
    }

    /// Carries pages to their end; why it stopped where it did not come so far.
    async fn leg(&mut self, pages: Box<dyn Pages + 'a>, one_by_one: bool, teller: &mut Teller) -> Result<Option<Stop>> {
        let target = self.backfill.target;
        let terms = Terms {
            capabilities: target.capabilities(),
            limits: target.rules().batch,
            forms: self.world.forms.len(),
            one_by_one,
        };
        let settings = self.world.control.current().settings;
        let (position, counters) = (self.run.position.clone(), self.run.counters);
        let mut flow = Flow::new(terms, settings, position, counters, self.allowed_at, self.world.clock.elapsed());
        drive(self.world, &mut flow, pages, teller).await?;
        self.run.position = flow.durable().clone();
        self.run.counters = flow.told();
        Ok(flow.stopped())
    }

    async fn complete(&mut self) -> Result<Ended> {
        self.run.status = self.run.status.max(Status::Complete);
        self.save(None).await?;
        Ok(Ended::Complete)
    }

    async fn ended(&mut self, stop: Stop) -> Result<Ended> {
        match stop {
            Stop::Fail(error) => Err(error),
            Stop::Later(error) => Ok(Ended::Later(error)),
            Stop::Condition(condition) => Ok(Ended::Waiting(condition)),
            Stop::Order(Order::Suspend) => Ok(Ended::Suspended),
            Stop::Order(Order::Cancel | Order::Go) => Ok(Ended::Cancelled),
            Stop::Order(Order::Pause) => self.paused("the app paused it".to_owned()).await,
            Stop::Pause(why) => self.paused(why).await,
        }
    }

    async fn paused(&mut self, why: String) -> Result<Ended> {
        self.save(Some(why.clone())).await?;
        Ok(Ended::Paused(why))
    }

    async fn save(&self, paused: Option<String>) -> Result<()> {
        let saved = Saved {
            status: Some(self.run.status),
            paused,
            position: self.run.position.clone(),
            counters: self.run.counters,
            ..Saved::default()
        };
        self.backfill.journal.save(self.lease, &saved, self.world.clock.now()).await
    }
}

fn report(run: &Run, ended: Ended) -> Report {
    Report { ended, generation: run.generation, status: run.status, counters: run.counters }
}
