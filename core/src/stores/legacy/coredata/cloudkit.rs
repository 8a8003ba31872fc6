//! What `NSPersistentCloudKitContainer` keeps beside the rows that it mirrors.
//!
//! A row of the app is known there by its entity's number and its primary key (`ZENTITYID`, `ZENTITYPK`). With a
//! record name it has been given to iCloud; without one it waits for its first upload; without a row of its own it was
//! never looked at. What is known of each record the reader looks up row by row; here it is counted.

use rusqlite::Connection;

use crate::stores::legacy::layout::{EntityLayout, Layout};
use crate::stores::legacy::sql::quoted;

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

/// Counts what the mirror says of the layout's entities; `None` where the store is not mirrored.
pub(crate) fn facts(connection: &Connection, layout: &Layout) -> rusqlite::Result<Option<CloudFacts>> {
    let Some(tables) = &layout.cloud else { return Ok(None) };
    let records = quoted(&tables.records);
    let flag = |name: &str| -> rusqlite::Result<String> {
        let is_there = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2";
        let is_there = connection.query_row(is_there, [tables.records.as_str(), name], |row| row.get(0))?;
        Ok(if is_there { format!("{name} = 1") } else { "0".to_owned() })
    };
    let (upload, delete) = (flag(WAITS_FOR_UPLOAD)?, flag(WAITS_FOR_DELETE)?);
    let sql = format!(
        "SELECT total(ZCKRECORDNAME NOT NULL), total(ZCKRECORDNAME IS NULL), total(ZCKRECORDNAME NOT NULL AND {upload}), \
         total({delete}) FROM {records}"
    );
    let mut facts = connection.query_row(&sql, [], |row| {
        let count = |index| row.get::<_, f64>(index).map(|count| count as u64);
        Ok(CloudFacts { known: count(0)?, pending: count(1)?, changed: count(2)?, deletes: count(3)?, orphans: 0 })
    })?;
    for entity in &layout.entities {
        facts.orphans += orphans(connection, &records, entity)?;
    }
    facts.known = facts.known.saturating_sub(facts.orphans);
    Ok(Some(facts))
}

fn orphans(connection: &Connection, records: &str, entity: &EntityLayout) -> rusqlite::Result<u64> {
    let Some(number) = entity.number else { return Ok(0) };
    let sql = format!(
        "SELECT count(*) FROM {records} WHERE ZENTITYID = ?1 AND ZCKRECORDNAME NOT NULL \
         AND ZENTITYPK NOT IN (SELECT Z_PK FROM {})",
        quoted(&entity.table)
    );
    connection.query_row(&sql, [number], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::legacy::layout::{CloudTables, KeyColumns};
    use crate::testkit::habits::{CloudTruth, Options, generate};

    fn layout(cloud: Option<CloudTables>) -> Layout {
        let completion = EntityLayout {
            name: "Completion".into(),
            table: "ZCOMPLETION".into(),
            number: Some(1),
            key: KeyColumns::Row("Z_PK".into()),
            fields: Vec::new(),
            relations: Vec::new(),
            owners: Vec::new(),
        };
        Layout { entities: vec![completion], cloud, ..Layout::default() }
    }

    #[test]
    fn a_mirrored_store_tells_how_far_cloudkit_has_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("default.store");
        let truth = generate(&path, &Options { cloudkit: true, ..Options::default() }).unwrap();
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "UPDATE ANSCKRECORDMETADATA SET ZNEEDSUPLOAD = 1 WHERE ZENTITYPK < 4;
                 UPDATE ANSCKRECORDMETADATA SET ZNEEDSCLOUDDELETE = 1 WHERE ZENTITYPK > 1000;",
            )
            .unwrap();
        let records = || Some(CloudTables { records: "ANSCKRECORDMETADATA".to_owned(), zones: None });
        let CloudTruth { known, pending, orphans } = truth.cloud;
        let expected = CloudFacts { known, pending, changed: 3, deletes: 1, orphans };
        assert_eq!(facts(&connection, &layout(records())).unwrap(), Some(expected));

        connection.execute_batch("ALTER TABLE ANSCKRECORDMETADATA DROP COLUMN ZNEEDSUPLOAD").unwrap();
        let without = CloudFacts { changed: 0, ..expected };
        assert_eq!(facts(&connection, &layout(records())).unwrap(), Some(without));
        assert_eq!(facts(&connection, &layout(None)).unwrap(), None);
    }
}
