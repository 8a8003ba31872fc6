//! `where`, looked up: what must hold of a record, and whether it can.

use super::super::problem::{Place, advise, slip_of};
use super::super::resolved::{Comparison, Condition};
use super::super::tree::{At, ConditionText};
use super::kinds::{constant_of, is_ordered, with_article};
use super::model::Model;
use super::paths::{Found, Scope};
use crate::record::{Kind, Value};

impl Model<'_> {
    pub(super) fn condition(&self, scope: &mut Scope<'_>, text: &ConditionText) -> Option<Condition> {
        let found = self.compared(scope, &text.of)?;
        let place = text.is.place;
        let all = |values: &[Value]| {
            let values: Vec<_> =
                values.iter().map(|value| self.operand(&text.of.it, found.kind, value, place)).collect();
            values.into_iter().collect::<Option<Vec<_>>>()
        };
        let ordered = |value: &Value| {
            let value = self.operand(&text.of.it, found.kind, value, place)?;
            if is_ordered(value.kind()) {
                return Some(value);
            }
            let what = format!("{} has no more and less", with_article(value.kind()));
            self.report.error(place, what, "numbers, timestamps and text do");
            None
        };
        let is = match &text.is.it {
            Comparison::OneOf(values) => Comparison::OneOf(all(values)?),
            Comparison::NoneOf(values) => Comparison::NoneOf(all(values)?),
            Comparison::Exists(there) => Comparison::Exists(*there),
            Comparison::AtLeast(value) => Comparison::AtLeast(ordered(value)?),
            Comparison::Below(value) => Comparison::Below(ordered(value)?),
        };
        Some(Condition { of: found.path, is })
    }

    /// The value that is compared. Where nothing lies within it, the last word was meant to be a comparison.
    fn compared(&self, scope: &mut Scope<'_>, of: &At<String>) -> Option<Found> {
        let (parent, word) = of.it.rsplit_once('.').unwrap_or_default();
        let found = self.find(scope, &of.it);
        match &found {
            Err(_) if self.find(scope, parent).is_ok_and(|parent| !matches!(parent.kind, Kind::Map | Kind::Any)) => {
                let what = format!("unknown condition \"{word}\" of {parent}");
                self.report.error(of.place, what, advise(word, "a condition may have", Comparison::WORDS));
                return None;
            }
            // In a map of which nobody knows what is in it, anything can be a field.
            Ok(found) if found.kind == Kind::Any && !parent.is_empty() => match slip_of(word, &Comparison::WORDS) {
                Some(near) => {
                    let what = format!("a condition on a field \"{word}\" within {parent}");
                    let help = format!("did you mean {parent} = {{ {near} = … }}?");
                    self.report.warning(of.place, what, help);
                }
                None if !scope.entity.open => {
                    let what = format!("a condition on \"{word}\", and nothing tells whether {parent} holds one");
                    let help = format!("did you mean a comparison? Those are {}", Comparison::WORDS.join(", "));
                    self.report.warning(of.place, what, help);
                }
                None => {}
            },
            _ => {}
        }
        found.map_err(|mistake| self.report.mistake(of.place, mistake)).ok()
    }

    /// A constant that values of this kind are compared with.
    fn operand(&self, name: &str, kind: Kind, value: &Value, place: Place) -> Option<Value> {
        let operand = constant_of(kind, value);
        if operand.is_none() {
            let what = format!("{name} is {}, and is compared with {}", with_article(kind), with_article(value.kind()));
            self.report.error(place, what, format!("write {}", with_article(kind)));
        }
        operand
    }
}
