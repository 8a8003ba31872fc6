//! Keeps so much from being deleted at once that it looks like a mistake.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::item::{Act, Item};
use super::settings::DeleteGuard;
use crate::error::Result;
use crate::journal::{Journal, Scope};
use crate::record::Name;

/// Says why something would be deleted, wherever somebody is asked about it.
const GONE: &str = "because their records are gone, left out or elsewhere now";

/// What a run deletes, held against what was carried when it began to.
pub(crate) struct Guard<'a> {
    journal: &'a dyn Journal,
    scope: &'a Scope,
    /// Whether somebody has agreed.
    is_allowed: bool,
    /// By entity.
    carried: OnceCell<BTreeMap<Name, u64>>,
    deleted: Mutex<BTreeMap<Name, u64>>,
}

impl<'a> Guard<'a> {
    pub(crate) fn new(journal: &'a dyn Journal, scope: &'a Scope, is_allowed: bool) -> Self {
        Self { journal, scope, is_allowed, carried: OnceCell::new(), deleted: Mutex::default() }
    }

    /// Whether a run stands still because somebody was asked.
    pub(crate) fn has_asked(paused: Option<&str>) -> bool {
        paused.is_some_and(|why| why.contains(GONE))
    }

    /// Why somebody has to agree before these are deleted too, of one entity or of all; where nobody has to, they count
    /// as deleted from now on.
    pub(crate) async fn asks(&self, limits: DeleteGuard, items: &[Item]) -> Result<Option<String>> {
        if self.is_allowed || !deletes(items).any(|_| true) {
            return Ok(None);
        }
        let carried = self.carried.get_or_try_init(|| self.count()).await?;
        let mut deleted = self.deleted();
        let mut more = deleted.clone();
        deletes(items).for_each(|entity| *more.entry(entity.clone()).or_default() += 1);
        let of_entity = |entity: &Name| carried.get(entity).copied().unwrap_or(0);
        let all = (String::new(), more.values().sum(), carried.values().sum());
        let each = more.iter().map(|(entity, count)| (format!(" of {entity}"), *count, of_entity(entity)));
        let asked = std::iter::once(all).chain(each).find(|(_, deleted, carried)| limits.asks(*deleted, *carried));
        if asked.is_none() {
            *deleted = more;
        }
        Ok(asked.map(|(of, deleted, carried)| {
            format!(
                "{deleted} of the {carried} documents that were carried{of} would be deleted, {GONE}; see whether the \
                 store is the right one and whole, then let it resume"
            )
        }))
    }

    async fn count(&self) -> Result<BTreeMap<Name, u64>> {
        Ok(self.journal.ledger_sizes(self.scope).await?.into_iter().collect())
    }

    fn deleted(&self) -> MutexGuard<'_, BTreeMap<Name, u64>> {
        // A panic elsewhere leaves nothing half done in here.
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entities of those documents that are to be deleted.
fn deletes(items: &[Item]) -> impl Iterator<Item = &Name> {
    let all = items.iter().flat_map(|item| std::iter::once(item).chain(item.note.vacates.as_deref()));
    all.filter(|item| matches!(item.note.act, Act::Remove | Act::Vacate)).map(|item| &item.note.source.entity)
}
