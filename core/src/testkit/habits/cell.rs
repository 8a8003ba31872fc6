//! Cells that the generator writes, sound and unsound.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// A cell on its way into a table: text here need not be UTF-8, and a column need not get what it was declared for.
#[derive(Clone)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'static, [u8]>),
    Blob(Cow<'static, [u8]>),
}

impl Cell {
    pub(super) fn text(text: &'static str) -> Self {
        Cell::Text(text.as_bytes().into())
    }

    pub(super) fn blob(bytes: impl Into<Vec<u8>>) -> Self {
        Cell::Blob(Cow::Owned(bytes.into()))
    }

    pub(super) fn optional<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Self {
        value.map_or(Cell::Null, cell)
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Text(bytes) => ValueRef::Text(bytes),
            Cell::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
