//! Who is newer: the record that is carried, or what is at its address already.

use std::cmp::Ordering;
use std::sync::Arc;

use super::filter::order;
use super::stamps::{Stamp, flat};
use super::{Document, Move, Nulls, Rule};
use crate::record::{Map, Name};
use crate::store::Say;

impl Move {
    /// The field of the document that holds what says how new it is, where one takes it as it is. Without it nobody can
    /// tell from the document.
    pub fn revision_field(&self) -> Option<&Name> {
        let revision = self.revision.as_ref()?;
        let holds = |rule: &Rule| {
            matches!(rule, Rule::Take { from, convert: None, nulls }
                if from == revision && !matches!(nulls, Nulls::Default(_)))
        };
        self.fields.iter().find(|field| holds(&field.rule)).map(|field| &field.name)
    }

    /// The ways into the document to its stamps, which are no part of its content.
    pub fn stamp_ways(&self) -> Vec<Arc<[Name]>> {
        flat(&self.stamps).into_iter().map(|stamp| stamp.way).collect()
    }

    /// Those of the ways that lead to what is the same in every document and at every time.
    pub fn lasting_stamp_ways(&self) -> Vec<Arc<[Name]>> {
        flat(&self.stamps).into_iter().filter(Stamp::is_lasting).map(|stamp| stamp.way).collect()
    }

    /// What a document of its has a say in. A field is meant whole, as the content hash takes it; a stamp alone where its
    /// way ends, since the hash leaves out just that, so that others may keep something of theirs beside it.
    pub fn say(&self) -> Say {
        let fields = self.fields.iter().map(|field| [field.name.clone()].into());
        Say::over(fields.chain(self.stamp_ways()))
    }

    /// How new what was found at a document's address is, compared with the document; none where it cannot be told.
    ///
    /// `Less` is older than ours.
    pub fn age(&self, found: &Map, document: &Document) -> Option<Ordering> {
        let theirs = found.get(&**self.revision_field()?)?;
        order(theirs, document.revision.as_ref()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Context, Mapped, Mapper, PlanFile};
    use crate::record::{Key, Record, RecordId, Timestamp, Value};
    use crate::schema::Schema;
    use crate::stores::firestore;

    const PLAN: &str = "name = \"n\"\n[[move]]\nentity = \"notes/{id}\"\ndocument = \"users/{uid}/notes/{id}\"\n\
                        revision = \"edited\"\nfields = { edited = \"edited\" }\nstamp = { by = \"us\" }\n";

    fn age(plan: &str, ours: Value, theirs: Value) -> Option<Ordering> {
        let (rules, schema) = (firestore::rules(), Schema { open: true, ..Schema::default() });
        let plan = PlanFile::check(plan, "n.toml", &schema, &rules).unwrap().plan;
        let context = Context { owner: "ann", now: Timestamp::from_millis(0) };
        let id = RecordId { entity: "notes/{id}".into(), key: Key::Parts(vec![Key::Text("n1".to_owned())]) };
        let record = Record { id, values: vec![ours], related: vec![] };
        let mapped = Mapper::new(&plan, &rules, context).map(0, record).unwrap().remove(0);
        let Mapped::Document(document) = mapped else { panic!("no document") };
        plan.passes[0].moves[0].age(&Map::from([("edited".to_owned(), theirs)]), &document)
    }

    #[test]
    fn what_was_edited_before_is_older() {
        assert_eq!(age(PLAN, Value::Int(2), Value::Int(1)), Some(Ordering::Less));
        assert_eq!(age(PLAN, Value::Int(2), Value::Int(2)), Some(Ordering::Equal));
        assert_eq!(age(PLAN, Value::Int(2), Value::Int(3)), Some(Ordering::Greater));
    }

    #[test]
    fn nobody_can_tell_without_a_revision_of_one_kind_on_both_sides() {
        assert_eq!(age(PLAN, Value::Int(2), Value::from("yesterday")), None);
        assert_eq!(age(PLAN, Value::Null, Value::Int(1)), None);
        assert_eq!(age(&PLAN.replace("{ edited = ", "{ changed = "), Value::Int(2), Value::Int(1)), None);
        assert_eq!(age(&PLAN.replace("revision = \"edited\"\n", ""), Value::Int(2), Value::Int(1)), None);
    }
}
