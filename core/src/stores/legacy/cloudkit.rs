//! What `NSPersistentCloudKitContainer` keeps beside the rows that it mirrors.
//!
//! A row of the app is known there by its entity's number and its primary key (`ZENTITYID`, `ZENTITYPK`). With a
//! record name it has been given to iCloud; without one it waits for its first upload; without a row of its own it was
//! never looked at. [`join`] notes the tables in a layout and gives its entities the fields `@cloudkit.name`,
//! `@cloudkit.zone` and `@cloudkit.exported`; the reader looks the values up row by row.

use rusqlite::{Connection, OptionalExtension};

use super::layout::{CloudTables, EntityLayout, Layout};
use crate::record::Kind;
use crate::schema::{CLOUD_EXPORTED, CLOUD_NAME, CLOUD_ZONE, Field};

const RECORDS: (&str, &[&str]) = ("ANSCKRECORDMETADATA", &["ZENTITYID", "ZENTITYPK", "ZCKRECORDNAME"]);
const ZONES: (&str, &[&str]) = ("ANSCKRECORDZONEMETADATA", &["Z_PK", "ZCKRECORDZONENAME"]);
const ZONE_OF_RECORD: &str = "ZRECORDZONE";
const WAITS_FOR_UPLOAD: &str = "ZNEEDSUPLOAD";
const WAITS_FOR_DELETE: &str = "ZNEEDSCLOUDDELETE";

/// How far CloudKit has come with a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudFacts {
    /// Rows that it knows by a record's name.
    pub known: u64,
    /// Rows that wait for their first upload.
    pub pending: u64,
    /// Rows that it knows and that were changed since.
    pub changed: u64,
    /// Deletes that it has yet to tell iCloud; only this file knows of them.
    pub deletes: u64,
    /// Names whose row is gone.
    pub orphans: u64,
}

/// Notes the mirror's tables, where they are there and as expected, and what they tell of each record.
pub(crate) fn join(connection: &Connection, layout: &mut Layout) -> rusqlite::Result<()> {
    let Some(tables) = find(connection)? else { return Ok(()) };
    layout.cloud = Some(tables);
    for (entity, lies) in layout.schema.entities.iter_mut().zip(&layout.entities) {
        if lies.number.is_some() {
            entity.system.extend([
                Field::new(CLOUD_NAME, Kind::String).optional(),
                Field::new(CLOUD_ZONE, Kind::String).optional(),
                Field::new(CLOUD_EXPORTED, Kind::Bool),
            ]);
        }
    }
    Ok(())
}

/// Counts what the mirror says of the layout's entities.
pub(crate) fn facts(connection: &Connection, layout: &Layout) -> rusqlite::Result<Option<CloudFacts>> {
    let Some(tables) = &layout.cloud else { return Ok(None) };
    let records = &tables.records;
    let flag = |name: &str| -> rusqlite::Result<String> {
        Ok(if has_columns(connection, records, &[name])? { format!("{name} = 1") } else { "0".to_owned() })
    };
    let (upload, delete) = (flag(WAITS_FOR_UPLOAD)?, flag(WAITS_FOR_DELETE)?);
    let sql = format!(
        "SELECT total(ZCKRECORDNAME NOT NULL), total(ZCKRECORDNAME IS NULL), total(ZCKRECORDNAME NOT NULL AND {upload}), \
         total({delete}) FROM \"{records}\""
    );
    let mut facts = connection.query_row(&sql, [], |row| {
        let count = |index| row.get::<_, f64>(index).map(|count| count as u64);
        Ok(CloudFacts { known: count(0)?, pending: count(1)?, changed: count(2)?, deletes: count(3)?, orphans: 0 })
    })?;
    for entity in &layout.entities {
        facts.orphans += orphans(connection, records, entity)?;
    }
    facts.known = facts.known.saturating_sub(facts.orphans);
    Ok(Some(facts))
}

fn orphans(connection: &Connection, records: &str, entity: &EntityLayout) -> rusqlite::Result<u64> {
    let Some(number) = entity.number else { return Ok(0) };
    let table = entity.table.replace('"', "\"\"");
    let sql = format!(
        "SELECT count(*) FROM \"{records}\" WHERE ZENTITYID = ?1 AND ZCKRECORDNAME NOT NULL \
         AND ZENTITYPK NOT IN (SELECT Z_PK FROM \"{table}\")"
    );
    connection.query_row(&sql, [number], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}

fn find(connection: &Connection) -> rusqlite::Result<Option<CloudTables>> {
    let Some(records) = table(connection, RECORDS)? else { return Ok(None) };
    let zones = if has_columns(connection, &records, &[ZONE_OF_RECORD])? { table(connection, ZONES)? } else { None };
    Ok(Some(CloudTables { records, zones }))
}

/// The table of this name as the file writes it, where it has these columns.
fn table(connection: &Connection, (name, columns): (&str, &[&str])) -> rusqlite::Result<Option<String>> {
    let found: Option<String> = connection
        .query_row("SELECT name FROM sqlite_master WHERE type = 'table' AND upper(name) = ?1", [name], |row| row.get(0))
        .optional()?;
    match found {
        Some(found) if has_columns(connection, &found, columns)? => Ok(Some(found)),
        _ => Ok(None),
    }
}

fn has_columns(connection: &Connection, table: &str, columns: &[&str]) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare("SELECT upper(name) FROM pragma_table_info(?1)")?;
    let found: Vec<String> = statement.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(columns.iter().all(|column| found.iter().any(|name| name == column)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Entity, Schema};
    use crate::stores::legacy::layout::KeyColumns;
    use crate::testkit::habits::{CloudTruth, Options, Truth, generate};

    fn mirrored(options: &Options) -> (Connection, Layout, Truth) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.store");
        let truth = generate(&path, options).unwrap();
        let connection = Connection::open(path).unwrap();
        // The whole of it in memory, so that the folder may go.
        let mut copy = Connection::open_in_memory().unwrap();
        rusqlite::backup::Backup::new(&connection, &mut copy).unwrap().step(-1).unwrap();
        let schema = Schema { entities: vec![Entity::new("Completion")], ..Schema::default() };
        let entity = EntityLayout {
            name: "Completion".into(),
            table: "ZCOMPLETION".into(),
            number: Some(1),
            key: KeyColumns::Row("Z_PK".into()),
            fields: Vec::new(),
            relations: Vec::new(),
        };
        (copy, Layout { schema, entities: vec![entity], store_id: None, cloud: None }, truth)
    }

    #[test]
    fn a_mirrored_store_tells_what_cloudkit_knows() {
        let (connection, mut layout, truth) = mirrored(&Options { cloudkit: true, ..Options::default() });
        join(&connection, &mut layout).unwrap();
        let names: Vec<&str> = layout.schema.entities[0].system.iter().map(|field| &*field.name).collect();
        assert_eq!(names, [CLOUD_NAME, CLOUD_ZONE, CLOUD_EXPORTED]);
        connection.execute("UPDATE ANSCKRECORDMETADATA SET ZNEEDSUPLOAD = 1 WHERE ZENTITYPK < 4", []).unwrap();
        connection.execute("UPDATE ANSCKRECORDMETADATA SET ZNEEDSCLOUDDELETE = 1 WHERE ZENTITYPK > 1000", []).unwrap();
        let facts = facts(&connection, &layout).unwrap().unwrap();
        let CloudTruth { known, pending, orphans } = truth.cloud;
        assert_eq!(facts, CloudFacts { known, pending, changed: 3, deletes: 1, orphans });
    }

    #[test]
    fn a_store_that_is_not_mirrored_has_no_such_fields() {
        let (connection, mut layout, _) = mirrored(&Options::default());
        join(&connection, &mut layout).unwrap();
        assert!(layout.cloud.is_none() && layout.schema.entities[0].system.is_empty());
        assert_eq!(facts(&connection, &layout).unwrap(), None);
    }

    #[test]
    fn tables_of_another_make_are_left_alone() {
        let (connection, mut layout, _) = mirrored(&Options { cloudkit: true, ..Options::default() });
        connection.execute_batch("ALTER TABLE ANSCKRECORDMETADATA DROP COLUMN ZRECORDZONE").unwrap();
        join(&connection, &mut layout).unwrap();
        assert_eq!(layout.cloud.as_ref().map(|cloud| cloud.zones.is_some()), Some(false));
        connection.execute_batch("ALTER TABLE ANSCKRECORDMETADATA DROP COLUMN ZCKRECORDNAME").unwrap();
        layout.cloud = None;
        join(&connection, &mut layout).unwrap();
        assert!(layout.cloud.is_none());
    }
}
