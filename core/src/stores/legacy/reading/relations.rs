//! Resolves the relations of records that were read: a page's keys together, and targets that many records share
//! once.

use rusqlite::Row;

use super::alike::{Asked, apart};
use super::batch::{Batch, Context, Pointer};
use super::cell::Cell;
use super::fields::{Columns, Fault, cell, cells};
use super::finds::{Finds, Found};
use super::lookup::{Hits, Lookup};
use super::selection::{Line, Selection, key_names, no_such};
use crate::error::{ErrorKind, Result};
use crate::record::{Name, Reason, Related};
use crate::schema;
use crate::store::{Join, RelationShape};
use crate::stores::legacy::failure::loss;
use crate::stores::legacy::layout::{EntityLayout, Layout, Link, Storage};
use crate::stores::legacy::sql::{column, quoted};

/// What is remembered from page to page of one relation, at most.
const REMEMBERED_TARGETS: usize = 2048;
const REMEMBERED_BYTES: usize = 2 << 20;

/// One relation of a selection.
pub(crate) struct Relation<'c> {
    name: Name,
    many: bool,
    /// Where in its owner's row the key is that it goes by.
    from: Vec<usize>,
    claim: Option<Claim>,
    way: Way,
    target: Selection<'c>,
    lookup: Lookup<'c>,
    found: Finds,
    bytes: usize,
}

/// What a row says, beside a key, of the entity that the key leads to.
struct Claim {
    /// Where in the row, and in which column.
    at: usize,
    column: Name,
    /// The numbers of the entities that it may lead to.
    numbers: Vec<(Name, i64)>,
}

/// What the way of a relation asks of its key.
struct Way {
    /// The column that is at fault where it leads nowhere.
    column: Name,
    /// Whether our own cell names the other record, so that it must be there.
    names: bool,
    /// Whether there must be another record.
    required: bool,
    /// Whether only a row number can be the key, as in Core Data's own tables. In others SQLite takes `'5'` for 5.
    by_row: bool,
}

/// Where a record's relation leads.
enum Place {
    Nowhere,
    /// What it goes by is no key that there could be.
    Misfit,
    /// To this place among what was found.
    Found(usize),
}

/// The parts of a relation's query.
struct Route {
    /// Our columns.
    ours: Vec<String>,
    /// What the query compares with them.
    theirs: Vec<String>,
    from: String,
    order: Vec<String>,
    /// Our column with the number of the other record's entity.
    entity: Option<String>,
    way: Way,
}

impl<'c> Relation<'c> {
    pub(crate) fn compile(
        layout: &Layout,
        owner: &EntityLayout,
        shape: &RelationShape,
        columns: &mut Columns,
    ) -> Result<Self> {
        let mut target = Selection::compile(layout, &shape.shape, Line::Descendants)?;
        let Some((_, entity)) = layout.entity(&shape.shape.entity) else {
            return Err(no_such(format!("no entity {}", shape.shape.entity)));
        };
        let route = match &shape.join {
            Join::Known => known(layout, owner, shape, entity, &target.table)?,
            Join::Equal { ours, theirs } => declared(owner, entity, ours, theirs, &target.table)?,
        };
        let from = route.ours.iter().map(|name| columns.place(column(name))).collect();
        let claim = route.entity.map(|name| Claim {
            at: columns.place(column(&name)),
            column: name.as_str().into(),
            numbers: layout.entities.iter().filter_map(|one| Some((one.name.clone(), one.number?))).collect(),
        });
        let lookup = Lookup::new(&mut target, &route.from, &route.theirs, &route.order);
        let (name, many, way) = (shape.name.clone(), shape.many, route.way);
        Ok(Self { name, many, from, claim, way, target, lookup, found: Finds::default(), bytes: 0 })
    }

    /// What the relation goes by in this row of its owner.
    pub(crate) fn pointer(&self, row: &Row<'_>) -> Pointer {
        let entity = self.claim.as_ref().map_or(Cell::Null, |claim| Cell::of(cell(row, claim.at)));
        Pointer { key: cells(row, &self.from), entity }
    }

    /// Forgets what was found, as when somebody has written meanwhile.
    pub(crate) fn forget(&mut self) {
        self.found.clear();
        self.bytes = 0;
        self.target.forget();
    }

    /// Gives every record of the batch what this relation, at this position of its owner's, leads to.
    fn resolve(&mut self, batch: &mut Batch, index: usize, count: usize, context: &mut Context<'c>) -> Result<()> {
        let mut wanted = Vec::new();
        let pointers = batch.pointers(index, count);
        let places: Vec<Place> = pointers.map(|pointer| self.place(&pointer.key, &mut wanted)).collect();
        if self.way.by_row {
            wanted.sort_unstable();
        }
        if let Err(error) = apart(wanted).iter().try_for_each(|keys| self.find(keys, context)) {
            // What was not asked for any more must not pass as not there.
            self.forget();
            return Err(error);
        }
        for (record, place) in places.iter().enumerate() {
            let related = self.answer(place, batch.said(record, index, count)).unwrap_or_else(|fault| {
                batch.blame(record, fault);
                Related::One(None)
            });
            batch.records[record].related.push(related);
        }
        let shared = self.way.names && !self.many;
        if !shared || self.found.len() > REMEMBERED_TARGETS || self.bytes > REMEMBERED_BYTES {
            self.found.clear();
            self.bytes = 0;
        }
        Ok(())
    }

    fn place(&mut self, key: &Cell, wanted: &mut Vec<Cell>) -> Place {
        if key.has_null() {
            Place::Nowhere
        } else if self.way.by_row && !matches!(key, Cell::Int(_)) {
            Place::Misfit
        } else {
            Place::Found(self.found.place(key, wanted))
        }
    }

    fn find(&mut self, mut wanted: &[Cell], context: &mut Context<'c>) -> Result<()> {
        while !wanted.is_empty() {
            let (portion, rest) = wanted.split_at(Lookup::portion(wanted.len()));
            match self.find_portion(portion, context) {
                // One damaged page must not take the others with it.
                Err(error) if error.kind() == ErrorKind::Damaged => self.find_each(portion, context)?,
                done => done?,
            }
            wanted = rest;
        }
        Ok(())
    }

    fn find_portion(&mut self, keys: &[Cell], context: &mut Context<'c>) -> Result<()> {
        let before = context.decoder.bytes;
        let mut hits = match self.lookup.find_close(keys, &self.target, context)? {
            Some(hits) => hits,
            None => self.lookup.find(keys, &self.target, context)?,
        };
        let asked = Asked::of(keys);
        let mut found_by = hits.keys.iter().chain(hits.misses.iter().map(|(key, _)| key));
        if found_by.any(|key| asked.for_row(key).is_none()) {
            return self.find_each(keys, context);
        }
        self.target.resolve(&mut hits.batch, context)?;
        self.bytes += context.decoder.bytes - before;
        self.take(hits, &asked);
        Ok(())
    }

    fn find_each(&mut self, keys: &[Cell], context: &mut Context<'c>) -> Result<()> {
        for key in keys {
            if let Some(found) = self.found.of(key) {
                *found = Found::default();
            }
            match self.lookup.find(std::slice::from_ref(key), &self.target, context) {
                Ok(mut hits) => {
                    self.target.resolve(&mut hits.batch, context)?;
                    self.take(hits, &Asked::of(std::slice::from_ref(key)));
                }
                Err(error) if error.kind() == ErrorKind::Damaged => {
                    let (reason, what) = loss(&error);
                    let what = format!("{}: {what}", self.target.name());
                    if let Some(found) = self.found.of(key) {
                        found.trouble = Some((reason, what));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Files what was found under the keys that were asked for.
    fn take(&mut self, hits: Hits, asked: &Asked<'_>) {
        for (key, stray) in hits.misses {
            let Some(found) = asked.for_row(&key).and_then(|key| self.found.of(key)) else { continue };
            found.trouble.get_or_insert_with(|| match stray {
                Some(stray) => (stray.reason, format!("{} {}: {}", stray.entity, stray.key, stray.detail)),
                None => (Reason::Dangling, "a row of the join table leads to no record".to_owned()),
            });
        }
        for (key, record) in hits.keys.iter().zip(hits.batch.judged()) {
            let Some(found) = asked.for_row(key).and_then(|key| self.found.of(key)) else { continue };
            match record {
                Ok(record) => found.add(record),
                Err(rejection) => {
                    let column = rejection.column.as_deref().unwrap_or("the row");
                    let what = format!("{} {}, {column}: {}", rejection.entity, rejection.key, rejection.detail);
                    found.trouble.get_or_insert((rejection.reason, what));
                }
            }
        }
    }

    /// What the relation led to; `said` is the entity that the row says it is of.
    fn answer(&self, place: &Place, said: &Cell) -> Result<Related, Fault> {
        let fault = |reason, detail: String| Err(Fault::new(Some(&self.way.column), reason, detail));
        let found = match place {
            Place::Found(place) => self.found.at(*place),
            Place::Misfit => return fault(Reason::WrongType, format!("no row number where {} has one", self.name)),
            Place::Nowhere if self.way.required && !self.many => {
                let what = format!("no {} where the schema requires one", self.name);
                return fault(Reason::MissingRequired, what);
            }
            Place::Nowhere => None,
        };
        let Some(found) = found else {
            return Ok(if self.many { Related::Many(Vec::new()) } else { Related::One(None) });
        };
        if let Some((reason, what)) = &found.trouble {
            return fault(*reason, format!("{} leads to a record that cannot be read: {what}", self.name));
        }
        match found.only() {
            _ if self.many => Ok(Related::Many(found.all().cloned().collect())),
            Ok(Some(record)) => match self.claim.as_ref().filter(|claim| !claim.holds(said, &record.id.entity)) {
                None => Ok(Related::One(Some(record.clone()))),
                Some(claim) => {
                    let found = &record.id.entity;
                    let what = format!("{} leads to a {found}, and this column says that it is no {found}", self.name);
                    Err(Fault::new(Some(&claim.column), Reason::Dangling, what))
                }
            },
            Ok(None) if self.way.names => {
                fault(Reason::Dangling, format!("{} leads to a {} that is not there", self.name, self.target.name()))
            }
            Ok(None) => Ok(Related::One(None)),
            Err(several) => {
                fault(Reason::DuplicateValue, format!("{} leads to {several} records, not to one", self.name))
            }
        }
    }
}

impl Claim {
    /// Whether what a row says is true of a record of this entity. Where it says nothing, it says nothing wrong.
    fn holds(&self, said: &Cell, entity: &Name) -> bool {
        let number = self.numbers.iter().find(|(name, _)| name == entity).map(|(_, number)| *number);
        *said == Cell::Null || matches!((said, number), (Cell::Int(said), Some(number)) if *said == number)
    }
}

impl<'c> Selection<'c> {
    /// Resolves all relations of the batch.
    pub(crate) fn resolve(&mut self, batch: &mut Batch, context: &mut Context<'c>) -> Result<()> {
        let count = self.relations.len();
        for (index, relation) in self.relations.iter_mut().enumerate() {
            relation.resolve(batch, index, count, context)?;
        }
        Ok(())
    }

    /// Forgets what was found at the other ends.
    pub(crate) fn forget(&mut self) {
        self.relations.iter_mut().for_each(Relation::forget);
    }
}

fn known(
    layout: &Layout,
    owner: &EntityLayout,
    shape: &RelationShape,
    target: &EntityLayout,
    table: &str,
) -> Result<Route> {
    let described = layout.schema.entity(&owner.name).map(|entity| entity.relations.as_slice()).unwrap_or_default();
    let mut relations = described.iter().zip(&owner.relations);
    let Some((relation, link)) = relations.find(|(relation, _)| relation.name == shape.name) else {
        return Err(no_such(format!("no relation {} in {}", shape.name, owner.name)));
    };
    let keys = |names: &[String], entity: &EntityLayout| match names {
        [] => key_names(&entity.key).to_vec(),
        names => names.to_vec(),
    };
    let in_order = |first: Option<String>| -> Vec<String> {
        first.into_iter().chain(key_names(&target.key).iter().map(|name| column(name))).collect()
    };
    Ok(match link {
        Link::Forward { columns, references, entity } => Route {
            ours: columns.clone(),
            theirs: keys(references, target).iter().map(|name| column(name)).collect(),
            from: format!("{table} AS t"),
            order: Vec::new(),
            entity: entity.clone(),
            way: Way {
                column: fault_column(columns, &shape.name),
                names: true,
                required: !relation.optional,
                by_row: target.number.is_some() && references.is_empty(),
            },
        },
        Link::Backward { columns, references, order } => Route {
            ours: keys(references, owner),
            theirs: columns.iter().map(|name| column(name)).collect(),
            from: format!("{table} AS t"),
            order: in_order(order.as_ref().map(|name| column(name))),
            entity: None,
            way: reverse(fault_column(columns, &shape.name)),
        },
        Link::Through { table: join, ours, theirs, order } => {
            let key = key_names(&target.key).iter().map(|name| column(name)).collect::<Vec<_>>().join(", ");
            let theirs_key = format!("j.{}", quoted(theirs));
            Route {
                ours: key_names(&owner.key).to_vec(),
                theirs: vec![format!("j.{}", quoted(ours))],
                from: format!("{} AS j LEFT JOIN {table} AS t ON {key} = {theirs_key}", quoted(join)),
                order: order.iter().map(|name| format!("j.{}", quoted(name))).chain([theirs_key]).collect(),
                entity: None,
                way: reverse(theirs.as_str().into()),
            }
        }
    })
}

fn fault_column(columns: &[String], relation: &Name) -> Name {
    columns.first().map_or_else(|| relation.clone(), |name| name.as_str().into())
}

/// The way of a relation whose other side holds the keys: it may lead to nothing.
fn reverse(column: Name) -> Way {
    Way { column, names: false, required: false, by_row: false }
}

/// A relation that the plan declares: equal cells in two columns.
fn declared(owner: &EntityLayout, target: &EntityLayout, ours: &Name, theirs: &Name, table: &str) -> Result<Route> {
    let our_columns = columns_of(owner, ours)?;
    let their_columns = columns_of(target, theirs)?;
    if our_columns.len() != their_columns.len() {
        let what = format!("keys of different lengths in {} and {}", owner.name, target.name);
        return Err(no_such(what));
    }
    let names = &**ours != schema::KEY;
    let by_row = owner.owners.iter().any(|owner| owner.name == *ours);
    Ok(Route {
        theirs: their_columns.iter().map(|name| column(name)).collect(),
        from: format!("{table} AS t"),
        order: key_names(&target.key).iter().map(|name| column(name)).collect(),
        entity: None,
        way: Way { column: fault_column(&our_columns, ours), names, required: false, by_row },
        ours: our_columns,
    })
}

fn columns_of(entity: &EntityLayout, field: &Name) -> Result<Vec<String>> {
    if &**field == schema::KEY {
        return Ok(key_names(&entity.key).to_vec());
    }
    match entity.field(field).map(|known| &known.storage) {
        Some(Storage::Cell { column, .. }) => Ok(vec![column.clone()]),
        Some(_) => Err(no_such(format!("no single column for {field} in {}", entity.name))),
        None => Err(no_such(format!("no field {field} in {}", entity.name))),
    }
}
