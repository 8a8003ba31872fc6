//! The rows of runs.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::cells::{maybe_moment, moment, moment_cell};
use super::failure::{Done, Fault};
use super::{leases, page_of};
use crate::error::{Error, ErrorKind};
use crate::journal::{Counters, Position, Run, Saved, Scope, Sent, Status};
use crate::plan::Fingerprint;
use crate::record::Timestamp;
use crate::store::Cursor;

const COLUMNS: &str = "fingerprint, store, generation, status, paused, started, finished, pass, cursor, sent_pass, \
                       sent_cursor, history, counters";

/// The scope's run, where there was one.
pub(super) fn run(sql: &Connection, scope: i64) -> Done<Option<Run>> {
    let query = format!("SELECT {COLUMNS}, heartbeat FROM run JOIN lease USING (scope) WHERE scope = ?1");
    let mut query = sql.prepare(&query)?;
    let mut rows = query.query([scope])?;
    rows.next()?.map(read).transpose()
}

/// Every scope that has a run.
pub(super) fn scopes(sql: &Connection) -> Done<Vec<Scope>> {
    let query = "SELECT plan, owner, shard FROM scope JOIN run ON run.scope = scope.id ORDER BY scope.id";
    page_of(sql, query, [], |row| Ok(Scope { plan: row.get(0)?, owner: row.get(1)?, shard: row.get(2)? }))
}

fn read(row: &Row<'_>) -> Done<Run> {
    let cursor = |column| Ok::<_, Fault>(row.get::<_, Option<String>>(column)?.map(Cursor::new));
    let fingerprint: Vec<u8> = row.get(0)?;
    let counters: String = row.get(12)?;
    let sent: Option<u32> = row.get(9)?;
    let sent = sent.map(|pass| Ok::<_, Fault>(Sent { pass, cursor: cursor(10)? })).transpose()?;
    Ok(Run {
        fingerprint: Fingerprint(fingerprint.try_into().map_err(|_| Fault::damaged("a run's fingerprint"))?),
        store: row.get(1)?,
        generation: row.get(2)?,
        status: status(row, 3)?,
        paused: row.get(4)?,
        started: moment(row, 5)?,
        heartbeat: moment(row, 13)?,
        finished: maybe_moment(row, 6)?,
        position: Position { pass: row.get(7)?, cursor: cursor(8)?, sent, history: cursor(11)? },
        counters: serde_json::from_str(&counters).map_err(|_| Fault::damaged("a run's counters"))?,
    })
}

fn status(row: &Row<'_>, column: usize) -> Done<Status> {
    Status::from_word(row.get_ref(column)?.as_str().unwrap_or_default()).ok_or_else(|| Fault::damaged("a run's status"))
}

fn counted(counters: &Counters) -> Done<String> {
    // Numbers under names are always JSON.
    serde_json::to_string(counters)
        .map_err(|failure| Error::new(ErrorKind::Bug, "counters that are no JSON").because(failure).into())
}

/// Begins a generation, which is after the one that there is.
pub(super) fn begin(sql: &Connection, scope: i64, run: &Run) -> Done<()> {
    let query = "SELECT generation FROM run WHERE scope = ?1";
    let before: Option<u32> = sql.query_row(query, [scope], |row| row.get(0)).optional()?;
    if before.is_some_and(|before| before >= run.generation) {
        let what = format!("generation {} was begun already; begin the one after it", run.generation);
        return Err(Error::new(ErrorKind::Bug, what).into());
    }
    let sent = run.position.sent.as_ref();
    let insert = format!("REPLACE INTO run (scope, {COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)");
    let values = params![
        scope,
        run.fingerprint.0,
        run.store,
        run.generation,
        run.status.word(),
        run.paused,
        moment_cell(run.started),
        run.finished.map(moment_cell),
        run.position.pass,
        text(run.position.cursor.as_ref()),
        sent.map(|sent| sent.pass),
        text(sent.and_then(|sent| sent.cursor.as_ref())),
        text(run.position.history.as_ref()),
        counted(&run.counters)?,
    ];
    sql.execute(&insert, values)?;
    leases::heard(sql, scope, run.heartbeat)
}

/// Notes how the run stands now.
pub(super) fn save(sql: &Connection, scope: i64, saved: &Saved, now: Timestamp) -> Done<()> {
    let before = {
        let mut query = sql.prepare("SELECT status FROM run WHERE scope = ?1")?;
        let mut rows = query.query([scope])?;
        let row = rows.next()?;
        let row = row.ok_or_else(|| Error::new(ErrorKind::Bug, "a step was saved of a run that was not begun"))?;
        status(row, 0)?
    };
    let after = saved.status.unwrap_or(before);
    if after < before {
        return Err(Error::new(ErrorKind::Bug, "a run's status went back; begin a new generation").into());
    }
    let sent = saved.position.sent.as_ref();
    let update = "UPDATE run SET status = ?2, paused = ?3, pass = ?4, cursor = ?5, sent_pass = ?6, sent_cursor = ?7, \
                  history = ?8, counters = ?9, finished = coalesce(finished, ?10) WHERE scope = ?1";
    let values = params![
        scope,
        after.word(),
        saved.paused,
        saved.position.pass,
        text(saved.position.cursor.as_ref()),
        sent.map(|sent| sent.pass),
        text(sent.and_then(|sent| sent.cursor.as_ref())),
        text(saved.position.history.as_ref()),
        counted(&saved.counters)?,
        after.is_settled().then(|| moment_cell(now)),
    ];
    sql.execute(update, values)?;
    Ok(())
}

fn text(cursor: Option<&Cursor>) -> Option<&str> {
    cursor.map(Cursor::as_str)
}
