//! Where pages come from: the passes of a plan, from where the journal knows them to be.

use super::item::Incoming;
use super::mapping::{Mapping, Way};
use crate::error::Result;
use crate::journal::{Position, Sent};
use crate::store::{Answer, Cursor, Source};

/// Pages of documents, one after the other. After an error the same page is asked for again.
pub(crate) trait Pages: Send {
    /// The next page, made of at most so many records; none after the last.
    fn next(&mut self, limit: usize) -> Answer<'_, Option<Incoming>>;
}

/// All records of all passes, from a position on.
pub(crate) struct Passes<'a> {
    source: &'a dyn Source,
    mapping: Mapping<'a>,
    pass: usize,
    after: Option<Cursor>,
    history: Option<Cursor>,
    /// What a process that is no more may have sent.
    resumed: Option<Resumed>,
    /// How the records are to be met that it did not send.
    fresh: Way,
}

/// Up to where a process that is no more may have sent documents.
struct Resumed {
    sent: Sent,
    /// How many records that is at most: where pages end otherwise than they did, its end is never met.
    left: usize,
}

/// How many records may be on their way at most.
const WINDOW: usize = 32_768;

impl<'a> Passes<'a> {
    pub(crate) fn new(source: &'a dyn Source, mapping: Mapping<'a>, from: &Position) -> Self {
        let resumed = from.sent.clone().map(|sent| Resumed { sent, left: WINDOW });
        let fresh = mapping.way;
        let (pass, after, history) = (from.pass as usize, from.cursor.clone(), from.history.clone());
        Self { source, mapping, pass, after, history, resumed, fresh }
    }

    async fn read(&mut self, limit: usize) -> Result<Option<Incoming>> {
        let Some(pass) = self.mapping.plan.passes.get(self.pass) else { return Ok(None) };
        let page = self.source.page(&pass.shape, self.after.as_ref(), limit).await?;
        self.mapping.way = match &self.resumed {
            Some(resumed) if resumed.sent.pass >= self.pass as u32 => Way::Resumed,
            _ => self.fresh,
        };
        let next = page.next;
        let count = page.records.len();
        let mut incoming = self.mapping.map(self.pass, page.records, page.rejected).await?;
        let number = self.pass as u32;
        let sent = Sent { pass: number, cursor: next.clone() };
        if let Some(resumed) = &mut self.resumed {
            resumed.left = resumed.left.saturating_sub(count);
            if resumed.sent == sent || resumed.left == 0 {
                self.resumed = None;
            }
        }
        incoming.reach = Some(sent);
        if next.is_none() {
            self.pass += 1;
        }
        let (pass, cursor, history) = (self.pass as u32, next.clone(), self.history.clone());
        incoming.end = Position { pass, cursor, sent: None, history };
        self.after = next;
        Ok(Some(incoming))
    }
}

impl Pages for Passes<'_> {
    fn next(&mut self, limit: usize) -> Answer<'_, Option<Incoming>> {
        Box::pin(self.read(limit))
    }
}
