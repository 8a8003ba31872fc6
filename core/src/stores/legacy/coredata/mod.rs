//! Stores of Core Data and of SwiftData, which writes the same format. Their whole model lies in the file; from it
//! follows where everything is. Where there is no model, the tables themselves say what little they know.
//!
//! Beside that layout, this room tells what such a store knows of its own past ([`history`]) and of iCloud
//! ([`cloudkit`]). It knows the tables of Apple's framework and no row of the app's: those the reader reads.

mod assembly;
mod catalog;
pub(crate) mod cloudkit;
mod columns;
mod coverage;
mod fields;
pub(crate) mod history;
mod links;
mod metadata;
mod model;
mod model_cache;
mod owners;
mod system;
mod tables;

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use crate::error::{Error, ErrorKind, Result};
use crate::stores::legacy::failure::explain;
use crate::stores::legacy::layout::Layout;
use crate::stores::legacy::sql::quoted;
use catalog::Catalog;
pub use cloudkit::CloudFacts;
pub use history::HistoryFacts;
pub(crate) use metadata::Metadata;
use model::{Model, Property};

/// Which of the two frameworks made a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavor {
    CoreData,
    SwiftData,
}

impl Flavor {
    fn word(self) -> &'static str {
        match self {
            Flavor::CoreData => "coredata",
            Flavor::SwiftData => "swiftdata",
        }
    }

    /// No store says which it is, so it is told by what only SwiftData leaves behind: enums taken apart, its own
    /// indexes, or versions of three numbers where Core Data has none or free text.
    fn of(metadata: &Metadata, catalog: &Catalog, model: &Model) -> Self {
        let is_enum = |property: &Property| matches!(property, Property::Attribute(attribute) if attribute.is_enum);
        let enums = model.entities.iter().flat_map(|entity| &entity.properties).any(is_enum);
        let indexes = catalog.indexes().iter().any(|index| index.contains("_SwiftDataIndex"));
        let version = metadata.version.as_deref().is_some_and(is_schema_version);
        if enums || indexes || version { Flavor::SwiftData } else { Flavor::CoreData }
    }
}

fn is_schema_version(version: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    version.split('.').count() == 3 && version.split('.').all(number)
}

/// Core Data's own tables, without which none of its stores can be read.
const OWN: [&str; 2] = ["Z_METADATA", "Z_PRIMARYKEY"];

/// Whether the file is a store of Core Data or SwiftData; the file is for messages alone.
///
/// A store that has only some of Core Data's own tables is damaged, and no plain database: those tables may hold the
/// app's secrets, and the others say little without them.
pub(crate) fn is_core_data(connection: &Connection, file: &Path) -> Result<bool> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('Z_METADATA', 'Z_PRIMARYKEY', 'Z_MODELCACHE')";
    let names = || connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>();
    let names = names().map_err(|failure| explain(failure, file))?;
    let missing = OWN.iter().find(|own| !names.iter().any(|name| name == *own));
    match missing {
        None => Ok(true),
        Some(_) if names.is_empty() => Ok(false),
        Some(missing) => {
            let what = format!("a store of Core Data without its table {missing}; take it from a backup");
            Err(Error::new(ErrorKind::Damaged, format!("{}: {what}", file.display())))
        }
    }
}

/// Where everything lies in a store of Core Data or SwiftData; the file is for messages alone.
///
/// A store without a model, or with an empty one, is described from its tables, with a warning that says what cannot
/// be known so. A model that is there and damaged is an error of kind [`ErrorKind::Damaged`]: what the tables alone
/// say would look like success and be less than what the app had. Only the few tables of bookkeeping are read.
pub(crate) fn layout(connection: &Connection, file: &Path) -> Result<Layout> {
    let failed = |failure: rusqlite::Error| explain(failure, file);
    let metadata = Metadata::read(connection).map_err(failed)?;
    let numbered = metadata::numbered(connection).map_err(failed)?;
    let catalog = Catalog::read(connection).map_err(failed)?;
    let damaged = |what: String| {
        let file = file.display();
        Error::new(
            ErrorKind::Damaged,
            format!(
                "{file}: the model inside the store is damaged: {what}; open the store in the app once, or take it from a backup"
            ),
        )
    };
    let mut layout = match model(connection, &catalog).map_err(failed)? {
        Some(model) => {
            let model = model.map_err(|error| damaged(error.to_string()).because(error))?;
            assembly::layout(&model, &numbered, &metadata, &catalog).map_err(|what| damaged(what.to_owned()))?
        }
        None => tables::layout(&numbered, &metadata, &catalog),
    };
    owners::add(&mut layout);
    if metadata.damaged {
        layout.schema.warnings.push("The store's metadata cannot be read; its version is not known.".to_owned());
    }
    if let Some((table, column)) = coverage::without_key(&layout, &catalog) {
        let message = format!("{}: table {table} has no column {column}, as all of Core Data's have", file.display());
        return Err(Error::new(ErrorKind::Damaged, format!("{message}; take the store from a backup")));
    }
    for table in coverage::unused(&layout, &catalog) {
        let sql = format!("SELECT count(*) FROM {}", quoted(table));
        let rows = match connection.query_row(&sql, [], |row| row.get::<_, i64>(0)) {
            Ok(0) => continue,
            Ok(rows) => rows.to_string(),
            Err(_) => "how many cannot be told".to_owned(),
        };
        layout
            .schema
            .warnings
            .push(format!("Table {table} belongs to nothing in the model and is left out (rows: {rows})."));
    }
    let unexplained = coverage::unexplained(&layout, &catalog);
    layout.schema.warnings.extend(unexplained.into_iter().map(|(table, column)| {
        format!("Column {column} of table {table} belongs to nothing in the model; it is left out.")
    }));
    Ok(layout)
}

/// The model inside the store, if there is one.
fn model(
    connection: &Connection,
    catalog: &Catalog,
) -> rusqlite::Result<Option<Result<Model, model_cache::ModelError>>> {
    if catalog.table("Z_MODELCACHE").is_none() {
        return Ok(None);
    }
    let read = connection.query_row("SELECT Z_CONTENT FROM Z_MODELCACHE LIMIT 1", [], |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Null => None,
            ValueRef::Blob([]) => None,
            ValueRef::Blob(content) => Some(model_cache::read(content)),
            _ => Some(Err(model_cache::ModelError::Deflate)),
        })
    });
    Ok(read.optional()?.flatten())
}

#[cfg(test)]
mod tests;
