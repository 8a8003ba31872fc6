//! The contract of a target, clause by clause.

use std::sync::Arc;

use super::{Broken, Can, Skipped, ensure, values};
use crate::error::Result;
use crate::record::{Map, Name};
use crate::store::{Answer, Batches, Condition, Fields, Found, Outcome, Target, Version, Write};

/// A store to write to.
pub struct TargetFixture<'a> {
    /// Opens the same store anew, as a later process would.
    pub open: Box<dyn Fn() -> Answer<'a, Arc<dyn Target + 'a>> + 'a>,
    /// A collection or table for the suite alone, empty at first.
    pub collection: String,
    /// Fields that the target will never take.
    pub refused: Can<Map>,
}

/// Puts a target through every clause of [`Target`]'s contract; answers with the clauses it was excused from.
pub async fn target(fixture: &TargetFixture<'_>) -> Result<Vec<Skipped>, Broken> {
    let mut skipped = Vec::new();
    let suite = Suite { fixture, target: (fixture.open)().await? };
    suite.nothing_is_there_at_first().await?;
    suite.a_collection_is_counted_and_listed_in_order().await?;
    suite.a_write_is_there_for_everybody().await?;
    suite.a_write_replaces_all_of_what_was_there().await?;
    suite.a_write_leaves_alone_what_it_has_no_say_in().await?;
    suite.a_delete_takes_away_what_may_be_there().await?;
    suite.a_look_answers_in_order_with_what_was_asked().await?;
    suite.every_kind_of_value_comes_back().await?;
    suite.a_full_batch_is_taken().await?;
    suite.it_is_known_again().await?;
    if suite.target.capabilities().conditional {
        suite.absent_keeps_what_is_there().await?;
        suite.a_version_guards_against_writes_in_between().await?;
        suite.what_was_written_to_since_is_no_original().await?;
        suite.a_say_changes_no_condition().await?;
        suite.a_batch_with_an_existing_record_answers_as_promised().await?;
    } else {
        skipped.push(Skipped { clause: "conditions are kept", why: "the target keeps none by its capabilities" });
    }
    match &fixture.refused {
        Can::Yes(fields) => suite.a_refused_write_is_told(fields).await?,
        Can::No(why) => skipped.push(Skipped { clause: "a write that is never taken is refused", why }),
    }
    Ok(skipped)
}

pub(super) struct Suite<'f, 'a> {
    pub(super) fixture: &'f TargetFixture<'a>,
    pub(super) target: Arc<dyn Target + 'a>,
}

impl Suite<'_, '_> {
    async fn nothing_is_there_at_first(&self) -> Result<(), Broken> {
        ensure!(self.target.write(&[]).await?.is_empty(), "no writes are answered with outcomes");
        ensure!(self.target.look(&[], None).await?.is_empty(), "no addresses are answered with records");
        ensure!(self.look("nobody").await?.is_none(), "something is found where nothing was written");
        Ok(())
    }

    async fn it_is_known_again(&self) -> Result<(), Broken> {
        let (here, there) = (self.target.identity().await?, (self.fixture.open)().await?.identity().await?);
        ensure!(here == there, "a target that is opened anew is another one: {here:?}, then {there:?}");
        Ok(())
    }

    async fn a_write_is_there_for_everybody(&self) -> Result<(), Broken> {
        let version = self.put("first", &self.plain(1)).await?;
        let later = (self.fixture.open)().await?;
        let found = later.look(&[self.address("first")], None).await?.pop().flatten();
        let Some(found) = found else {
            return Err(Broken("a durable write is not found by a target opened anew".to_owned()));
        };
        ensure!(found.fields == self.plain(1), "a durable write is found with other fields");
        ensure!(version.is_none_or(|version| version == found.version), "a look finds another version than was given");
        Ok(())
    }

    async fn a_write_replaces_all_of_what_was_there(&self) -> Result<(), Broken> {
        let (only, other) = (Map::from([("only".to_owned(), "here".into())]), self.plain(2));
        self.put("replaced", &only).await?;
        self.put("replaced", &other).await?;
        self.is_there("replaced", &other, "a write leaves fields of the one before").await
    }

    async fn a_delete_takes_away_what_may_be_there(&self) -> Result<(), Broken> {
        self.put("deleted", &self.plain(1)).await?;
        for sentence in ["a delete is not durable", "a delete of what is not there is not durable"] {
            let outcome = self.write("deleted", None, Condition::Always).await?;
            ensure!(outcome == Outcome::Durable(None), "{sentence}, without a version");
        }
        ensure!(self.look("deleted").await?.is_none(), "a deleted record is found");
        Ok(())
    }

    async fn a_look_answers_in_order_with_what_was_asked(&self) -> Result<(), Broken> {
        self.put("left", &self.plain(1)).await?;
        self.put("right", &self.plain(2)).await?;
        let addresses = ["right", "nobody", "left", "right"].map(|id| self.address(id));
        let found = self.target.look(&addresses, None).await?;
        let fields: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.fields.clone())).collect();
        let wanted = [Some(self.plain(2)), None, Some(self.plain(1)), Some(self.plain(2))];
        ensure!(fields == wanted, "a look does not answer once for each address in their order");
        let mut each = vec![None; addresses.len()];
        self.target.look_each(&addresses, None, &mut |place, found| each[place] = Some(found)).await?;
        ensure!(each == found, "a look that hands over each record hands over others, or with another's place");

        let names: [Name; 2] = ["number".into(), "no such field".into()];
        let masked = self.target.look(&[self.address("left")], Some(&names)).await?.pop().flatten();
        let wanted = self.plain(1).into_iter().filter(|(name, _)| name == "number").collect();
        let is_masked = masked.is_some_and(|found| found.fields == wanted);
        ensure!(is_masked, "a look for named fields answers with others, or without those that are there");

        let masked = self.target.look(&[self.address("left")], Some(&[])).await?.pop().flatten();
        let is_bare = masked.is_some_and(|found| found.fields.is_empty());
        ensure!(is_bare, "a look for no fields does not say just that something is there");
        Ok(())
    }

    async fn every_kind_of_value_comes_back(&self) -> Result<(), Broken> {
        let fields = values::of_every_kind(self.target.rules(), &self.address("values"));
        self.put("values", &fields).await?;
        let found = self.look("values").await?.map(|found| found.fields).unwrap_or_default();
        for (name, value) in &fields {
            let back = found.get(name);
            ensure!(back == Some(value), "the value `{name}` comes back as {back:?} where {value:?} was written");
        }
        ensure!(found.len() == fields.len(), "fields come back that nobody wrote");
        Ok(())
    }

    async fn a_full_batch_is_taken(&self) -> Result<(), Broken> {
        // Some targets have no limit worth the name.
        let count = self.target.rules().batch.max_writes.min(500);
        let write = |id| self.about(&format!("batch{id}"), Some(self.plain(1)), Condition::Always);
        let writes: Vec<_> = (0..count).map(write).collect();
        let outcomes = self.target.write(&writes).await?;
        ensure!(outcomes.len() == count, "{count} writes are answered with {} outcomes", outcomes.len());
        let all = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_)));
        ensure!(all, "a batch of {count} writes, which the rules allow, is not taken");
        Ok(())
    }

    async fn absent_keeps_what_is_there(&self) -> Result<(), Broken> {
        let outcome = self.write("absent", Some(self.plain(1)), Condition::Absent).await?;
        ensure!(matches!(outcome, Outcome::Durable(_)), "a write where nothing is there is {outcome:?}");
        let outcome = self.write("absent", Some(self.plain(2)), Condition::Absent).await?;
        ensure!(outcome == Outcome::Exists, "a write over what is there, if nothing is there, is {outcome:?}");
        self.is_there("absent", &self.plain(1), "a write that must find nothing changed what is there").await
    }

    async fn a_version_guards_against_writes_in_between(&self) -> Result<(), Broken> {
        let old = self.put("guarded", &self.plain(1)).await?.ok_or_else(no_version)?;
        let outcome = self.write("guarded", Some(self.plain(2)), Condition::Version(old.clone())).await?;
        let Outcome::Durable(Some(new)) = outcome else {
            return Err(Broken(format!("a write over the version that is there is {outcome:?}")));
        };
        ensure!(new != old, "two writes have the same version");
        for fields in [Some(self.plain(3)), None] {
            let outcome = self.write("guarded", fields, Condition::Version(old.clone())).await?;
            ensure!(outcome == Outcome::Exists, "a write over a version that is no longer there is {outcome:?}");
        }
        self.is_there("guarded", &self.plain(2), "a write over a version that is no longer there happened").await?;

        let outcome = self.write("guarded", None, Condition::Version(new.clone())).await?;
        ensure!(outcome == Outcome::Durable(None), "a delete of the version that is there is {outcome:?}");
        let outcome = self.write("guarded", Some(self.plain(3)), Condition::Version(new)).await?;
        ensure!(outcome == Outcome::Exists, "a write over a version that is gone is {outcome:?}");
        Ok(())
    }

    async fn what_was_written_to_since_is_no_original(&self) -> Result<(), Broken> {
        for id in ["original", "original"] {
            self.write(id, None, Condition::Always).await?;
            self.write(id, Some(self.plain(1)), Condition::Absent).await?;
            let is_original = self.look(id).await?.and_then(|found| found.is_original);
            ensure!(is_original != Some(false), "what was just created counts as written to since");
            self.put(id, &self.plain(2)).await?;
            let is_original = self.look(id).await?.and_then(|found| found.is_original);
            ensure!(is_original != Some(true), "what was written to counts as it was created");
        }
        Ok(())
    }

    async fn a_batch_with_an_existing_record_answers_as_promised(&self) -> Result<(), Broken> {
        self.put("taken", &self.plain(1)).await?;
        let bad = self.about("taken", Some(self.plain(2)), Condition::Absent);
        self.batch_with(bad, "existing", &Outcome::Exists).await?;
        self.is_there("taken", &self.plain(1), "a batch changed what it must find absent").await
    }

    async fn a_refused_write_is_told(&self, fields: &Map) -> Result<(), Broken> {
        let bad = self.about("refused", Some(fields.clone()), Condition::Always);
        let outcome = self.write("refused", Some(fields.clone()), Condition::Always).await?;
        let Outcome::Refused(refusal) = outcome else {
            return Err(Broken("a write that is never taken is not refused".to_owned()));
        };
        ensure!(!refusal.why.is_empty(), "a write is refused without a reason");
        ensure!(self.look("refused").await?.is_none(), "a refused write is found");
        self.batch_with(bad, "refused", &Outcome::Refused(refusal)).await
    }

    /// A batch of three, of which the one in the middle cannot happen.
    async fn batch_with(&self, bad: Write, kind: &str, at_fault: &Outcome) -> Result<(), Broken> {
        let (before, after) = (format!("before_{kind}"), format!("after_{kind}"));
        let good = |id: &str| self.about(id, Some(self.plain(1)), Condition::Always);
        let outcomes = self.target.write(&[good(&before), bad, good(&after)]).await?;
        let [first, middle, last] = &outcomes[..] else {
            return Err(Broken(format!("3 writes are answered with {} outcomes", outcomes.len())));
        };
        let is_atomic = self.target.capabilities().batches == Batches::Atomic;
        if is_atomic {
            let says_which = same_kind(middle, at_fault) && *first == Outcome::Retry && *last == Outcome::Retry;
            let says_none = same_kind(first, middle) && same_kind(middle, last) && !durable(middle);
            ensure!(says_which || says_none, "an atomic batch that could not happen answers {outcomes:?}");
        } else {
            ensure!(same_kind(middle, at_fault), "one write of a batch should be {at_fault:?} and is {middle:?}");
            ensure!(durable(first) && durable(last), "one write of a partly accepting target stops the others");
        }
        for id in [before, after] {
            let is_there = self.look(&id).await?.is_some();
            ensure!(is_there != is_atomic, "the other writes of a batch with a bad one did not go as it answered");
        }
        Ok(())
    }

    pub(super) fn plain(&self, number: i64) -> Map {
        values::plain(self.target.rules(), number)
    }

    pub(super) fn address(&self, id: &str) -> String {
        format!("{}/{id}", self.fixture.collection)
    }

    pub(super) fn about(&self, id: &str, fields: Option<Map>, condition: Condition) -> Write {
        Write { address: self.address(id), fields: fields.map(Fields::from), condition }
    }

    pub(super) async fn write(&self, id: &str, fields: Option<Map>, condition: Condition) -> Result<Outcome, Broken> {
        self.write_fields(id, fields.map(Fields::from), condition).await
    }

    pub(super) async fn write_fields(
        &self,
        id: &str,
        fields: Option<Fields>,
        condition: Condition,
    ) -> Result<Outcome, Broken> {
        let mut outcomes = self.target.write(&[Write { address: self.address(id), fields, condition }]).await?;
        ensure!(outcomes.len() == 1, "one write is answered with {} outcomes", outcomes.len());
        outcomes.pop().ok_or_else(no_version)
    }

    pub(super) async fn put(&self, id: &str, fields: &Map) -> Result<Option<Version>, Broken> {
        match self.write(id, Some(fields.clone()), Condition::Always).await? {
            Outcome::Durable(version) => Ok(version),
            other => Err(Broken(format!("a write without a condition is {other:?}"))),
        }
    }

    pub(super) async fn look(&self, id: &str) -> Result<Option<Found>, Broken> {
        let mut found = self.target.look(&[self.address(id)], None).await?;
        ensure!(found.len() == 1, "a look at one address is answered {} times", found.len());
        Ok(found.pop().flatten())
    }

    pub(super) async fn is_there(&self, id: &str, fields: &Map, otherwise: &str) -> Result<(), Broken> {
        let found = self.look(id).await?;
        ensure!(found.is_some_and(|found| found.fields == *fields), "{otherwise}");
        Ok(())
    }
}

fn no_version() -> Broken {
    Broken("a target that keeps conditions gives no version".to_owned())
}

pub(super) fn durable(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Durable(_))
}

fn same_kind(one: &Outcome, other: &Outcome) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}
