//! Where the references in a plan's documents lead.

use super::{FieldRule, Plan, Rule, Template};

impl Plan {
    /// The addresses of all references that its documents may hold. In JSON text they are text like any other.
    pub(crate) fn references(&self) -> Vec<&Template> {
        let mut found = Vec::new();
        for one in self.passes.iter().flat_map(|pass| &pass.moves) {
            in_fields(&one.fields, &mut found);
            in_fields(&one.stamps, &mut found);
        }
        found
    }
}

fn in_fields<'p>(fields: &'p [FieldRule], found: &mut Vec<&'p Template>) {
    fields.iter().for_each(|field| in_rule(&field.rule, found));
}

fn in_rule<'p>(rule: &'p Rule, found: &mut Vec<&'p Template>) {
    match rule {
        Rule::Reference { to, .. } | Rule::References { to, .. } => found.push(to),
        Rule::Embed { fields, .. } | Rule::Map(fields) => in_fields(fields, found),
        Rule::List { of, .. } => in_rule(of, found),
        Rule::Take { .. } | Rule::Constant(_) | Rule::Text(_) | Rule::Upload { .. } | Rule::JsonText(_) => {}
    }
}
