//! What would become of everything, whether it is there, and the way back.

use std::sync::Arc;
use std::time::Duration;

use super::cancelling::Wanted;
use super::migration::Migration;
use super::rehome::Inside;
use crate::backfill::{Closing, close};
use crate::clock::Clock;
use crate::error::{ErrorKind, Result};
use crate::journal::{Journal, Lease, STUCK_AFTER, Scope, Status, take_lease};
use crate::plan::{Context, Document};
use crate::record::{Rejection, Timestamp};
use crate::rehearse::{self, Port, rehearse};
use crate::remote_state::{StateAddress, Tombstones};
use crate::rollback::{self, Left, Mode, Rollback, by_ledger};
use crate::store::Answer;
use crate::verify::{self, Difference, Options, Receipt, Repair, Verification};

/// For how long a write may be on its way that makes a difference at the first look.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);
/// How many differences are named.
const NAMED: usize = 100;

/// How a verification is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checking {
    /// Compares so many documents of a hundred, always the same ones, instead of all.
    pub sample_percent: Option<u8>,
    /// Creates what is missing, and replaces what is older than its record. Nothing newer is written over.
    pub repairs: bool,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// What it says, to keep.
    pub receipt: Receipt,
    /// The first differences: which record, where, which fields; never values.
    pub differences: Vec<Difference>,
}

impl Verified {
    /// The receipt as JSON, to keep.
    ///
    /// # Errors
    /// A mistake of ours.
    pub fn json(&self) -> Result<String> {
        let bug = "a receipt cannot be written as JSON";
        serde_json::to_string(&self.receipt)
            .map_err(|error| crate::error::Error::new(ErrorKind::Bug, bug).because(error))
    }
}

impl Migration {
    /// Reads and maps everything and sends nothing: what each record would become, and which cannot be moved.
    ///
    /// # Errors
    /// Where the plan is not for the store, or the store cannot be read.
    pub async fn rehearse(&self) -> Result<rehearse::Report> {
        let (inside, owner) = (self.inside.clone(), self.owner.clone());
        let (_waiting, wanted) = Wanted::by(&self.cancelling);
        let work = async move { wanted.or_give_up(inside.rehearse(&owner)).await };
        self.inside.engine.run_to_its_end(work).await
    }

    /// Reads everything again and holds it against what is in Firestore. One that was interrupted goes on within a day.
    /// Where all of a complete migration is there, it counts as verified from then on.
    ///
    /// # Errors
    /// [`Busy`](ErrorKind::Busy) while a run is under way, where it is to repair.
    pub async fn verify(&self, checking: Checking) -> Result<Verified> {
        let (inside, owner, helm) = (self.inside.clone(), self.owner.clone(), self.helm());
        let (_waiting, wanted) = Wanted::by(&self.cancelling);
        let work = async move {
            if !checking.repairs {
                return inside.verify(&owner, checking, &wanted).await;
            }
            let _alone = inside.must_be_alone(&helm)?;
            inside.verify(&owner, checking, &wanted.steered_by(&helm.control)).await
        };
        self.inside.engine.run_to_its_end(work).await
    }

    /// Deletes from Firestore what this migration wrote and nobody has changed since; in a dry run says what would be.
    ///
    /// # Errors
    /// [`Busy`](ErrorKind::Busy) while a run is under way.
    pub async fn roll_back(&self, is_dry_run: bool) -> Result<rollback::Report> {
        let (inside, owner, helm) = (self.inside.clone(), self.owner.clone(), self.helm());
        let (_waiting, wanted) = Wanted::by(&self.cancelling);
        let work = async move {
            let _alone = inside.must_be_alone(&helm)?;
            inside.roll_back(&owner, is_dry_run, &wanted.steered_by(&helm.control)).await
        };
        self.inside.engine.run_to_its_end(work).await
    }

    /// Ends a complete migration: later runs carry nothing any more.
    ///
    /// # Errors
    /// [`BadInput`](ErrorKind::BadInput) where it is not complete.
    pub async fn seal(&self) -> Result<()> {
        self.close_as(Closing::Sealed).await
    }

    async fn close_as(&self, closing: Closing) -> Result<()> {
        let (inside, owner, helm) = (self.inside.clone(), self.owner.clone(), self.helm());
        let work = async move {
            let _alone = inside.must_be_alone(&helm)?;
            inside.close_as(&inside.scope(&owner)?, closing).await
        };
        self.inside.engine.run_to_its_end(work).await
    }
}

impl Inside {
    async fn rehearse(&self, owner: &str) -> Result<rehearse::Report> {
        let opened = self.ends.store().await?;
        let scratch = self.ends.scratch("rehearsal")?;
        let port = if self.configuration.uploads.is_some() { Port::Present } else { Port::Missing };
        let context = Context { owner, now: self.ends.now() };
        let rules = self.ends.rules();
        rehearse(opened.source(), &opened.plan, &rules, context, scratch.path(), port, &mut Unheard).await
    }

    async fn verify(&self, owner: &str, checking: Checking, wanted: &Wanted) -> Result<Verified> {
        let scope = self.scope(owner)?;
        let mut findings = Findings { clock: self.configuration.clock.clone(), differences: Vec::new() };
        let receipt = if checking.repairs {
            let lease = self.lease(&scope).await?;
            let mending = self.verified(owner, &scope, checking, Repair::Mend(&lease), &mut findings);
            let receipt = wanted.or_give_up(mending).await;
            self.release(&lease, receipt).await?
        } else {
            wanted.or_give_up(self.verified(owner, &scope, checking, Repair::No, &mut findings)).await?
        };
        if receipt.verified && receipt.sampled_percent.is_none() {
            self.note_verified(&scope).await?;
        }
        Ok(Verified { receipt, differences: findings.differences })
    }

    async fn verified(
        &self,
        owner: &str,
        scope: &Scope,
        checking: Checking,
        repair: Repair<'_>,
        findings: &mut Findings,
    ) -> Result<Receipt> {
        let opened = self.ends.store().await?;
        let (target, journal) = (self.ends.target(), &*self.ends.journal);
        let deleted = Tombstones::read(&*target, &StateAddress::of(owner)?, &journal.installation().id).await?;
        let scratch = self.ends.scratch("verification")?;
        let verification = Verification {
            source: opened.source(),
            target: &*target,
            plan: &opened.plan,
            context: Context { owner, now: self.ends.now() },
            deleted: &deleted,
            journal,
            scope,
            clock: &*self.configuration.clock,
            uploads: self.configuration.uploads.as_deref(),
            folder: scratch.path(),
            options: Options { sample_percent: checking.sample_percent, repair, anew: false },
        };
        verify::verify(&verification, findings).await
    }

    /// A verification beside a run is true of what it saw; it is noted where nobody is at work.
    async fn note_verified(&self, scope: &Scope) -> Result<()> {
        let run = self.ends.journal.run(scope).await?;
        if run.is_none_or(|run| run.status != Status::Complete) {
            return Ok(());
        }
        match self.close_as(scope, Closing::Verified).await {
            Err(error) if error.kind() == ErrorKind::Busy => Ok(()),
            noted => noted,
        }
    }

    async fn roll_back(&self, owner: &str, is_dry_run: bool, wanted: &Wanted) -> Result<rollback::Report> {
        let scope = self.scope(owner)?;
        if is_dry_run {
            return wanted.or_give_up(self.rolled_back(owner, Mode::DryRun(&scope))).await;
        }
        let lease = self.lease(&scope).await?;
        let report = wanted.or_give_up(self.rolled_back(owner, Mode::Delete(&lease))).await;
        self.release(&lease, report).await
    }

    async fn rolled_back(&self, owner: &str, mode: Mode<'_>) -> Result<rollback::Report> {
        let (opened, target) = (self.ends.store().await?, self.ends.target());
        let voice = self.voice(owner, &opened.plan, &target)?;
        let rollback = Rollback {
            target: &*target,
            journal: &*self.ends.journal,
            plan: &opened.plan,
            clock: &*self.configuration.clock,
            voice: Some(&voice),
            mode,
        };
        by_ledger(&rollback, &mut Unheard).await
    }

    async fn close_as(&self, scope: &Scope, closing: Closing) -> Result<()> {
        let lease = self.lease(scope).await?;
        let closed = close(&*self.ends.journal, &lease, closing, self.ends.now()).await.map(drop);
        self.release(&lease, closed).await
    }

    async fn lease(&self, scope: &Scope) -> Result<Lease> {
        take_lease(&*self.ends.journal, scope, &self.configuration.holder, STUCK_AFTER, self.ends.now()).await
    }

    async fn release<T>(&self, lease: &Lease, done: Result<T>) -> Result<T> {
        match self.ends.journal.release(lease).await {
            // Whoever took it over has it.
            Err(error) if error.kind() != ErrorKind::Fenced => done.and(Err(error)),
            _ => done,
        }
    }
}

/// Counts are in the report; nobody hears of single ones.
struct Unheard;

impl rehearse::Sink for Unheard {
    fn document(&mut self, _: Document) -> Result<()> {
        Ok(())
    }

    fn rejected(&mut self, _: &Rejection) -> Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: &rehearse::Progress<'_>) {}
}

impl rollback::Sink for Unheard {
    fn left(&mut self, _: &Left) -> Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: &rollback::Report) {}
}

struct Findings {
    clock: Arc<dyn Clock>,
    differences: Vec<Difference>,
}

impl verify::Sink for Findings {
    fn difference(&mut self, difference: &Difference) -> Result<()> {
        if self.differences.len() < NAMED {
            self.differences.push(difference.clone());
        }
        Ok(())
    }

    fn rejected(&mut self, _: &Rejection) -> Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: &verify::Progress<'_>) {}

    fn goes_on(&mut self, _: Timestamp, _: u64) {}

    fn settle(&mut self) -> Answer<'_, ()> {
        Box::pin(async {
            self.clock.until(self.clock.elapsed().saturating_add(SETTLES_WITHIN)).await;
            Ok(())
        })
    }
}
