//! The clauses about what lies in a collection: how much, and in which order it is listed.

use super::target::Suite;
use super::{Broken, ensure};
use crate::record::{Map, Name};
use crate::rules::Segments;
use crate::store::{Condition, Cursor, Listing};

/// Ids in the order of their bytes, which is not that of numbers, of letters, or of UTF-16.
const IDS: [&str; 6] = ["10", "9", "Z", "ab", "\u{ff5e}", "🦋"];

impl Suite<'_, '_> {
    /// Called while the collection is still empty, and leaves it so.
    pub(super) async fn a_collection_is_counted_and_listed_in_order(&self) -> Result<(), Broken> {
        self.holds(&[]).await?;
        for (id, number) in IDS.into_iter().zip(0..) {
            self.put(id, &self.plain(number)).await?;
        }
        let has_collections_below = self.target.rules().address.segments == Segments::Pairs;
        let deeper: &[&str] = if has_collections_below { &["9/below/deeper", "missing/below/deeper"] } else { &[] };
        for id in deeper {
            self.put(id, &self.plain(0)).await?;
        }
        self.holds(&IDS).await?;
        self.a_listing_holds_what_was_asked().await?;
        self.a_listing_refuses_foreign_cursors().await?;
        for id in IDS.iter().chain(deeper) {
            self.write(id, None, Condition::Always).await?;
        }
        self.holds(&[]).await
    }

    /// Whether just these are counted and listed, whatever the length of a page.
    async fn holds(&self, ids: &[&str]) -> Result<(), Broken> {
        let count = self.target.count(&self.fixture.collection).await?;
        ensure!(count == ids.len() as u64, "a count of {count} is not how many are there: {}", ids.len());
        let wanted: Vec<String> = ids.iter().map(|id| self.address(id)).collect();
        for limit in [1, 2, 4, 100] {
            let listed = self.list_all(limit, None).await?;
            let addresses: Vec<String> = listed.iter().map(|(address, _)| address.clone()).collect();
            ensure!(
                addresses == wanted,
                "a listing is not of all in the order of their addresses, once: {addresses:?}"
            );
        }
        Ok(())
    }

    async fn a_listing_holds_what_was_asked(&self) -> Result<(), Broken> {
        let whole = self.list_all(4, None).await?;
        let fields = whole.iter().map(|(_, fields)| fields.clone());
        ensure!(fields.eq((0..6).map(|number| self.plain(number))), "a listing answers with other fields");
        let name: Name = "number".into();
        for (names, is_asked) in [(vec![name], true), (Vec::new(), false)] {
            let masked = self.list_all(4, Some(&names)).await?;
            let is_masked = masked.iter().all(|(_, fields)| fields.contains_key("number") == is_asked);
            let is_bare = masked.iter().all(|(_, fields)| fields.len() == names.len());
            ensure!(is_masked && is_bare, "a listing of named fields answers with others, or without them");
        }
        let listed = self.target.list(&self.fixture.collection, None, 1, None).await?.records;
        let found = self.look(IDS[0]).await?;
        let is_the_same = listed.first().map(|(_, found)| found) == found.as_ref();
        ensure!(is_the_same, "a listing tells another version than a look");
        Ok(())
    }

    async fn a_listing_refuses_foreign_cursors(&self) -> Result<(), Broken> {
        for text in ["", "\0", "no cursor of yours"] {
            let answer = self.target.list(&self.fixture.collection, Some(&Cursor::new(text)), 3, None).await;
            ensure!(answer.is_err(), "a listing takes a cursor for one that the target never made: {text:?}");
        }
        Ok(())
    }

    /// All pages, each by a target opened anew.
    async fn list_all(&self, limit: usize, names: Option<&[Name]>) -> Result<Vec<(String, Map)>, Broken> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let target = (self.fixture.open)().await?;
            let Listing { records, next } = target.list(&self.fixture.collection, after.as_ref(), limit, names).await?;
            ensure!(records.len() <= limit, "{} records are listed where {limit} were asked", records.len());
            ensure!(next.is_none() || next != after, "a page of a listing leads back to itself");
            all.extend(records.into_iter().map(|(address, found)| (address, found.fields)));
            if next.is_none() {
                return Ok(all);
            }
            after = next;
        }
    }
}
