//! The clauses about what a write has a say in, among fields of others.

use std::sync::Arc;

use super::target::{Suite, durable};
use super::{Broken, ensure, values};
use crate::record::{Kind, Map, Name, Value};
use crate::store::{Condition, Content, Fields, Outcome, Say};

/// Names of fields, most of which are no plain words.
const ODD: [&str; 6] = ["number", "a.b", "9", "`tick`", "back\\slash", "née 🦋"];

impl Suite<'_, '_> {
    pub(super) async fn a_write_leaves_alone_what_it_has_no_say_in(&self) -> Result<(), Broken> {
        self.beside_fields_of_others().await?;
        if self.target.rules().holds.contains(&Kind::Map) { self.within_maps().await } else { Ok(()) }
    }

    /// Odd names included: some targets name fields in a language of their own.
    async fn beside_fields_of_others(&self) -> Result<(), Broken> {
        let [zero, one] = [0, 1].map(|number| values::number(self.target.rules(), number));
        let named = |names: &[&str], value: &Value| -> Map {
            names.iter().map(|name| ((*name).to_owned(), value.clone())).collect()
        };
        let say = Say::over(ODD.iter().chain(&["gone"]).map(|name| [Name::from(*name)].into()));
        let ours = || Some(Fields::Among(named(&ODD, &one).into(), say.clone()));
        self.write_fields("among", ours(), Condition::Always).await?;
        self.is_there("among", &named(&ODD, &one), "a write where nothing is brings other fields than its own").await?;

        let mut there = named(&ODD, &zero);
        there.extend(named(&["theirs", "a", "its own"], &zero));
        self.put("among", &there.clone().into_iter().chain(named(&["gone"], &zero)).collect()).await?;
        self.write_fields("among", ours(), Condition::Always).await?;
        let found = self.look("among").await?.map(|found| found.fields).unwrap_or_default();
        ensure!(!found.contains_key("gone"), "a field stays that a write has a say in and does not bring");
        there.extend(named(&ODD, &one));
        ensure!(found == there, "a write changes a field that it has no say in, or not each of its own");
        let nothing = Fields::Among(Content::default(), Say::over([]));
        self.write_fields("among", Some(nothing), Condition::Always).await?;
        self.is_there("among", &there, "a write that has a say in nothing changes what is there").await
    }

    async fn within_maps(&self) -> Result<(), Broken> {
        let [zero, one] = [0, 1].map(|number| values::number(self.target.rules(), number));
        let inside = |pairs: &[(&str, &Value)]| -> Value {
            Value::Map(pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::clone(value))).collect())
        };
        let document = |of: Value, by: Option<Value>| -> Map {
            let by = by.map(|by| ("by".to_owned(), by));
            [("of".to_owned(), of)].into_iter().chain(by).collect()
        };
        let say = Say::over(
            [&["of"][..], &["by", "us.1"], &["by", "gone"]]
                .map(|way| -> Arc<[Name]> { way.iter().map(|name| Name::from(*name)).collect() }),
        );
        let ours = Fields::Among(document(inside(&[("us", &one)]), Some(inside(&[("us.1", &one)]))).into(), say);

        self.put("within", &document(inside(&[("theirs", &zero)]), None)).await?;
        self.write_fields("within", Some(ours.clone()), Condition::Always).await?;
        let wanted = document(inside(&[("us", &one)]), Some(inside(&[("us.1", &one)])));
        self.is_there("within", &wanted, "a map that a write has a say in is not as it brings it").await?;

        let by = inside(&[("us.1", &zero), ("gone", &zero), ("theirs", &zero)]);
        self.put("within", &document(inside(&[]), Some(by))).await?;
        self.write_fields("within", Some(ours), Condition::Always).await?;
        let wanted = document(inside(&[("us", &one)]), Some(inside(&[("us.1", &one), ("theirs", &zero)])));
        self.is_there("within", &wanted, "a write with a say in a part of a map changes another part, or not its own")
            .await
    }

    pub(super) async fn a_say_changes_no_condition(&self) -> Result<(), Broken> {
        let ours = |number| {
            let fields = self.plain(number);
            let say = Say::over(fields.keys().map(|name| [Name::from(name.as_str())].into()));
            Some(Fields::Among(fields.into(), say))
        };
        let outcome = self.write_fields("said", ours(1), Condition::Absent).await?;
        let Outcome::Durable(Some(old)) = outcome else {
            return Err(Broken(format!("a write with a say where nothing is there is {outcome:?}")));
        };
        let outcome = self.write_fields("said", ours(2), Condition::Absent).await?;
        ensure!(outcome == Outcome::Exists, "a write with a say over what must not be there is {outcome:?}");
        let outcome = self.write_fields("said", ours(2), Condition::Version(old.clone())).await?;
        ensure!(durable(&outcome), "a write with a say over the version that is there is {outcome:?}");
        let outcome = self.write_fields("said", ours(3), Condition::Version(old)).await?;
        ensure!(outcome == Outcome::Exists, "a write with a say over a version that is gone is {outcome:?}");
        self.is_there("said", &self.plain(2), "a write with a say happened against its condition").await
    }
}
