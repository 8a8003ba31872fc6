//! The contract of a journal, clause by clause.

mod forgetting;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use self::rows::{at, carried, document, id, keys, run, set_aside};

use super::{Broken, ensure};
use crate::error::{Error, ErrorKind};
use crate::journal::{
    Ask, Carried, Counters, Journal, Kept, Lease, Leased, Position, Quarantined, Run, Saved, Scope, Sent, SetAside,
    Status, StoreOwner,
};
use crate::record::{Key, RecordId, Timestamp};
use crate::store::{Answer, Cursor};

/// A journal with nothing in it.
pub struct JournalFixture<'a> {
    /// Opens the same journal anew, as another process would.
    pub open: Box<dyn Fn() -> Answer<'a, Arc<dyn Journal + 'a>> + 'a>,
}

/// Puts a journal through every clause of [`Journal`]'s contract.
pub async fn journal(fixture: &JournalFixture<'_>) -> Result<(), Broken> {
    let suite = Suite { fixture, journal: (fixture.open)().await? };
    suite.a_scope_without_rows_answers_with_nothing().await?;
    suite.a_store_is_its_first_owners().await?;
    suite.a_run_comes_back_as_it_was_begun().await?;
    suite.a_step_is_there_for_everybody().await?;
    suite.a_status_only_grows().await?;
    suite.one_holds_the_lease().await?;
    suite.a_holder_not_heard_of_is_followed().await?;
    suite.a_successor_need_not_wait().await?;
    suite.a_clock_set_back_neither_locks_out_nor_steals().await?;
    suite.a_lease_taken_over_writes_nothing().await?;
    suite.the_ledger_finds_what_was_carried().await?;
    suite.the_ledger_is_read_a_page_at_a_time().await?;
    suite.what_was_not_met_again_is_told().await?;
    suite.marks_have_one_owner().await?;
    suite.a_record_set_aside_is_kept_whole_and_once().await?;
    suite.what_is_set_aside_can_be_dropped_and_released().await?;
    suite.scopes_do_not_see_each_other().await?;
    suite.another_store_or_target_begins_with_an_empty_ledger().await?;
    suite.a_memo_is_there_until_another_takes_its_place().await?;
    suite.a_memo_goes_with_its_owner().await?;
    suite.a_wipe_forgets_one_owner_unless_somebody_is_at_work().await
}

struct Suite<'f, 'a> {
    fixture: &'f JournalFixture<'a>,
    journal: Arc<dyn Journal + 'a>,
}

impl<'a> Suite<'_, 'a> {
    async fn a_scope_without_rows_answers_with_nothing(&self) -> Result<(), Broken> {
        let (scope, one) = (Scope::of("nothing", "ann"), [(id("Habit", 1), 0)]);
        ensure!(self.journal.run(&scope).await?.is_none(), "a run is found that nobody began");
        ensure!(self.journal.scopes().await?.is_empty(), "a new journal has runs");
        ensure!(self.journal.carried(&scope, &one).await? == [None], "a new ledger has rows");
        ensure!(self.journal.carried_at(&scope, &["a/1".to_owned()]).await? == [None], "a new ledger has addresses");
        ensure!(self.journal.owners(&scope, &[7]).await? == [None], "a new journal has marks");
        ensure!(self.journal.ledger(&scope, 0, 9).await?.is_empty(), "a new ledger has a page");
        ensure!(self.journal.ledger_sizes(&scope).await?.is_empty(), "a new ledger has a size");
        ensure!(self.journal.quarantine(&scope, 0, 9).await?.is_empty(), "something is set aside in a new journal");
        ensure!(!self.journal.installation().id.is_empty(), "an installation has no id");
        Ok(())
    }

    async fn a_store_is_its_first_owners(&self) -> Result<(), Broken> {
        let other = self.other().await?;
        ensure!(self.journal.own_store("s", "ann").await? == StoreOwner::Yours, "the first is no owner of a store");
        let answer = other.own_store("s", "ben").await?;
        ensure!(answer == StoreOwner::Another("ann".to_owned()), "a second owner is given a store that has one");
        ensure!(other.own_store("s", "ann").await? == StoreOwner::Yours, "an owner is refused the second time");
        other.disown_store("s").await?;
        ensure!(self.journal.own_store("s", "ben").await? == StoreOwner::Yours, "a disowned store keeps its owner");
        Ok(())
    }

    async fn a_run_comes_back_as_it_was_begun(&self) -> Result<(), Broken> {
        let scope = Scope { plan: "begun".to_owned(), owner: None, shard: 3 };
        let lease = self.lease(&scope).await?;
        let first = run(1);
        self.journal.begin(&lease, &first).await?;
        let other = self.other().await?;
        ensure!(other.run(&scope).await? == Some(first.clone()), "a run comes back as another than was begun");
        ensure!(other.scopes().await?.contains(&scope), "a scope that has a run is not listed");
        self.journal.renew(&lease, at(50)).await?;
        let heard = other.run(&scope).await?.map(|run| run.heartbeat);
        ensure!(heard == Some(at(50)), "a heartbeat does not show in the run");

        let next = first.rolled_back(at(60));
        self.journal.begin(&lease, &next).await?;
        ensure!(other.run(&scope).await? == Some(next), "a second generation does not take the place of the first");
        let again = self.journal.begin(&lease, &first).await;
        ensure!(again.is_err(), "a generation is begun that is not after the one there is");
        Ok(())
    }

    async fn a_step_is_there_for_everybody(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("step").await?;
        let sent = Some(Sent { pass: 2, cursor: Some(Cursor::new("c9")) });
        let position = Position { pass: 2, cursor: Some(Cursor::new("c\0€")), sent, history: None };
        let counters =
            Counters { read: 3, carried: 2, quarantined: 1, bytes: u64::from(u32::MAX) + 1, ..run(1).counters };
        let saved =
            Saved { position: position.clone(), counters, paused: Some("too many".to_owned()), ..Saved::default() };
        self.journal.save(&lease, &saved, at(5)).await?;
        let found = self.run(&scope).await?;
        ensure!(found.position == position && found.counters == counters, "a step comes back as another");
        ensure!(found.paused.as_deref() == Some("too many"), "why a run stands still is not kept");
        ensure!(found.status == Status::Running && found.heartbeat == at(5), "a step is not heard of");

        self.journal.save(&lease, &Saved { status: Some(Status::Complete), ..Saved::default() }, at(6)).await?;
        self.journal.save(&lease, &Saved { status: Some(Status::Verified), ..Saved::default() }, at(7)).await?;
        let found = self.run(&scope).await?;
        ensure!(found.finished == Some(at(6)), "when a run was finished first is not kept");
        ensure!(found.status == Status::Verified && found.paused.is_none(), "a later step is not kept");
        ensure!(found.position == Position::default(), "parts of an earlier position are left");
        Ok(())
    }

    async fn a_status_only_grows(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("grows").await?;
        let complete = Saved { status: Some(Status::Complete), ..Saved::default() };
        self.journal.save(&lease, &complete, at(2)).await?;
        let back = Saved { status: Some(Status::Running), carried: vec![carried(id("H", 1), 0, "h/1")], ..complete };
        ensure!(self.journal.save(&lease, &back, at(3)).await.is_err(), "a status goes back within a generation");
        ensure!(self.run(&scope).await?.status == Status::Complete, "a refused step changes the run");
        ensure!(self.journal.ledger(&scope, 0, 9).await?.is_empty(), "a refused step is kept in part");
        Ok(())
    }

    async fn one_holds_the_lease(&self) -> Result<(), Broken> {
        let (scope, other) = (Scope::of("held", "ann"), self.other().await?);
        let patience = Ask::Unheard(Duration::from_secs(300));
        let Leased::Yours(first) = self.journal.lease(&scope, "app", patience, at(0)).await? else {
            return Err(Broken("a lease that nobody has is not given".to_owned()));
        };
        let second = other.lease(&scope, "extension", patience, at(299)).await?;
        let held = Leased::Held { by: "app".to_owned(), heartbeat: at(0) };
        ensure!(second == held, "a lease that somebody has is answered with {second:?}");
        other.release(&first).await?;
        let Leased::Yours(second) = other.lease(&scope, "extension", patience, at(299)).await? else {
            return Err(Broken("a lease that was given back is not given again".to_owned()));
        };
        ensure!(second.epoch > first.epoch, "the epoch of a lease does not grow");
        let lost = self.journal.renew(&first, at(300)).await;
        ensure!(is(ErrorKind::Fenced, &lost), "a lease that was given back can be renewed");
        Ok(())
    }

    async fn a_holder_not_heard_of_is_followed(&self) -> Result<(), Broken> {
        let scope = Scope::of("unheard", "ann");
        let first = self.lease(&scope).await?;
        self.journal.renew(&first, at(100)).await?;
        ensure!(!self.given(&scope, at(399)).await?, "a holder that was heard of loses its lease");
        ensure!(self.given(&scope, at(400)).await?, "a holder not heard of for long keeps its lease");
        let forced = self.journal.lease(&scope, "third", Ask::Force, at(400)).await?;
        ensure!(matches!(forced, Leased::Yours(_)), "a lease that is asked for in any case is not given");
        Ok(())
    }

    async fn a_successor_need_not_wait(&self) -> Result<(), Broken> {
        let scope = Scope::of("killed", "ann");
        let (patience, other) = (Ask::Unheard(Duration::from_secs(300)), self.other().await?);
        let Leased::Yours(killed) = self.journal.lease(&scope, "app", patience, at(0)).await? else {
            return Err(Broken("a lease that nobody has is not given".to_owned()));
        };
        let Leased::Yours(next) = other.lease(&scope, "app", patience, at(1)).await? else {
            return Err(Broken("an app that was killed and opened again waits for itself".to_owned()));
        };
        ensure!(next.epoch > killed.epoch, "a successor has its predecessor's epoch");
        let lost = self.journal.renew(&killed, at(2)).await;
        ensure!(is(ErrorKind::Fenced, &lost), "two of one name have a lease together");
        Ok(())
    }

    async fn a_clock_set_back_neither_locks_out_nor_steals(&self) -> Result<(), Broken> {
        let scope = Scope::of("clock", "ann");
        let lease = self.lease(&scope).await?;
        self.journal.renew(&lease, at(1_000_000)).await?;
        ensure!(!self.given(&scope, at(0)).await?, "a heartbeat from the future is no heartbeat");
        ensure!(!self.given(&scope, at(299)).await?, "a heartbeat from the future counts for too short a time");
        self.journal.renew(&lease, at(299)).await?;
        ensure!(!self.given(&scope, at(301)).await?, "a holder that is there loses its lease when the clock is set");
        self.journal.renew(&lease, at(1_000_000)).await?;
        ensure!(!self.given(&scope, at(400)).await?, "an earlier doubt counts though the holder was heard of");
        ensure!(!self.given(&scope, at(100)).await?, "a clock that is set back twice takes a lease away");
        ensure!(self.given(&scope, at(400)).await?, "a heartbeat from the future locks out for ever");
        Ok(())
    }

    async fn a_lease_taken_over_writes_nothing(&self) -> Result<(), Broken> {
        let (scope, old) = self.begun("fenced").await?;
        let other = self.other().await?;
        other.lease(&scope, "extension", Ask::Force, at(1)).await?;
        let before = self.run(&scope).await?;
        let saved = Saved { carried: vec![carried(id("Habit", 1), 0, "h/1")], ..Saved::default() };
        let attempts = [
            self.journal.save(&old, &saved, at(2)).await,
            self.journal.begin(&old, &run(2)).await,
            self.journal.renew(&old, at(2)).await,
            self.journal.unsee(&old, "Habit").await,
            self.journal.release(&old).await,
        ];
        ensure!(attempts.iter().all(|attempt| is(ErrorKind::Fenced, attempt)), "a lost lease still writes");
        ensure!(self.run(&scope).await? == before, "a lost lease has changed the run");
        ensure!(self.journal.ledger(&scope, 0, 9).await?.is_empty(), "a lost lease has written to the ledger");
        Ok(())
    }

    async fn the_ledger_finds_what_was_carried(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("ledger").await?;
        let rows: Vec<Carried> = keys()
            .into_iter()
            .enumerate()
            .map(|(number, key)| {
                let source = RecordId { entity: "Habit".into(), key };
                carried(source, 0, &format!("habits/{number}"))
            })
            .collect();
        self.save(&lease, Saved { carried: rows.clone(), ..Saved::default() }).await?;
        let second = Carried { version: None, ours: false, ..carried(id("Habit", 7), 1, "streaks/7") };
        self.save(&lease, Saved { carried: vec![second.clone()], ..Saved::default() }).await?;

        let other = self.other().await?;
        let mut asked: Vec<_> = rows.iter().map(|row| (row.source.clone(), 0)).collect();
        asked.extend([(id("Habit", 7), 1), (id("Habit", 8), 0), (id("Streak", 7), 0)]);
        let expected = rows.iter().chain([&second]).cloned().map(Some).chain([None, None]);
        ensure!(
            other.carried(&scope, &asked).await?.into_iter().eq(expected),
            "rows of the ledger are not found by record"
        );
        let found = other.carried_by(&scope, &[id("Streak", 7), id("Habit", 7)]).await?;
        let first = rows.iter().find(|row| row.source == id("Habit", 7));
        let expected = first.into_iter().chain([&second]).cloned().collect();
        ensure!(found == [Vec::new(), expected], "the rows of a record are not all of it, by slot");
        let asked = ["streaks/7", "habits/0", "habits/99"].map(str::to_owned);
        let expected = [Some(second.clone()), Some(rows[0].clone()), None];
        ensure!(other.carried_at(&scope, &asked).await? == expected, "rows of the ledger are not found by address");

        let moved = Carried { address: "streaks/moved".to_owned(), ..second.clone() };
        let newcomer = carried(id("Habit", 70), 1, "habits/0");
        self.save(&lease, Saved { carried: vec![moved.clone(), newcomer.clone()], ..Saved::default() }).await?;
        let asked = ["streaks/7", "streaks/moved", "habits/0"].map(str::to_owned);
        let found = other.carried_at(&scope, &asked).await?;
        ensure!(
            found == [None, Some(moved), Some(newcomer)],
            "an address is not of the record that was carried there last"
        );
        Ok(())
    }

    async fn the_ledger_is_read_a_page_at_a_time(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("pages").await?;
        let rows: Vec<Carried> = (0..7).map(|key| carried(id("Habit", key), 0, &format!("h/{key}"))).collect();
        self.save(&lease, Saved { carried: rows.clone(), ..Saved::default() }).await?;
        let (mut after, mut found) = (0, Vec::new());
        loop {
            let page = self.journal.ledger(&scope, after, 3).await?;
            ensure!(page.len() <= 3, "a page of the ledger has more rows than were asked for");
            let Some((last, _)) = page.last() else { break };
            after = *last;
            found.extend(page.into_iter().map(|(_, row)| row));
        }
        ensure!(found == rows, "the pages of the ledger are not all of its rows, each once");
        let forgotten = vec![(id("Habit", 3), 0), (id("Habit", 99), 0)];
        self.save(&lease, Saved { forgotten, ..Saved::default() }).await?;
        ensure!(self.journal.ledger(&scope, 0, 99).await?.len() == 6, "a forgotten row is still there, or others went");
        let sizes = self.journal.ledger_sizes(&scope).await?;
        ensure!(sizes.iter().map(|(_, rows)| rows).sum::<u64>() == 6, "the ledger's sizes are not those of its rows");
        let carried = vec![carried(id("Habit", 4), 0, "h/new")];
        let saved = Saved { carried, forgotten: vec![(id("Habit", 4), 0)], ..Saved::default() };
        self.save(&lease, saved).await?;
        let found = self.journal.carried_at(&scope, &["h/new".to_owned(), "h/4".to_owned()]).await?;
        ensure!(found[0].is_some() && found[1].is_none(), "what a step forgets takes away what the same step carries");
        Ok(())
    }

    async fn what_was_not_met_again_is_told(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("seen").await?;
        let rows: Vec<Carried> = (0..5).map(|key| carried(id("Habit", key), 0, &format!("h/{key}"))).collect();
        let other = carried(id("Streak", 1), 0, "s/1");
        let second = carried(id("Habit", 3), 9, "more/3");
        self.save(&lease, Saved { carried: [rows.clone(), vec![second, other]].concat(), ..Saved::default() }).await?;
        ensure!(self.unseen(&scope).await?.is_empty(), "what was just carried counts as not met");
        for _ in 0..2 {
            self.journal.unsee(&lease, "Habit").await?;
            let seen = vec![id("Habit", 0), id("Habit", 3), id("Nobody", 3)];
            let carried = vec![rows[1].clone()];
            self.save(&lease, Saved { seen, carried, ..Saved::default() }).await?;
            let unseen = self.unseen(&scope).await?;
            ensure!(unseen == [rows[2].clone(), rows[4].clone()], "the rows not met since are other ones");
        }
        let first = self.journal.unseen(&scope, "Habit", 0, 1).await?;
        ensure!(first.len() == 1, "a page of rows not met has more than were asked for");
        let rest = self.journal.unseen(&scope, "Habit", first[0].0, 9).await?;
        ensure!(rest.len() == 1 && rest[0].1 == rows[4], "the pages of rows not met do not follow each other");
        ensure!(
            self.journal.unseen(&scope, "Streak", 0, 9).await?.is_empty(),
            "a reading of one entity counts for others"
        );
        Ok(())
    }

    async fn marks_have_one_owner(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("marks").await?;
        let marks = vec![(i64::MIN, id("Habit", 1)), (-1, id("Habit", 2)), (-1, id("Streak", 3))];
        self.save(&lease, Saved { marks, ..Saved::default() }).await?;
        let owners = self.journal.owners(&scope, &[-1, 5, i64::MIN]).await?;
        ensure!(
            owners == [Some(id("Streak", 3)), None, Some(id("Habit", 1))],
            "marks have other owners than were saved"
        );
        let other = self.other().await?;
        let marks = vec![(5, id("Habit", 4)), (-1, id("Habit", 4))];
        other.save(&lease, &Saved { marks, ..Saved::default() }, at(2)).await?;
        for journal in [&self.journal, &other] {
            let owners = journal.owners(&scope, &[-1, 4, i64::MIN, 5, -1]).await?;
            let (first, last) = (Some(id("Habit", 1)), Some(id("Habit", 4)));
            ensure!(
                owners == [last.clone(), None, first, last.clone(), last],
                "marks do not have the owners that were saved last, by whichever process"
            );
        }
        Ok(())
    }

    async fn a_record_set_aside_is_kept_whole_and_once(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("aside").await?;
        let mut rows: Vec<_> = keys().into_iter().map(|key| set_aside("Habit", key, "first")).collect();
        self.save(&lease, Saved { quarantined: rows.clone(), ..Saved::default() }).await?;
        let kept = |address: &str| Kept { address: address.to_owned(), fields: document() };
        for documents in [vec![kept("habits/before")], vec![kept("habits/x"), kept("habits/x/streaks/y")]] {
            let again = Quarantined { documents, ..set_aside("Habit", keys()[2].clone(), "second") };
            self.save(&lease, Saved { quarantined: vec![again.clone()], ..Saved::default() }).await?;
            rows[2] = again;
        }
        let other = self.other().await?;
        let found = other.quarantine(&scope, 0, 99).await?;
        ensure!(
            found.iter().map(|(_, row)| row).eq(&rows.iter().map(SetAside::from).collect::<Vec<_>>()),
            "what was set aside is not kept whole, or not once"
        );
        for ((number, _), row) in found.iter().zip(&rows) {
            ensure!(other.refused(&scope, *number).await? == row.documents, "refused documents come back as others");
            let elsewhere = other.refused(&Scope::of("aside", "ben"), *number).await?;
            ensure!(elsewhere.is_empty(), "one scope sees the documents of another");
        }
        Ok(())
    }

    async fn what_is_set_aside_can_be_dropped_and_released(&self) -> Result<(), Broken> {
        let (scope, lease) = self.begun("dropped").await?;
        let kept = Kept { address: "habits/x".to_owned(), fields: document() };
        let set_aside =
            |key, why: &str| Quarantined { documents: vec![kept.clone()], ..set_aside("Habit", Key::Int(key), why) };
        let rows: Vec<_> = (0..5).map(|key| set_aside(key, "kept")).collect();
        self.save(&lease, Saved { quarantined: rows.clone(), ..Saved::default() }).await?;
        let numbers: Vec<u64> =
            self.journal.quarantine(&scope, 0, 99).await?.iter().map(|(number, _)| *number).collect();
        ensure!(numbers.len() == 5, "not everything that was set aside is listed");
        let page = self.journal.quarantine(&scope, numbers[1], 2).await?;
        ensure!(page.iter().map(|(number, _)| *number).eq(numbers[2..4].iter().copied()), "a page is not what follows");
        self.journal.drop_quarantined(&scope, &numbers[4..]).await?;
        let quarantined = vec![set_aside(9, "later")];
        self.save(&lease, Saved { quarantined, ..Saved::default() }).await?;
        let left = self.journal.quarantine(&scope, numbers[4], 9).await?;
        ensure!(left.len() == 1, "a number that was dropped is given to another record");
        let saved = Saved { released: vec![id("Habit", 0), id("Habit", 99)], ..Saved::default() };
        self.save(&lease, saved).await?;
        let left: Vec<_> = self.journal.quarantine(&scope, 0, 9).await?;
        let left: Vec<_> = left.iter().map(|(_, row)| row.record.key.clone()).collect();
        ensure!(left == [1, 2, 3, 9].map(Key::Int), "other records are released or dropped than were named");
        for gone in [numbers[0], numbers[4]] {
            ensure!(self.journal.refused(&scope, gone).await?.is_empty(), "a document outlives its record's release");
        }
        ensure!(self.journal.refused(&scope, numbers[1]).await?.len() == 1, "a document goes with another record");
        Ok(())
    }

    async fn scopes_do_not_see_each_other(&self) -> Result<(), Broken> {
        let one = Scope::of("apart", "ann");
        let others = [
            Scope::of("apart", "ben"),
            Scope { owner: None, ..one.clone() },
            Scope { shard: 1, ..one.clone() },
            Scope::of("other", "ann"),
        ];
        let lease = self.begun_in(&one).await?;
        let (source, quarantined) = (id("Habit", 1), vec![set_aside("Habit", Key::Int(1), "")]);
        let (carried, marks) = (vec![carried(source.clone(), 0, "h/1")], vec![(1, source.clone())]);
        self.save(&lease, Saved { carried, marks, quarantined, ..Saved::default() }).await?;
        for scope in &others {
            self.begun_in(scope).await?;
            let at_address = self.journal.carried_at(scope, &["h/1".to_owned()]).await?;
            let sees = self.journal.carried(scope, &[(source.clone(), 0)]).await? != [None]
                || at_address != [None]
                || self.journal.owners(scope, &[1]).await? != [None]
                || !self.journal.ledger(scope, 0, 9).await?.is_empty()
                || !self.journal.unseen(scope, "Habit", 0, 9).await?.is_empty()
                || !self.journal.quarantine(scope, 0, 9).await?.is_empty();
            ensure!(!sees, "one scope sees the rows of another");
        }
        let numbers: Vec<u64> = self.journal.quarantine(&one, 0, 9).await?.iter().map(|(number, _)| *number).collect();
        self.journal.drop_quarantined(&others[0], &numbers).await?;
        ensure!(self.journal.quarantine(&one, 0, 9).await?.len() == 1, "one scope drops the rows of another");
        Ok(())
    }

    async fn other(&self) -> Result<Arc<dyn Journal + 'a>, Broken> {
        Ok((self.fixture.open)().await?)
    }

    async fn lease(&self, scope: &Scope) -> Result<Lease, Broken> {
        match self.journal.lease(scope, "suite", Ask::Unheard(Duration::from_secs(300)), at(0)).await? {
            Leased::Yours(lease) => Ok(lease),
            Leased::Held { .. } => Err(Broken("a lease that nobody has is not given".to_owned())),
        }
    }

    /// Whether somebody else is given a lease who waits for 300 seconds.
    async fn given(&self, scope: &Scope, now: Timestamp) -> Result<bool, Broken> {
        let other = self.other().await?;
        let leased = other.lease(scope, "other", Ask::Unheard(Duration::from_secs(300)), now).await?;
        Ok(matches!(leased, Leased::Yours(_)))
    }

    async fn begun(&self, plan: &str) -> Result<(Scope, Lease), Broken> {
        let scope = Scope::of(plan, "ann");
        let lease = self.begun_in(&scope).await?;
        Ok((scope, lease))
    }

    async fn begun_in(&self, scope: &Scope) -> Result<Lease, Broken> {
        let lease = self.lease(scope).await?;
        self.journal.begin(&lease, &run(1)).await?;
        Ok(lease)
    }

    async fn run(&self, scope: &Scope) -> Result<Run, Broken> {
        let run = self.other().await?.run(scope).await?;
        run.ok_or_else(|| Broken("a run that was begun is not found by others".to_owned()))
    }

    async fn save(&self, lease: &Lease, saved: Saved) -> Result<(), Broken> {
        Ok(self.journal.save(lease, &saved, at(1)).await?)
    }

    async fn unseen(&self, scope: &Scope) -> Result<Vec<Carried>, Broken> {
        let rows = self.journal.unseen(scope, "Habit", 0, 99).await?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }
}

fn is<T>(kind: ErrorKind, answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(error) if error.kind() == kind)
}
