//! The habit app at work on its store, in a process of its own. It writes as SwiftData does: with each save the rows, the
//! last keys that were given out, and what the persistent history notes of them.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

const COMPLETION: i64 = 1;
const HABIT: i64 = 2;
const STREAK: i64 = 3;
const XP_EVENT: i64 = 5;
const XP_STATE: i64 = 6;
const CHANGE: i64 = 16001;
const TRANSACTION: i64 = 16002;
const INSERT: i64 = 0;
const UPDATE: i64 = 1;

const DAY: f64 = 86_400.0;
/// What doing a habit once earns.
const POINTS: i64 = 10;

/// Adds a habit of the first user's, with a streak that has not begun. Moments are seconds since 2001.
pub(crate) fn add_habit(store: &Path, title: &str, at: f64) -> rusqlite::Result<()> {
    let mut app = Connection::open(store)?;
    let save = Save::begin(&mut app, at)?;
    let (habit, streak) = (save.inserts(HABIT)?, save.inserts(STREAK)?);
    save.sql.execute(
        "INSERT INTO ZHABIT (Z_PK, Z_ENT, Z_OPT, ZID, ZTITLE, ZCOLORHEX, ZFREQUENCY, ZISARCHIVED, ZSORTINDEX, ZCREATEDAT, \
         ZOWNER, ZSTREAK) VALUES (?1, ?2, 1, randomblob(16), ?3, '#3366CC', 'daily', 0, \
         (SELECT 1 + max(ZSORTINDEX) FROM ZHABIT), ?4, (SELECT min(Z_PK) FROM ZUSERPROFILE), ?5)",
        params![habit, HABIT, title, at, streak],
    )?;
    save.sql.execute(
        "INSERT INTO ZSTREAK (Z_PK, Z_ENT, Z_OPT, ZID, ZCURRENT, ZLONGEST, ZFREEZES, ZHABIT) \
         VALUES (?1, ?2, 1, randomblob(16), 0, 0, 0, ?3)",
        params![streak, STREAK, habit],
    )?;
    save.sql.commit()
}

/// Notes that a habit was done, with what that earns and what its streak is now. Answers whether there is such a habit.
pub(crate) fn complete(store: &Path, habit: &str, at: f64) -> rusqlite::Result<bool> {
    let mut app = Connection::open(store)?;
    let Some((habit, owner)) = find(&app, habit)? else { return Ok(false) };
    let save = Save::begin(&mut app, at)?;
    let (completion, event, day) = (save.inserts(COMPLETION)?, save.inserts(XP_EVENT)?, (at / DAY).floor() * DAY);
    let state = save.changes(XP_STATE, "SELECT Z_PK FROM ZXPSTATE WHERE ZUSER = ?1", owner)?;
    let streak = save.changes(STREAK, "SELECT Z_PK FROM ZSTREAK WHERE ZHABIT = ?1", habit)?;
    save.sql.execute(
        "INSERT INTO ZCOMPLETION (Z_PK, Z_ENT, Z_OPT, ZID, ZCOMPLETEDAT, ZDAY, ZISSKIPPED, ZCREATEDAT, ZUPDATEDAT, ZHABIT, \
         ZXPEVENT) VALUES (?1, ?2, 1, randomblob(16), ?3, ?4, 0, ?3, ?3, ?5, ?6)",
        params![completion, COMPLETION, at, day, habit, event],
    )?;
    save.sql.execute(
        "INSERT INTO ZXPEVENT (Z_PK, Z_ENT, Z_OPT, ZID, ZKIND, ZPOINTS, ZOCCURREDAT, ZCOMPLETION, ZSTATE) \
         VALUES (?1, ?2, 1, randomblob(16), 'completion', ?3, ?4, ?5, ?6)",
        params![event, XP_EVENT, POINTS, at, completion, state],
    )?;
    save.sql.execute(
        "UPDATE ZXPSTATE SET ZTOTALPOINTS = ZTOTALPOINTS + ?2, ZUPDATEDAT = ?3, Z_OPT = Z_OPT + 1 WHERE Z_PK = ?1",
        params![state, POINTS, at],
    )?;
    save.sql.execute(
        "UPDATE ZSTREAK SET ZCURRENT = iif(ZLASTDAY = ?2 - ?3, ZCURRENT + 1, 1), ZLASTDAY = ?2, Z_OPT = Z_OPT + 1 \
         WHERE Z_PK = ?1 AND ZLASTDAY IS NOT ?2",
        params![streak, day, DAY],
    )?;
    save.sql.execute("UPDATE ZSTREAK SET ZLONGEST = max(ZLONGEST, ZCURRENT) WHERE Z_PK = ?1", [streak])?;
    save.sql.commit()?;
    Ok(true)
}

/// The keys of a habit and of its owner.
fn find(app: &Connection, id: &str) -> rusqlite::Result<Option<(i64, i64)>> {
    let query = "SELECT Z_PK, ZOWNER FROM ZHABIT WHERE hex(ZID) = upper(replace(?1, '-', ''))";
    app.query_row(query, [id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// A save of the app's: a transaction, and its line in the history.
struct Save<'a> {
    sql: Transaction<'a>,
    number: i64,
}

impl<'a> Save<'a> {
    fn begin(app: &'a mut Connection, at: f64) -> rusqlite::Result<Self> {
        let sql = app.transaction()?;
        let number = next_key(&sql, TRANSACTION)?;
        let insert = "INSERT INTO ATRANSACTION (Z_PK, Z_ENT, ZTIMESTAMP) VALUES (?1, ?2, ?3)";
        sql.execute(insert, params![number, TRANSACTION, at])?;
        Ok(Self { sql, number })
    }

    /// The key of a new object.
    fn inserts(&self, entity: i64) -> rusqlite::Result<i64> {
        let key = next_key(&self.sql, entity)?;
        self.note(INSERT, entity, key)?;
        Ok(key)
    }

    /// The key of one that is there and changes.
    fn changes(&self, entity: i64, find: &str, by: i64) -> rusqlite::Result<i64> {
        let key = self.sql.query_row(find, [by], |row| row.get(0))?;
        self.note(UPDATE, entity, key)?;
        Ok(key)
    }

    fn note(&self, kind: i64, entity: i64, key: i64) -> rusqlite::Result<()> {
        let insert = "INSERT INTO ACHANGE (Z_PK, Z_ENT, ZCHANGETYPE, ZENTITY, ZENTITYPK, ZTRANSACTIONID) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let number = next_key(&self.sql, CHANGE)?;
        self.sql.execute(insert, params![number, CHANGE, kind, entity, key, self.number]).map(drop)
    }
}

fn next_key(sql: &Transaction<'_>, entity: i64) -> rusqlite::Result<i64> {
    let next = "UPDATE Z_PRIMARYKEY SET Z_MAX = Z_MAX + 1 WHERE Z_ENT = ?1 RETURNING Z_MAX";
    sql.query_row(next, [entity], |row| row.get(0))
}
