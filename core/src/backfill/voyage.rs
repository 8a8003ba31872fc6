//! A run on its way: what was there, what changed meanwhile, the end.

use super::control::Order;
use super::cost::Cost;
use super::delta::Delta;
use super::drive::{World, drive};
use super::forms::Forms;
use super::mapping::{Mapping, Way};
use super::meanwhile::Readers;
use super::pages::{Pages, Passes, Steady};
use super::progress::{Phase, Teller};
use super::report::{Ended, Report};
use super::run::{Backfill, Start};
use super::step::{Flow, Stop, Terms, Trust};
use crate::error::Result;
use crate::journal::{Counters, Position, Run, Saved, Sent, Status};
use crate::plan::Context;

/// A run on its way through its legs.
pub(super) struct Voyage<'a> {
    pub(super) backfill: &'a Backfill<'a>,
    pub(super) source: Steady<'a>,
    pub(super) world: World<'a>,
    pub(super) readers: &'a Readers,
    pub(super) run: Run,
    /// Whether a delta was under way when the process before this one ended.
    pub(super) is_resumed_delta: bool,
    /// What was asked for.
    pub(super) start: Start,
    /// What was counted when it was last let go on.
    allowed_at: Counters,
    /// What is known of how the target takes what: one leg learns it from the other.
    trust: Trust,
}

impl<'a> Voyage<'a> {
    pub(super) fn new(
        backfill: &'a Backfill<'a>,
        source: Steady<'a>,
        world: World<'a>,
        readers: &'a Readers,
        run: Run,
        start: Start,
        allowed_at: Counters,
    ) -> Self {
        let passes = backfill.plan.passes.len();
        let is_delta = |sent: &Sent| usize::try_from(sent.pass).is_ok_and(|pass| pass >= passes);
        let is_resumed_delta = run.position.sent.as_ref().is_some_and(is_delta);
        let trust = trust(&run, world.forms, start);
        Self { backfill, source, world, readers, run, is_resumed_delta, start, allowed_at, trust }
    }

    pub(super) async fn run(&mut self) -> Result<Report> {
        let records = self.records().await?;
        let cost = records.as_ref().map(|records| Cost::of(self.backfill.plan, &self.run, records));
        let expected = records.map(|records| records.iter().sum());
        let mut teller = Teller::new(Phase::Starting, expected, cost.map(Cost::in_all));
        let ended = match self.too_dear(cost) {
            Some(why) => self.paused(why).await,
            None => self.legs(&mut teller).await,
        };
        self.tell(&mut teller, Phase::Ended);
        ended.map(|ended| report(&self.run, ended))
    }

    async fn legs(&mut self, teller: &mut Teller) -> Result<Ended> {
        self.tell(teller, Phase::Carrying);
        let passes = self.passes().await?;
        if let Some(stop) = self.leg(passes, false, teller).await? {
            return self.ended(stop).await;
        }
        self.tell(teller, Phase::CatchingUp);
        match self.delta(teller).await? {
            Delta::Done => self.complete().await,
            Delta::NotQuiet => Ok(Ended::NotQuiet),
            Delta::Stopped(stop) => self.ended(stop).await,
        }
    }

    fn tell(&self, teller: &mut Teller, phase: Phase) {
        teller.phase = phase;
        teller.tell_at_once(self.world.control, self.world.clock.elapsed(), self.run.counters);
    }

    pub(super) fn mapping(&self) -> Mapping<'a> {
        let Backfill { plan, uploads, .. } = *self.backfill;
        let owner = self.world.lease.scope.owner.as_deref().unwrap_or_default();
        let context = Context { owner, now: self.run.started };
        Mapping::new(plan, self.world, context, uploads)
    }

    /// Everything that was not read yet in this generation.
    async fn passes(&self) -> Result<Box<dyn Pages + 'a>> {
        let mut mapping = self.mapping();
        // A later generation may meet what an earlier one carried or set aside.
        if self.run.generation > 1 {
            mapping.set_aside = self.set_aside().await?;
            if !self.backfill.journal.ledger(&self.world.lease.scope, 0, 1).await?.is_empty() {
                mapping.way = Way::Anew;
            }
        }
        Ok(Box::new(Passes::new(self.source.clone(), mapping, &self.run.position)))
    }

    /// Carries pages to their end; why it stopped where it did not come so far.
    pub(super) async fn leg(
        &mut self,
        pages: Box<dyn Pages + 'a>,
        one_by_one: bool,
        teller: &mut Teller,
    ) -> Result<Option<Stop>> {
        let target = self.backfill.target;
        let terms = Terms { capabilities: target.capabilities(), limits: target.rules().batch, one_by_one };
        let settings = self.world.control.current().settings;
        let (position, counters) = (self.run.position.clone(), self.run.counters);
        let (trust, now) = (self.trust.clone(), self.world.clock.elapsed());
        let mut flow = Flow::new(terms, settings, position, counters, self.allowed_at, trust, now);
        drive(self.world, &mut flow, pages, teller).await?;
        self.run.position = flow.durable().clone();
        self.run.counters = flow.told();
        self.trust = flow.trust();
        Ok(flow.stopped())
    }

    async fn complete(&mut self) -> Result<Ended> {
        self.run.status = self.run.status.max(Status::Complete);
        self.save(None).await?;
        if let Some(history) = &self.run.position.history {
            self.backfill.source.acknowledge(history).await?;
        }
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
        self.backfill.journal.save(self.world.lease, &saved, self.world.clock.now()).await
    }
}

/// What is known from the start of how the target takes each move's documents: of a pass that is accounted for, and be
/// it in part, not all were denied.
fn trust(run: &Run, forms: &Forms, start: Start) -> Trust {
    let Position { pass, cursor, .. } = &run.position;
    let begun = *pass as usize + usize::from(cursor.is_some());
    Trust::of(forms.passes().map(|pass| pass < begun || run.status >= Status::Complete), start == Start::Allow)
}

/// What a run comes to.
pub(super) fn report(run: &Run, ended: Ended) -> Report {
    Report { ended, generation: run.generation, status: run.status, counters: run.counters }
}
