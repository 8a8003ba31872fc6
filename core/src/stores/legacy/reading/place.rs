//! How far an entity was read, as text that outlives the process.

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Name;
use crate::store::Cursor;

/// A place in the order of one entity's rows.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Position {
    /// Before the first row.
    Start,
    /// After the row with this key.
    After(Cell),
    /// Among the rows with a key after this one, but in the order of their numbers, after this number: the index of
    /// the keys cannot be read from there on, and the table can.
    ByNumber { after: Option<Cell>, row: i64 },
    /// Among the rows with a key after the one and before the other, from behind: what comes after the one cannot be
    /// read, and they have no numbers.
    Backwards { after: Option<Cell>, before: Option<Cell> },
    /// Among the rows whose key is partly null, which come last: after the one with this row number.
    WithoutKey(i64),
}

/// What a cursor says: the place, and of which store and entity it is one.
#[derive(Serialize, Deserialize)]
struct Place {
    store: Option<String>,
    entity: String,
    position: Position,
}

impl Position {
    /// The place that the cursor stands for.
    pub(crate) fn of(cursor: Option<&Cursor>, store: Option<&str>, entity: &Name) -> Result<Self> {
        let Some(cursor) = cursor else { return Ok(Position::Start) };
        let Ok(place) = serde_json::from_str::<Place>(cursor.as_str()) else {
            return Err(Error::new(ErrorKind::BadInput, "the cursor is none of this store's; begin without one"));
        };
        if place.store.as_deref() != store {
            let what = "the cursor was made for another store than this; everything must be read again";
            return Err(Error::new(ErrorKind::Changed, what));
        }
        if *place.entity != **entity {
            let what = format!("the cursor is one of {}, not of {entity}; begin without one", place.entity);
            return Err(Error::new(ErrorKind::BadInput, what));
        }
        Ok(place.position)
    }

    /// The cursor for it.
    pub(crate) fn cursor(self, store: Option<&str>, entity: &Name) -> Result<Cursor> {
        let place = Place { store: store.map(str::to_owned), entity: entity.to_string(), position: self };
        serde_json::to_string(&place)
            .map(Cursor::new)
            .map_err(|failure| Error::new(ErrorKind::Bug, "a cursor could not be written").because(failure))
    }
}
