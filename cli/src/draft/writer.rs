use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use rehome_core::rules::{Rules, is_reserved_name};
use rehome_core::schema::{ENTITY, Entity, Field, Relation, Schema};

use super::choice::{Choice, Choices};
use super::fields;
use super::ids::{Id, id_of};
use super::names::{can_be_passed, collection, key, path, quoted};
use super::relations::{Keep, could_embed, keep};
use crate::terminal::clean;

/// Remarks stand side by side, as long as no line before them is longer than this.
const REMARKS_AT: usize = 64;

/// A plan that takes all of a store along, ready to be read by a person.
pub(super) struct Draft<'a> {
    pub(super) schema: &'a Schema,
    /// What identifies the records of each line of inheritance.
    pub(super) choices: &'a Choices,
    pub(super) rules: &'a Rules,
    /// The document that everything goes under; empty for collections at the top.
    pub(super) under: &'a str,
    /// The store's file, by its name alone.
    pub(super) file: &'a str,
}

/// Where the records of each line of inheritance go, by the entity at its top.
type Homes<'a> = BTreeMap<&'a str, Home>;

struct Home {
    /// The collection of an entity that stands alone. Entities that inherit from one another have one each, named
    /// as they are, so that a reference can say where it leads though it cannot know which of them it meets.
    collection: Option<String>,
    id: Id,
}

/// `left # remark`.
struct Line {
    left: String,
    remark: String,
}

impl Display for Draft<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.head(out)?;
        let homes = self.homes();
        if self.schema.entities.is_empty() {
            return writeln!(out, "\n# The store has no table of the app's own: there is nothing to move.");
        }
        let moved = self.schema.entities.iter().filter(|entity| !entity.is_abstract);
        moved.into_iter().try_for_each(|entity| self.one_move(out, &homes, entity))
    }
}

impl Draft<'_> {
    fn head(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let file = clean(self.file);
        writeln!(out, "# A first plan for {file}, drafted from the schema inside it: every entity, every field.")?;
        writeln!(out, "# Read it, change what you know better, and then, with this plan's and the store's own paths:")?;
        writeln!(out, "#     rehome check PLAN --store STORE")?;
        writeln!(out, "#     rehome rehearse PLAN --store STORE --user some-user")?;
        for warning in &self.schema.warnings {
            writeln!(out, "# Mind: {}", clean(warning))?;
        }
        let name = self.file.split('.').find(|part| !part.is_empty()).unwrap_or("plan");
        writeln!(out, "\nname = {}", quoted(name))?;
        writeln!(out, "version = 1")?;
        writeln!(out, "from = {}", quoted(&self.schema.store))?;
        writeln!(out, "to = {}", quoted(self.rules.target))?;
        writeln!(out, "# Refuses a store of any other version of the app:")?;
        writeln!(out, "# schema = [{}]", quoted(&self.schema.fingerprint))?;
        writeln!(out, "\n# Written into each document beside its content:")?;
        writeln!(out, "# [stamp]")?;
        writeln!(out, "# source_system = {}", quoted(&format!("{}_migration", self.schema.store)))?;
        writeln!(out, "# migration_timestamp = \"{{now}}\"")
    }

    fn homes(&self) -> Homes<'_> {
        let mut taken: BTreeSet<String> =
            self.schema.entities.iter().filter(|one| self.has_kin(one)).map(|one| one.name.to_string()).collect();
        let none = Choice::default();
        let roots = self.schema.entities.iter().filter(|entity| self.schema.root_of(entity).name == entity.name);
        let home = |root: &'_ Entity, taken: &mut BTreeSet<String>| Home {
            collection: (!self.has_kin(root)).then(|| free_name(collection(&root.name), taken)),
            id: id_of(self.schema, root, self.choices.get(&root.name).unwrap_or(&none)),
        };
        roots.map(|root| (&*root.name, home(root, &mut taken))).collect()
    }

    /// Whether it inherits from another entity, or another from it.
    fn has_kin(&self, entity: &Entity) -> bool {
        entity.parent.is_some() || self.has_children(entity)
    }

    fn has_children(&self, entity: &Entity) -> bool {
        self.schema.entities.iter().any(|other| other.parent.as_ref() == Some(&entity.name))
    }

    /// Where an entity's own records go.
    fn document(&self, homes: &Homes<'_>, entity: &Entity) -> Option<String> {
        let home = homes.get(&*self.schema.root_of(entity).name)?;
        let collection = home.collection.as_deref().unwrap_or(&entity.name);
        Some(self.within(collection, &home.id))
    }

    /// Where the records go that a relation to the entity may meet, those of its subentities included.
    fn referred(&self, homes: &Homes<'_>, entity: &Entity) -> Option<String> {
        if !self.has_children(entity) {
            return self.document(homes, entity);
        }
        let home = homes.get(&*self.schema.root_of(entity).name)?;
        Some(self.within(&format!("{{{ENTITY}}}"), &home.id))
    }

    fn within(&self, collection: &str, id: &Id) -> String {
        let slash = if self.under.is_empty() { "" } else { "/" };
        format!("{}{slash}{collection}/{}", self.under, id.template)
    }

    fn one_move(&self, out: &mut Formatter<'_>, homes: &Homes<'_>, entity: &Entity) -> fmt::Result {
        let Some(document) = self.document(homes, entity) else { return Ok(()) };
        let remark =
            homes.get(&*self.schema.root_of(entity).name).map(|home| home.id.remark.clone()).unwrap_or_default();
        let mut lines = vec![
            Line { left: format!("entity = {}", quoted(&entity.name)), remark: about(entity) },
            Line { left: format!("document = {}", quoted(&document)), remark },
        ];
        if let Some(field) = fields::revision(entity) {
            let remark = "says which of two versions is newer".to_owned();
            lines.push(Line { left: format!("revision = {}", quoted(&path(&field.name))), remark });
        }
        lines.extend(self.filter(entity));
        writeln!(out, "\n[[move]]")?;
        aligned(out, &lines)?;
        writeln!(out, "\n[move.fields]")?;
        aligned(out, &self.content(homes, entity))
    }

    /// WatermelonDB keeps a deleted record until it has told its server.
    fn filter(&self, entity: &Entity) -> Option<Line> {
        let keeps_deleted = self.schema.store == "watermelondb" && entity.field("_status").is_some();
        keeps_deleted.then(|| Line {
            left: "where = { _status = { not = \"deleted\" } }".to_owned(),
            remark: "leaves deleted records out that wait to be synced".to_owned(),
        })
    }

    fn is_reserved(&self, name: &str) -> bool {
        self.rules.names.reserved && is_reserved_name(name)
    }

    /// The lines of `[move.fields]`.
    fn content(&self, homes: &Homes<'_>, entity: &Entity) -> Vec<Line> {
        let mut names = BTreeSet::new();
        let mut lines: Vec<Line> = entity.fields.iter().map(|field| self.field(field, &mut names)).collect();
        for relation in &entity.relations {
            lines.push(self.relation(homes, entity, relation, &mut names));
        }
        lines
    }

    fn field(&self, field: &Field, names: &mut BTreeSet<String>) -> Line {
        let fields::Line { rule, remark } = fields::line(field, self.rules);
        let name = free_name(self.allowed(&field.name), names);
        Line { left: format!("{} = {rule}", key(&name)), remark }
    }

    /// The name as the target takes it.
    fn allowed(&self, name: &str) -> String {
        let name = if self.is_reserved(name) { name.trim_matches('_') } else { name };
        let end = name.floor_char_boundary(self.rules.names.max_bytes);
        if name[..end].is_empty() { "field".to_owned() } else { name[..end].to_owned() }
    }

    fn relation(&self, homes: &Homes<'_>, entity: &Entity, relation: &Relation, names: &mut BTreeSet<String>) -> Line {
        let from = quoted(&relation.name);
        let target = self.schema.entity(&relation.target).and_then(|target| self.referred(homes, target));
        let Some(document) = target.filter(|_| can_be_passed(&relation.name)) else {
            return remark_alone(format!("{} leads to {}, which no plan can name", relation.name, relation.target));
        };
        let (word, many) = match keep(self.schema, relation) {
            Keep::Reference => ("reference", "one"),
            Keep::References => ("references", "many"),
            Keep::OtherSide(inverse) => {
                let rule = refer("references", &from, &document);
                let kept = format!("kept by {inverse} of {}, where it stays small; here too:", relation.target);
                return remark_alone(format!("{} {kept} {} = {rule}", relation.name, key(&relation.name)));
            }
        };
        let name = free_name(self.allowed(&relation.name), names);
        let mut remark = format!("to {many} {}", relation.target);
        if relation.ordered {
            remark.push_str(", in order, which no other side keeps");
        }
        if could_embed(self.schema, entity, relation) {
            remark.push_str(&format!("; inside this document instead: {{ embed = {from} }}"));
        }
        Line { left: format!("{} = {}", key(&name), refer(word, &from, &document)), remark }
    }
}

fn refer(word: &str, relation: &str, document: &str) -> String {
    format!("{{ {word} = {relation}, to = {} }}", quoted(document))
}

fn remark_alone(remark: String) -> Line {
    Line { left: String::new(), remark }
}

fn about(entity: &Entity) -> String {
    let table = entity.table.iter().map(|table| format!("table {table}"));
    let parent = entity.parent.iter().map(|parent| format!("a {parent}"));
    table.chain(parent).collect::<Vec<_>>().join(", ")
}

/// The name itself, or the first one made from it that is not taken yet.
fn free_name(name: String, taken: &mut BTreeSet<String>) -> String {
    let further = (2..).map(|number: u64| format!("{name}{number}"));
    let free = std::iter::once(name.clone()).chain(further).find(|name| !taken.contains(name)).unwrap_or(name);
    taken.insert(free.clone());
    free
}

fn aligned(out: &mut Formatter<'_>, lines: &[Line]) -> fmt::Result {
    let widths = lines.iter().filter(|line| !line.remark.is_empty()).map(|line| line.left.chars().count());
    let width = widths.filter(|width| *width <= REMARKS_AT).max().unwrap_or(0);
    for Line { left, remark } in lines {
        match (left.is_empty(), remark.is_empty()) {
            (_, true) => writeln!(out, "{left}")?,
            (true, _) => writeln!(out, "# {}", clean(remark))?,
            _ => writeln!(out, "{left:width$}  # {}", clean(remark))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rehome_core::plan::PlanFile;
    use rehome_core::record::Kind;
    use rehome_core::stores::firestore;

    use super::*;

    #[test]
    fn deleted_records_of_watermelondb_are_left_out() {
        let mut posts = Entity::new("posts");
        posts.fields = ["id", "_status", "title"].map(|name| Field::new(name, Kind::String)).to_vec();
        posts.key = vec!["id".into()];
        let schema = Schema { store: "watermelondb".into(), entities: vec![posts], ..Schema::default() };
        let rules = firestore::rules();
        let choices = Choices::default();
        let draft = Draft { schema: &schema, choices: &choices, rules: &rules, under: "users/{uid}", file: "app.db" };
        let checked = PlanFile::check(&draft.to_string(), "draft.toml", &schema, &rules).unwrap();
        assert_eq!(checked.plan.passes[0].moves[0].filter.len(), 1);
    }
}
