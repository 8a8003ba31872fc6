//! Stamps: the plan's and the move's own together, and none over a field.

use super::super::problem::Place;
use super::super::resolved::{FieldRule, Rule};
use super::super::tree::{At, FieldText, RuleText};
use super::model::Model;

/// The plan's stamps with the move's in their place or beside them, map by map.
pub(super) fn merged(general: &[FieldText], own: &[FieldText]) -> Vec<FieldText> {
    let mut stamps = general.to_vec();
    for stamp in own {
        let Some(there) = stamps.iter_mut().find(|there| there.name.it == stamp.name.it) else {
            stamps.push(stamp.clone());
            continue;
        };
        let both = match (&there.rule.it, &stamp.rule.it) {
            (RuleText::Map(general), RuleText::Map(own)) => RuleText::Map(merged(general, own)),
            _ => stamp.rule.it.clone(),
        };
        *there = FieldText { name: stamp.name.clone(), rule: At { place: stamp.rule.place, it: both } };
    }
    stamps
}

impl Model<'_> {
    /// Whether each stamp has a place of its own among the fields; maps may be shared.
    pub(super) fn check_hidden(&self, fields: &[FieldRule], stamps: &[FieldRule], place: Place) {
        for stamp in stamps {
            let Some(field) = fields.iter().find(|field| field.name == stamp.name) else { continue };
            match (&field.rule, &stamp.rule) {
                (Rule::Map(fields), Rule::Map(stamps)) => self.check_hidden(fields, stamps, place),
                _ => {
                    let what = format!("the stamp \"{}\" would hide the field of that name", stamp.name);
                    self.report.error(place, what, "give one of them another name, or leave the field out");
                }
            }
        }
    }
}
