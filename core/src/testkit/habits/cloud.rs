//! The tables in which `NSPersistentCloudKitContainer` keeps what it knows of each row.

use rusqlite::{Connection, params};

use super::random::Random;
use super::{CloudTruth, Options};
use crate::record::hex::uuid_text;

const TABLES: &str = "
CREATE TABLE ANSCKRECORDZONEMETADATA ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZCKOWNERNAME VARCHAR, \
    ZCKRECORDZONENAME VARCHAR );
CREATE TABLE ANSCKRECORDMETADATA ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZENTITYID INTEGER, \
    ZENTITYPK INTEGER, ZLASTEXPORTEDTRANSACTIONNUMBER INTEGER, ZNEEDSCLOUDDELETE INTEGER, ZNEEDSLOCALDELETE INTEGER, \
    ZNEEDSUPLOAD INTEGER, ZPENDINGEXPORTCHANGETYPENUMBER INTEGER, ZPENDINGEXPORTTRANSACTIONNUMBER INTEGER, \
    ZENCODEDRECORDASSET INTEGER, ZRECORDZONE INTEGER, ZSYSTEMFIELDSASSET INTEGER, ZCKRECORDNAME VARCHAR );
CREATE UNIQUE INDEX Z_NSCKRecordMetadata_UNIQUE_entityId_entityPK ON ANSCKRECORDMETADATA \
    (ZENTITYID COLLATE BINARY ASC, ZENTITYPK COLLATE BINARY ASC);
INSERT INTO ANSCKRECORDZONEMETADATA VALUES (1, 17015, 1, '__defaultOwner__', 'com.apple.coredata.cloudkit.zone');";

const COMPLETION: i64 = 1;

/// Of ten completions eight are known to iCloud, one waits for its first upload, and one was never looked at.
/// One more is known there whose row is gone.
pub(super) fn write(connection: &Connection, options: &Options, mut random: Random) -> rusqlite::Result<CloudTruth> {
    connection.execute_batch(TABLES)?;
    let mut statement = connection.prepare(
        "INSERT INTO ANSCKRECORDMETADATA (Z_ENT, Z_OPT, ZENTITYID, ZENTITYPK, ZCKRECORDNAME, ZNEEDSUPLOAD, \
         ZNEEDSCLOUDDELETE, ZNEEDSLOCALDELETE, ZRECORDZONE) VALUES (17012, 1, ?1, ?2, ?3, ?4, 0, 0, 1)",
    )?;
    let mut truth = CloudTruth::default();
    let last = options.completions as i64;
    for pk in (1..=last).filter(|pk| pk % 10 != 0) {
        let name = uuid_text(&random.uuid());
        let waits = pk % 10 == 5;
        statement.execute(params![COMPLETION, pk, (!waits).then_some(name), waits])?;
        truth.known += u64::from(!waits);
        truth.pending += u64::from(waits);
    }
    let gone = last + options.deletes as i64 + 1000;
    statement.execute(params![COMPLETION, gone, uuid_text(&random.uuid()), false])?;
    truth.orphans += 1;
    Ok(truth)
}
