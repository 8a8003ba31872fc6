//! On stores of other people's apps, which lie beside the checkout where they are there at all, and on our own.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::*;
use crate::record::Name;
use crate::stores::legacy::layout::{Codec, EntityLayout, Link, Storage};

mod drawn;
mod fuzz;
mod habits;
mod hostile;
mod models;
mod samples;

/// A copy of nothing: the file is opened in a way that leaves even its folder as it is.
fn open(file: &Path) -> Connection {
    let uri = format!("file:{}?immutable=1", file.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags).unwrap()
}

fn read(file: &Path) -> Layout {
    let connection = open(file);
    assert!(is_core_data(&connection, file).unwrap());
    layout(&connection, file).unwrap()
}

fn rows(connection: &Connection, entity: &EntityLayout) -> i64 {
    let sql = format!("SELECT count(*) FROM \"{}\" WHERE Z_ENT = ?1", entity.table);
    connection.query_row(&sql, [entity.number], |row| row.get(0)).unwrap()
}

fn link(layout: &Layout, entity: &str, relation: &str) -> Link {
    let (schema, entity) = layout.entity(entity).unwrap();
    let place = schema.relations.iter().position(|known| &*known.name == relation).unwrap();
    entity.relations[place].clone()
}

fn storage(layout: &Layout, entity: &str, field: &str) -> Storage {
    let (_, entity) = layout.entity(entity).unwrap();
    entity.fields.iter().find(|known| &*known.name == field).unwrap().storage.clone()
}
