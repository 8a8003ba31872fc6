//! Persistent history: what Core Data notes of every save, when an app asks for it.

use rusqlite::{Connection, Statement, params};

use super::{DAY, HistoryTruth, NOW, Options};

pub(super) const TABLES: &str = "
CREATE TABLE ACHANGE ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZCHANGETYPE INTEGER, ZENTITY INTEGER, \
    ZENTITYPK INTEGER, ZTRANSACTIONID INTEGER, ZCOLUMNS BLOB );
CREATE TABLE ATRANSACTION ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZAUTHORTS INTEGER, \
    ZBUNDLEIDTS INTEGER, ZCONTEXTNAMETS INTEGER, ZPROCESSIDTS INTEGER, ZTIMESTAMP FLOAT, ZAUTHOR VARCHAR, \
    ZBUNDLEID VARCHAR, ZCONTEXTNAME VARCHAR, ZPROCESSID VARCHAR, ZQUERYGEN BLOB );
CREATE TABLE ATRANSACTIONSTRING ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZNAME VARCHAR );
CREATE INDEX ACHANGE_ZTRANSACTIONID_INDEX ON ACHANGE (ZTRANSACTIONID);
CREATE UNIQUE INDEX Z_TRANSACTIONSTRING_UNIQUE_NAME ON ATRANSACTIONSTRING (ZNAME COLLATE BINARY ASC);";

const COMPLETION: i64 = 1;
const INSERT: i64 = 0;
const UPDATE: i64 = 1;
const DELETE: i64 = 2;
const CHANGES_A_SAVE: u64 = 25;
/// Every so many saves one came from another device of the user.
const FROM_CLOUD: u64 = 9;

/// Notes the newest completions as inserted, some of them and some older ones as updated, and rows that are gone.
pub(super) fn write(connection: &Connection, options: &Options) -> rusqlite::Result<HistoryTruth> {
    let last = options.completions as i64;
    let rows = (last as f64 * options.history_share.clamp(0.0, 1.0)) as i64;
    let mut notes = Notes {
        change: connection.prepare("INSERT INTO ACHANGE VALUES (?1, 16001, NULL, ?2, ?3, ?4, ?5, ?6)")?,
        save: connection.prepare(
            "INSERT INTO ATRANSACTION (Z_PK, Z_ENT, ZAUTHORTS, ZBUNDLEIDTS, ZPROCESSIDTS, ZTIMESTAMP) \
             VALUES (?1, 16002, ?2, 1, 2, ?3)",
        )?,
        truth: HistoryTruth::default(),
    };
    if rows > 0 || options.deletes > 0 {
        connection.execute_batch(
            "INSERT INTO ATRANSACTIONSTRING VALUES (1, 16003, NULL, 'com.example.habits'), (2, 16003, NULL, 'Habits'), \
             (3, 16003, NULL, 'NSCloudKitMirroringDelegate.import')",
        )?;
    }
    for pk in last - rows + 1..=last {
        notes.note(INSERT, pk)?;
        notes.truth.inserted += 1;
        if pk % 3 == 0 {
            notes.note(UPDATE, pk)?;
        }
        let older = pk - rows;
        if pk % 5 == 0 && older > 0 {
            notes.note(UPDATE, older)?;
            notes.truth.updated += 1;
        }
    }
    for gone in last + 1..=last + options.deletes as i64 {
        if gone % 2 == 0 {
            notes.note(INSERT, gone)?;
        }
        notes.note(DELETE, gone)?;
        notes.truth.deleted += 1;
    }
    Ok(notes.truth)
}

struct Notes<'a> {
    change: Statement<'a>,
    save: Statement<'a>,
    truth: HistoryTruth,
}

impl Notes<'_> {
    fn note(&mut self, kind: i64, pk: i64) -> rusqlite::Result<()> {
        if self.truth.changes.is_multiple_of(CHANGES_A_SAVE) {
            self.begin_save()?;
        }
        self.truth.changes += 1;
        let columns = (kind == UPDATE).then_some(&[0x04_u8, 0x00][..]);
        let (number, save) = (self.truth.changes as i64, self.truth.transactions as i64);
        self.change.execute(params![number, kind, COMPLETION, pk, save, columns])?;
        Ok(())
    }

    fn begin_save(&mut self) -> rusqlite::Result<()> {
        self.truth.transactions += 1;
        let number = self.truth.transactions;
        let author = number.is_multiple_of(FROM_CLOUD).then_some(3);
        self.save.execute(params![number as i64, author, NOW - DAY + number as f64 * 2.5])?;
        Ok(())
    }
}
