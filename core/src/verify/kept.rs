//! How far a verification came is kept in the journal: one that was interrupted is gone on with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::receipt::Tally;
use super::run::{Repair, Verification};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Timestamp;
use crate::store::Cursor;

/// What was looked at longer ago than this is looked at again.
const GOOD_FOR: Duration = Duration::from_secs(24 * 3600);

/// How far a verification came: everything before it is settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    of: Kind,
    begun: String,
    pub(super) pass: usize,
    pub(super) cursor: Option<String>,
    pub(super) tally: Tally,
}

/// What a verification is about, and how thorough it is. One of another kind does not go on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kind {
    fingerprint: String,
    store: Option<String>,
    generation: Option<u32>,
    sample_percent: Option<u8>,
    repair: String,
}

/// The place in the journal where a verification keeps how far it came.
pub(super) struct Kept<'v, 'a> {
    of: &'v Verification<'a>,
    kind: Kind,
    name: String,
    /// When the first of those began that went on with one another.
    begun: Timestamp,
}

impl<'v, 'a> Kept<'v, 'a> {
    pub(super) async fn of(of: &'v Verification<'a>) -> Result<Self> {
        let run = of.journal.run(of.scope).await?;
        let repair = match of.options.repair {
            Repair::No => "no",
            Repair::Rehearse => "rehearse",
            Repair::Mend(_) => "mend",
        };
        let kind = Kind {
            fingerprint: of.plan.fingerprint.to_string(),
            store: of.source.identity().await?,
            generation: run.map(|run| run.generation),
            sample_percent: of.options.sample_percent,
            repair: repair.to_owned(),
        };
        Ok(Self {
            of,
            kind,
            name: format!("verification of {}/{}", of.scope.plan, of.scope.shard),
            begun: of.context.now,
        })
    }

    /// What one of the same kind left when it was interrupted, and when that was begun, unless it is too long ago.
    pub(super) async fn read(&mut self) -> Result<Option<(Checkpoint, Timestamp)>> {
        let text = self.of.journal.memo(self.owner(), &self.name).await?;
        let Some(kept) = text.and_then(|text| serde_json::from_str::<Checkpoint>(&text).ok()) else { return Ok(None) };
        let now = self.of.context.now;
        let is_fresh = |begun: &Timestamp| *begun <= now && now.since(*begun) <= GOOD_FOR;
        let begun = Timestamp::parse(&kept.begun).filter(is_fresh).filter(|_| kept.of == self.kind);
        self.begun = begun.unwrap_or(now);
        Ok(begun.map(|begun| (kept, begun)))
    }

    pub(super) async fn keep(&self, pass: usize, after: Option<&Cursor>, tally: &Tally) -> Result<()> {
        let (of, begun, tally) = (self.kind.clone(), self.begun.to_string(), tally.clone());
        let cursor = after.map(|cursor| cursor.as_str().to_owned());
        let checkpoint = Checkpoint { of, begun, pass, cursor, tally };
        let text = serde_json::to_string(&checkpoint).map_err(|cause| {
            Error::new(ErrorKind::Bug, "how far a verification came cannot be written down").because(cause)
        })?;
        self.of.journal.keep_memo(self.owner(), &self.name, Some(&text)).await
    }

    /// It came to its end: the next one begins anew.
    pub(super) async fn forget(&self) -> Result<()> {
        self.of.journal.keep_memo(self.owner(), &self.name, None).await
    }

    fn owner(&self) -> Option<&'v str> {
        self.of.scope.owner.as_deref()
    }
}
