use std::collections::HashSet;

use crate::error::Result;
use crate::plan::{FieldRule, Plan, Rule};
use crate::record::Name;
use crate::schema::{Entity, Schema};
use crate::store::{Shape, Source};

/// Entities with records that no document would hold, and how many those are where the store can tell.
pub(crate) async fn not_in_plan(source: &dyn Source, plan: &Plan) -> Result<Vec<(Name, Option<u64>)>> {
    let schema = source.schema().await?;
    let covered = Covered::by(plan);
    let mut others = Vec::new();
    for entity in schema.entities.iter().filter(|entity| !entity.is_abstract && !covered.holds(&schema, entity)) {
        let rows = source.estimate(&entity.name).await?;
        if rows != Some(0) {
            others.push((entity.name.clone(), rows));
        }
    }
    Ok(others)
}

/// Entities that documents are made of.
#[derive(Default)]
struct Covered<'a> {
    /// By moves of their own.
    moved: HashSet<&'a str>,
    /// Within the documents of others, together with what inherits from them.
    embedded: HashSet<&'a str>,
}

impl<'a> Covered<'a> {
    fn by(plan: &'a Plan) -> Self {
        let mut covered = Self::default();
        for pass in &plan.passes {
            covered.moved.insert(&pass.shape.entity);
            for one in &pass.moves {
                covered.embed_all(&one.fields, &pass.shape);
            }
        }
        covered
    }

    fn embed_all(&mut self, fields: &'a [FieldRule], shape: &'a Shape) {
        fields.iter().for_each(|field| self.embed(&field.rule, shape));
    }

    fn embed(&mut self, rule: &'a Rule, shape: &'a Shape) {
        match rule {
            Rule::Embed { relation, fields } => {
                let shape = self.follow(relation, shape);
                self.embed_all(fields, shape);
            }
            Rule::List { relation, of } => {
                let shape = self.follow(relation, shape);
                self.embed(of, shape);
            }
            Rule::Map(fields) => self.embed_all(fields, shape),
            Rule::JsonText(of) => self.embed(of, shape),
            Rule::Take { .. } | Rule::Constant(_) | Rule::Text(_) | Rule::Upload { .. } => {}
            Rule::Reference { .. } | Rule::References { .. } => {}
        }
    }

    fn follow(&mut self, relation: &[usize], shape: &'a Shape) -> &'a Shape {
        let end = relation.iter().fold(shape, |shape, &position| &shape.relations[position].shape);
        self.embedded.insert(&end.entity);
        end
    }

    fn holds(&self, schema: &Schema, entity: &Entity) -> bool {
        let parents = std::iter::successors(Some(entity), |entity| schema.entity(entity.parent.as_deref()?));
        // A line of inheritance is no longer than there are entities, whatever a damaged schema says.
        let mut line = parents.take(schema.entities.len());
        self.moved.contains(&*entity.name) || line.any(|entity| self.embedded.contains(&*entity.name))
    }
}
