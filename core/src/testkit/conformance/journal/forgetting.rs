//! What is kept of an owner, and forgotten with it.

use super::rows::{at, carried, id, run, set_aside};
use super::{Suite, is};
use crate::error::ErrorKind;
use crate::journal::{Forget, Run, Saved, Scope, StoreOwner};
use crate::record::Key;
use crate::testkit::conformance::{Broken, ensure};

impl Suite<'_, '_> {
    pub(super) async fn a_memo_is_there_until_another_takes_its_place(&self) -> Result<(), Broken> {
        let other = self.other().await?;
        ensure!(self.journal.memo(None, "flags").await?.is_none(), "a new journal has memos");
        let texts = [(None, "everybody's"), (Some("ann"), "{\"€\": \"\0\"}"), (Some(""), "")];
        for (owner, text) in texts {
            self.journal.keep_memo(owner, "flags", Some("before")).await?;
            self.journal.keep_memo(owner, "flags", Some(text)).await?;
        }
        for (owner, text) in texts {
            let found = other.memo(owner, "flags").await?;
            ensure!(found.as_deref() == Some(text), "a memo of {owner:?} comes back as {found:?}");
            ensure!(other.memo(owner, "Flags").await?.is_none(), "a memo is found under another name");
        }
        other.keep_memo(None, "flags", None).await?;
        ensure!(self.journal.memo(None, "flags").await?.is_none(), "a memo that was forgotten is still there");
        ensure!(self.journal.memo(Some("ann"), "flags").await?.is_some(), "forgetting one memo takes another's");
        Ok(())
    }

    pub(super) async fn a_memo_goes_with_its_owner(&self) -> Result<(), Broken> {
        for owner in [None, Some("ida"), Some("jon")] {
            self.journal.keep_memo(owner, "token", Some("t")).await?;
        }
        self.journal.wipe("ida", Forget::Everything, "suite", at(0)).await?;
        ensure!(self.journal.memo(Some("ida"), "token").await?.is_none(), "a memo outlives the wipe of its owner");
        for owner in [None, Some("jon")] {
            ensure!(self.journal.memo(owner, "token").await?.is_some(), "the wipe of one owner takes another's memos");
        }
        Ok(())
    }

    pub(super) async fn another_store_or_target_begins_with_an_empty_ledger(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("elsewhere").await?;
        let theirs = self.begun_in(&Scope::of("elsewhere", "ben")).await?;
        let saved = Saved {
            carried: vec![carried(id("Habit", 1), 0, "h/1")],
            marks: vec![(1, id("Habit", 1))],
            ..Saved::default()
        };
        self.save(&theirs, saved.clone()).await?;
        self.save(&lease, saved.clone()).await?;
        self.journal.begin(&lease, &run(2)).await?;
        ensure!(self.journal.ledger(&scope, 0, 9).await?.len() == 1, "a new generation loses its ledger");
        ensure!(self.journal.owners(&scope, &[1]).await? != [None], "a new generation loses its marks");
        self.journal.begin(&lease, &Run { target: "projects/other".to_owned(), ..run(3) }).await?;
        ensure!(
            self.journal.ledger(&scope, 0, 9).await?.is_empty(),
            "what was carried to one target counts for another"
        );
        ensure!(self.journal.owners(&scope, &[1]).await? == [None], "marks of one target count for another");
        ensure!(self.journal.ledger(&theirs.scope, 0, 9).await?.len() == 1, "another owner's ledger is forgotten");

        self.save(&lease, saved).await?;
        let rebuilt = Run { target: "projects/other".to_owned(), store: "rebuilt".to_owned(), ..run(4) };
        self.journal.begin(&lease, &rebuilt).await?;
        ensure!(self.journal.ledger(&scope, 0, 9).await?.is_empty(), "keys of one store count for another");
        ensure!(self.journal.owners(&scope, &[1]).await? == [None], "marks of one store count for another");
        Ok(())
    }

    pub(super) async fn a_wipe_forgets_one_owner_unless_somebody_is_at_work(&self) -> Result<(), Broken> {
        let (mine, theirs) = (Scope::of("wiped", "eve"), Scope::of("wiped", "fay"));
        self.journal.own_store("eves", "eve").await?;
        let mut leases = Vec::new();
        for scope in [&mine, &theirs] {
            let lease = self.begun_in(scope).await?;
            let (carried, marks) = (vec![carried(id("Habit", 1), 0, "h/1")], vec![(1, id("Habit", 1))]);
            let quarantined = vec![set_aside("Habit", Key::Int(1), "")];
            self.save(&lease, Saved { carried, marks, quarantined, ..Saved::default() }).await?;
            leases.push(lease);
        }
        let refused = self.journal.wipe("eve", Forget::Everything, "extension", at(300)).await;
        ensure!(is(ErrorKind::Busy, &refused), "an owner is wiped while somebody is at work");
        ensure!(self.journal.run(&mine).await?.is_some(), "a refused wipe has wiped");
        self.journal.wipe("eve", Forget::Everything, "suite", at(300)).await?;
        self.journal.wipe("nobody", Forget::Everything, "suite", at(300)).await?;
        ensure!(self.journal.run(&mine).await?.is_none(), "a run outlives the wipe of its owner");
        let is_left = !self.journal.ledger(&mine, 0, 9).await?.is_empty()
            || !self.journal.quarantine(&mine, 0, 9).await?.is_empty()
            || self.journal.owners(&mine, &[1]).await? != [None];
        ensure!(!is_left, "rows outlive the wipe of their owner");
        let woken = self.journal.save(&leases[0], &Saved::default(), at(2)).await;
        ensure!(is(ErrorKind::Fenced, &woken), "a holder writes after the wipe by its successor");
        ensure!(self.journal.own_store("eves", "gil").await? == StoreOwner::Yours, "a wiped owner keeps a store");
        ensure!(self.journal.ledger(&theirs, 0, 9).await?.len() == 1, "the wipe of one owner takes another's rows");
        self.save(&leases[1], Saved::default()).await?;
        let again = self.lease(&mine).await?;
        ensure!(again.epoch > leases[0].epoch, "after a wipe an old lease counts again");
        self.journal.own_store("fays", "fay").await?;
        self.journal.wipe("fay", Forget::AllButTheStore, "extension", at(301)).await?;
        let owner = self.journal.own_store("fays", "gil").await?;
        ensure!(owner == StoreOwner::Another("fay".to_owned()), "who signed out is robbed of a store");
        ensure!(self.journal.run(&theirs).await?.is_none(), "a holder not heard of for long hinders a wipe");
        Ok(())
    }
}
