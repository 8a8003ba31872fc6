//! Where the relationships of a model lie: a key in our row, a key in the other one's, or a table between.

use super::catalog::{Catalog, Table};
use super::columns::Placed;
use super::model::{Model, Relationship};
use crate::stores::legacy::layout::Link;

/// Everything that is known of a store's entities, side by side.
pub(super) struct Map<'m> {
    pub(super) model: &'m Model,
    pub(super) placed: Vec<Vec<Placed<'m>>>,
    pub(super) catalog: &'m Catalog,
    /// The number that an entity's rows bear, and its table; none of an entity that is not in this store.
    pub(super) homes: Vec<Option<Home<'m>>>,
}

#[derive(Clone, Copy)]
pub(super) struct Home<'m> {
    pub(super) number: i64,
    pub(super) table: &'m Table,
}

impl<'m> Map<'m> {
    /// Where a relationship lies that the entity at this place declares; why not, in words, where that is not known.
    pub(super) fn link(&self, owner: usize, placed: &Placed<'_>) -> Result<Link, String> {
        let (relationship, column) = match placed {
            Placed::ToOne(relationship, column) => (*relationship, Some(column)),
            Placed::ToMany(relationship) => (*relationship, None),
            Placed::Attribute(..) => return Err("it is an attribute".to_owned()),
        };
        let target = self.model.find(&relationship.target).ok_or("the model lacks the entity that it leads to")?;
        let ours = self.home(owner).ok_or("its entity has no table")?;
        let theirs = self.home(target).ok_or("the entity that it leads to is kept in another store")?;
        match column {
            Some(column) => forward(column, ours.table, theirs.number),
            None => self.to_many(relationship, ours, target, theirs),
        }
    }

    fn home(&self, entity: usize) -> Option<Home<'m>> {
        self.homes.get(entity).copied().flatten()
    }

    fn to_many(
        &self,
        relationship: &Relationship,
        ours: Home<'_>,
        target: usize,
        theirs: Home<'_>,
    ) -> Result<Link, String> {
        match relationship.inverse.as_deref() {
            None => {
                let column = format!("Z{}{}", ours.number, relationship.name.to_uppercase());
                backward(relationship, ours, theirs.table, &column)
            }
            Some(inverse) => match self.property(target, inverse) {
                Some((_, Placed::ToOne(_, column))) => backward(relationship, ours, theirs.table, column),
                Some((declaring, Placed::ToMany(_))) => {
                    let declaring = self.home(declaring).map_or(theirs.number, |home| home.number);
                    self.through(relationship, inverse, ours, theirs.number, declaring)
                }
                _ => Err("the model lacks its inverse".to_owned()),
            },
        }
    }

    /// A property of an entity or of one that it inherits from, and which of them declares it.
    fn property(&self, entity: usize, name: &str) -> Option<(usize, &Placed<'m>)> {
        self.model.line(entity).find_map(|(place, _)| {
            let found = self.placed.get(place)?.iter().find(|placed| placed.name() == name)?;
            Some((place, found))
        })
    }

    /// The table is named after either side, and each column after the relationship whose destinations it holds.
    fn through(
        &self,
        relationship: &Relationship,
        inverse: &str,
        ours: Home<'_>,
        target: i64,
        declaring: i64,
    ) -> Result<Link, String> {
        let name = relationship.name.to_uppercase();
        let theirs = format!("Z_{target}{name}");
        let tables = [format!("Z_{}{name}", ours.number), format!("Z_{declaring}{}", inverse.to_uppercase())];
        let found =
            tables.iter().flat_map(|table| self.catalog.tables().filter(|found| is_numbered(&found.name, table)));
        let joined = found.filter_map(|table| {
            // The exact name first: of a pair such as Z_6FRIENDS and Z_6FRIENDS1 both look like ours.
            let numbered = || table.columns.iter().find(|column| is_numbered(&column.name, &theirs));
            let theirs = table.column(&theirs).or_else(|| Some(&numbered()?.name))?;
            let ours = table.columns.iter().find(|column| is_key(&column.name) && column.name != theirs)?;
            let order = format!("Z_FOK_{}", theirs.strip_prefix("Z_").unwrap_or(theirs));
            let order = first_column(table, &[order, format!("Z_FOK_{name}")]);
            Some(Link::Through {
                table: table.name.clone(),
                ours: ours.name.clone(),
                theirs: theirs.to_owned(),
                order: order.filter(|_| relationship.ordered),
            })
        });
        joined.into_iter().next().ok_or_else(|| format!("there is no table {}", tables.join(" or ")))
    }
}

fn forward(column: &str, table: &Table, target: i64) -> Result<Link, String> {
    let found = table.column(column).ok_or_else(|| missing(table, column))?;
    let entity = table.column(&format!("Z{target}_{}", column.strip_prefix('Z').unwrap_or(column)));
    Ok(Link::Forward { columns: vec![found.to_owned()], references: Vec::new(), entity: entity.map(str::to_owned) })
}

fn backward(relationship: &Relationship, ours: Home<'_>, table: &Table, column: &str) -> Result<Link, String> {
    let found = table.column(column).ok_or_else(|| missing(table, column))?;
    let name = relationship.name.to_uppercase();
    let inverse = relationship.inverse.as_deref().map(str::to_uppercase).unwrap_or_default();
    let orders =
        [column.strip_prefix('Z').unwrap_or(column).to_owned(), inverse, format!("{}{name}", ours.number), name]
            .map(|name| format!("Z_FOK_{name}"));
    let order = if relationship.ordered { first_column(table, &orders) } else { None };
    Ok(Link::Backward { columns: vec![found.to_owned()], references: Vec::new(), order })
}

fn first_column(table: &Table, names: &[String]) -> Option<String> {
    names.iter().find_map(|name| table.column(name)).map(str::to_owned)
}

fn missing(table: &Table, column: &str) -> String {
    format!("table {} has no column {column}", table.name)
}

/// Whether a column of a join table holds keys, and not an order.
pub(super) fn is_key(column: &str) -> bool {
    !column.starts_with("Z_FOK_")
}

/// Whether it is this name, or this name with a number behind it.
fn is_numbered(name: &str, plain: &str) -> bool {
    name.strip_prefix(plain).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}
