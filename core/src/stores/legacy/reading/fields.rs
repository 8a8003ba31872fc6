//! Puts the fields of one record together from the cells of a row.

use std::borrow::Cow;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::cell::Cell;
use crate::error::Error;
use crate::record::{Name, Reason, RecordId, Value};
use crate::stores::legacy::layout::{Codec, FieldLayout, Storage};
use crate::stores::legacy::sql::column;
use crate::stores::legacy::values::{Decoder, Trouble};

/// The expressions that a query selects, each once.
#[derive(Default)]
pub(crate) struct Columns {
    expressions: Vec<String>,
}

impl Columns {
    /// Where in a row this expression will be.
    pub(crate) fn place(&mut self, expression: String) -> usize {
        let known = self.expressions.iter().position(|known| *known == expression);
        known.unwrap_or_else(|| {
            self.expressions.push(expression);
            self.expressions.len() - 1
        })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.expressions.len()
    }

    pub(crate) fn list(&self) -> String {
        self.expressions.join(", ")
    }
}

/// How one field of a record is made.
pub(crate) enum Field {
    /// From one cell.
    Cell { at: usize, column: Name, codec: Codec, optional: bool },
    /// A map of several fields, or null where none of their cells holds anything.
    Struct { parts: Vec<(String, Field)>, optional: bool },
    /// The name of the one case whose cell is not null.
    Cases { cases: Vec<(Name, Name, usize)>, optional: bool },
    /// The record's key, as text.
    Key,
    /// The name of the record's entity.
    Entity,
    /// The same for all records of a store.
    Constant(Value),
    /// Whether a cell holds anything.
    Present { at: usize },
}

/// What is wrong with a row.
pub(crate) struct Fault {
    pub(crate) column: Option<Name>,
    pub(crate) reason: Reason,
    pub(crate) detail: Cow<'static, str>,
}

/// Why a row became no record: a fault of its own, or the end of the work.
pub(crate) enum Stop {
    Row(Fault),
    Work(Error),
}

impl Stop {
    #[cold]
    fn over(trouble: Trouble, column: &Name) -> Box<Self> {
        Box::new(match trouble {
            Trouble::Cell(reason, detail) => Stop::Row(Fault::new(Some(column), reason, detail)),
            Trouble::Work(error) => Stop::Work(error),
        })
    }
}

impl Fault {
    pub(crate) fn new(column: Option<&Name>, reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { column: column.cloned(), reason, detail: detail.into() }
    }

    fn missing(column: Option<&Name>) -> Box<Stop> {
        let what = "nothing where the schema requires something";
        Box::new(Stop::Row(Self::new(column, Reason::MissingRequired, what)))
    }
}

impl Field {
    /// How the field of this layout is made, its columns added to those of the query.
    pub(crate) fn of(layout: &FieldLayout, columns: &mut Columns) -> Self {
        let optional = layout.optional;
        match &layout.storage {
            Storage::Cell { column: name, codec } => {
                let at = columns.place(column(name));
                Field::Cell { at, column: name.as_str().into(), codec: *codec, optional }
            }
            Storage::Struct(parts) => {
                let parts = parts.iter().map(|part| (part.name.to_string(), Field::of(part, columns))).collect();
                Field::Struct { parts, optional }
            }
            Storage::Cases(cases) => {
                let place = |(case, name): &(Name, String)| {
                    (case.clone(), Name::from(name.as_str()), columns.place(column(name)))
                };
                Field::Cases { cases: cases.iter().map(place).collect(), optional }
            }
        }
    }

    /// Adds the field's value in this row to those of a record.
    #[inline(always)]
    pub(crate) fn read(
        &self,
        row: &Row<'_>,
        id: &RecordId,
        decoder: &mut Decoder,
        into: &mut Vec<Value>,
    ) -> Result<(), Box<Stop>> {
        match self {
            Field::Cell { at, column, codec, optional } => {
                let cell = cell(row, *at);
                if !optional && matches!(cell, ValueRef::Null) {
                    return Err(Fault::missing(Some(column)));
                }
                return decoder.read(*codec, &cell, into).map_err(|trouble| Stop::over(*trouble, column));
            }
            Field::Struct { parts, optional } => into.push(read_struct(parts, *optional, row, id, decoder)?),
            Field::Cases { cases, optional } => into.push(read_case(cases, *optional, row)?),
            Field::Key => into.push(Value::String(id.key.to_string())),
            Field::Entity => into.push(Value::String(id.entity.to_string())),
            Field::Constant(value) => into.push(value.clone()),
            Field::Present { at } => into.push(Value::Bool(cell(row, *at) != ValueRef::Null)),
        }
        Ok(())
    }

    fn is_nothing(&self, row: &Row<'_>) -> bool {
        match self {
            Field::Cell { at, .. } => cell(row, *at) == ValueRef::Null,
            Field::Struct { parts, .. } => parts.iter().all(|(_, part)| part.is_nothing(row)),
            Field::Cases { cases, .. } => cases.iter().all(|(_, _, at)| cell(row, *at) == ValueRef::Null),
            Field::Key | Field::Entity | Field::Constant(_) | Field::Present { .. } => false,
        }
    }
}

fn read_struct(
    parts: &[(String, Field)],
    optional: bool,
    row: &Row<'_>,
    id: &RecordId,
    decoder: &mut Decoder,
) -> Result<Value, Box<Stop>> {
    if optional && parts.iter().all(|(_, part)| part.is_nothing(row)) {
        return Ok(Value::Null);
    }
    let mut values = Vec::with_capacity(parts.len());
    for (_, part) in parts {
        part.read(row, id, decoder, &mut values)?;
    }
    Ok(Value::Map(parts.iter().map(|(name, _)| name.clone()).zip(values).collect()))
}

fn read_case(cases: &[(Name, Name, usize)], optional: bool, row: &Row<'_>) -> Result<Value, Box<Stop>> {
    let mut found = cases.iter().filter(|(_, _, at)| cell(row, *at) != ValueRef::Null);
    match (found.next(), found.next()) {
        (Some((case, ..)), None) => Ok(Value::String(case.to_string())),
        (None, _) if optional => Ok(Value::Null),
        (None, _) => Err(Fault::missing(cases.first().map(|(_, column, _)| column))),
        (Some(_), Some((_, column, _))) => {
            let found = "more than one case of an enumeration at the same time";
            Err(Box::new(Stop::Row(Fault::new(Some(column), Reason::WrongType, found))))
        }
    }
}

/// A cell of a row. Places come from [`Columns`], so that there always is one.
#[inline]
pub(crate) fn cell<'a>(row: &'a Row<'_>, at: usize) -> ValueRef<'a> {
    row.get_ref(at).unwrap_or(ValueRef::Null)
}

/// Several cells of a row as one key.
#[inline]
pub(crate) fn cells(row: &Row<'_>, places: &[usize]) -> Cell {
    match places {
        [at] => Cell::of(cell(row, *at)),
        places => Cell::Parts(places.iter().map(|&at| Cell::of(cell(row, at))).collect()),
    }
}
