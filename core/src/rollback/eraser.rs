//! Deletes batches of documents, each only if it is what was carried.

use std::time::Duration;

use super::proof::{Candidate, Verdict};
use super::report::{Left, Report, Sink, WhyLeft};
use crate::clock::Clock;
use crate::error::{Advice, Error, ErrorKind, Result};
use crate::rules::collection_of;
use crate::store::{Condition, Found, Outcome, Refusal, RefusalCause, Target, Version, Write};

/// How often a target is asked for what it cannot do at the moment.
const ATTEMPTS: u32 = 6;
/// For how long it is left alone, doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// How many documents are deleted at once at most.
const BATCH: usize = 200;

/// What became of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Deleted,
    Gone,
    Left(WhyLeft),
}

impl Fate {
    /// Whether the ledger can forget it.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self, Fate::Deleted | Fate::Gone)
    }
}

pub(super) struct Eraser<'a> {
    pub(super) target: &'a dyn Target,
    pub(super) clock: &'a dyn Clock,
    pub(super) sink: &'a mut dyn Sink,
    pub(super) report: Report,
}

/// Positions in a batch, each with the version that its delete hangs on.
type Sure = Vec<(usize, Version)>;

impl Eraser<'_> {
    /// Deletes what is as it was carried; answers what became of each, in order.
    pub(super) async fn erase(&mut self, candidates: &[Candidate]) -> Result<Vec<Fate>> {
        let most = self.target.rules().batch.max_writes.clamp(1, BATCH);
        let mut all = Vec::with_capacity(candidates.len());
        for batch in candidates.chunks(most) {
            let fates = self.batch(batch).await?;
            for (candidate, fate) in batch.iter().zip(&fates) {
                self.note(candidate, fate)?;
            }
            all.extend(fates);
        }
        Ok(all)
    }

    /// Counts what became of a document, and tells of one that is left.
    pub(super) fn note(&mut self, candidate: &Candidate, fate: &Fate) -> Result<()> {
        let tally = self.report.collections.entry(collection_of(&candidate.address)).or_default();
        match fate {
            Fate::Deleted => tally.deleted += 1,
            Fate::Gone => tally.gone += 1,
            Fate::Left(why) => {
                tally.left += 1;
                *self.report.left.entry(why.word()).or_default() += 1;
                let (address, source) = (candidate.address.clone(), candidate.source.clone());
                self.sink.left(&Left { address, source, why: why.clone() })?;
            }
        }
        Ok(())
    }

    /// Where versions are known, deletes come first and looking only where one of them does not hold: for most it costs
    /// no read.
    async fn batch(&mut self, batch: &[Candidate]) -> Result<Vec<Fate>> {
        let mut fates: Vec<Option<Fate>> = vec![None; batch.len()];
        let known = batch.iter().enumerate().filter_map(|(place, one)| Some((place, one.known_version()?.clone())));
        let mut sure: Sure = if self.report.dry_run { Sure::new() } else { known.collect() };
        for attempt in 0..ATTEMPTS {
            if attempt > 1 {
                self.clock.until(self.clock.elapsed() + FIRST_WAIT * 2_u32.pow(attempt)).await;
            }
            self.delete(batch, &sure, &mut fates).await?;
            sure = self.look(batch, &mut fates).await?;
            if sure.is_empty() {
                return Ok(fates.into_iter().map(|fate| fate.unwrap_or(Fate::Gone)).collect());
            }
        }
        let message = "the target does not delete at the moment; roll back again later, it goes on where it was";
        Err(Error::new(ErrorKind::Busy, message))
    }

    /// Looks at what nothing became of yet; answers with what is to be deleted.
    async fn look(&mut self, batch: &[Candidate], fates: &mut [Option<Fate>]) -> Result<Sure> {
        let open: Vec<(usize, &Candidate)> =
            batch.iter().enumerate().filter(|(place, _)| matches!(fates.get(*place), Some(None))).collect();
        if open.is_empty() {
            return Ok(Sure::new());
        }
        let addresses: Vec<String> = open.iter().map(|(_, candidate)| candidate.address.clone()).collect();
        let mut verdicts: Vec<Verdict> = open.iter().map(|_| Verdict::Gone).collect();
        let mut each = |place: usize, found: Found| {
            if let (Some((_, candidate)), Some(verdict)) = (open.get(place), verdicts.get_mut(place)) {
                *verdict = candidate.judge(found, self.target.rules());
            }
        };
        self.target.look_each(&addresses, None, &mut each).await?;
        self.report.billed_reads += addresses.len() as u64;
        let mut sure = Sure::new();
        for ((place, _), verdict) in open.into_iter().zip(verdicts) {
            let fate = match verdict {
                Verdict::Delete(version) if !self.report.dry_run => {
                    sure.push((place, version));
                    continue;
                }
                Verdict::Delete(_) => Fate::Deleted,
                Verdict::Gone => Fate::Gone,
                Verdict::Leave(why) => Fate::Left(why),
            };
            fates[place] = Some(fate);
        }
        Ok(sure)
    }

    /// Deletes these if they are of their versions; those of which it is not known that it happened stay open.
    async fn delete(&mut self, batch: &[Candidate], sure: &Sure, fates: &mut [Option<Fate>]) -> Result<()> {
        let refused = self.delete_together(batch, sure, fates).await?;
        let Some(refusal) = refused else { return Ok(()) };
        let had_none = self.report.billed_deletes == 0;
        if refusal.cause == RefusalCause::Denied && had_none {
            let message = format!("the target's rules do not let this user delete what was carried ({})", refusal.why);
            return Err(Error::new(ErrorKind::Denied, message));
        }
        for one in sure {
            if let Some(refusal) = self.delete_together(batch, std::slice::from_ref(one), fates).await? {
                fates[one.0] = Some(Fate::Left(WhyLeft::Refused(refusal.why)));
            }
        }
        Ok(())
    }

    async fn delete_together(
        &mut self,
        batch: &[Candidate],
        sure: &[(usize, Version)],
        fates: &mut [Option<Fate>],
    ) -> Result<Option<Refusal>> {
        if sure.is_empty() {
            return Ok(None);
        }
        let writes: Vec<Write> = sure.iter().map(|(place, version)| delete_of(&batch[*place], version)).collect();
        let outcomes = match self.target.write(&writes).await {
            Ok(outcomes) => outcomes,
            // It may have happened: whoever looks will see.
            Err(error) if matches!(error.advice(), Advice::Retry | Advice::SlowDown) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut refused = None;
        for ((place, _), outcome) in sure.iter().zip(outcomes) {
            match outcome {
                Outcome::Durable(_) => {
                    fates[*place] = Some(Fate::Deleted);
                    self.report.billed_deletes += 1;
                }
                Outcome::Refused(refusal) => refused = Some(refusal),
                Outcome::Exists | Outcome::Unknown | Outcome::Retry => {}
            }
        }
        Ok(refused)
    }
}

fn delete_of(candidate: &Candidate, version: &Version) -> Write {
    let condition = Condition::Version(version.clone());
    Write { address: candidate.address.clone(), fields: None, condition }
}
