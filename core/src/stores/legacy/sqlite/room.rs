//! Room: what it writes into a database, and the schema file that its compiler exports.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};

/// No app has a schema of this size.
const LARGEST_SCHEMA: u64 = 32 << 20;
/// Nor embeds its classes so deep in one another.
const DEEPEST_EMBEDDED: usize = 16;

/// Whether Room made this database.
pub(crate) fn is_room(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = 'room_master_table'",
        [],
        |row| row.get(0),
    )
}

/// The hash by which Room knows one version of its schema; none where the row or the text is not there.
pub(crate) fn identity_hash(connection: &Connection) -> rusqlite::Result<Option<String>> {
    connection
        .query_row("SELECT identity_hash FROM room_master_table WHERE id = 42", [], |row| {
            Ok(row.get_ref(0)?.as_str().ok().map(str::to_owned))
        })
        .optional()
        .map(Option::flatten)
}

/// The names that the app's classes have for columns, from the schema file that Room's compiler exported.
pub(crate) struct Exported {
    fields: HashMap<(String, String), ExportedField>,
}

/// How the app's classes call one column.
pub(crate) struct ExportedField {
    /// The way to it: one name, or several where a class is embedded in another.
    pub(crate) path: Vec<String>,
    /// SQLite's affinity for it, as Room chose it.
    pub(crate) affinity: String,
    pub(crate) required: bool,
}

#[derive(Deserialize)]
struct SchemaFile {
    database: Database,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Database {
    version: i64,
    identity_hash: String,
    entities: Vec<ExportedEntity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportedEntity {
    table_name: String,
    fields: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FieldEntry {
    field_path: String,
    column_name: String,
    affinity: String,
    /// Newer versions of Room leave it out where it is false.
    #[serde(default)]
    not_null: bool,
}

impl Exported {
    /// Reads the schema file and makes sure that it is of this very version of the store.
    pub(crate) fn read(schema: &Path, store: &Path, version: i64, hash: Option<&str>) -> Result<Self> {
        let file = parse(schema)?;
        let SchemaFile { database } = file;
        if hash != Some(database.identity_hash.as_str()) {
            let message = format!(
                "{} describes version {} of the database ({}), but {} is of version {version} ({}): give the file \
                 {version}.json that Room exported for it",
                schema.display(),
                database.version,
                database.identity_hash,
                store.display(),
                hash.unwrap_or("no identity hash"),
            );
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let mut fields = HashMap::new();
        for entity in database.entities {
            refuse_unclear_paths(schema, &entity)?;
            for field in entity.fields {
                let key = (entity.table_name.to_ascii_lowercase(), field.column_name.to_ascii_lowercase());
                let path = field.field_path.split('.').map(str::to_owned).collect();
                fields.insert(key, ExportedField { path, affinity: field.affinity, required: field.not_null });
            }
        }
        Ok(Self { fields })
    }

    /// What the app calls this column; `None` of one that the file does not list.
    pub(crate) fn field(&self, table: &str, column: &str) -> Option<&ExportedField> {
        self.fields.get(&(table.to_ascii_lowercase(), column.to_ascii_lowercase()))
    }
}

/// Every path leads to one field, and no field lies within another.
fn refuse_unclear_paths(schema: &Path, entity: &ExportedEntity) -> Result<()> {
    let mut paths: Vec<Vec<&str>> = entity.fields.iter().map(|field| field.field_path.split('.').collect()).collect();
    paths.sort();
    let unclear = paths.windows(2).any(|pair| pair[1].starts_with(&pair[0]));
    let too_deep = paths.iter().any(|path| path.len() > DEEPEST_EMBEDDED);
    if !unclear && !too_deep {
        return Ok(());
    }
    let what = if unclear { "two fields share one path" } else { "a field lies too deep" };
    let message = format!("{}: in {} {what}; export the schema again", schema.display(), entity.table_name);
    Err(Error::new(ErrorKind::BadInput, message))
}

fn parse(schema: &Path) -> Result<SchemaFile> {
    let shown = schema.display();
    let mut text = Vec::new();
    File::open(schema).and_then(|file| file.take(LARGEST_SCHEMA + 1).read_to_end(&mut text)).map_err(|cause| {
        let kind = if cause.kind() == std::io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::Io };
        Error::new(kind, format!("{shown}: the schema file cannot be read")).because(cause)
    })?;
    if text.len() as u64 > LARGEST_SCHEMA {
        return Err(Error::new(ErrorKind::BadInput, format!("{shown}: too large for a schema file of Room")));
    }
    serde_json::from_slice(&text).map_err(|cause| {
        let hint = "give the JSON file that Room's compiler exports for each version of a database";
        Error::new(ErrorKind::BadInput, format!("{shown}: no schema file of Room ({cause}); {hint}"))
    })
}
