//! The rows of runs.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::book::Page;
use super::cells::{maybe_moment, moment, moment_cell};
use super::failure::{Done, Fault};
use super::{leases, ledger, page_of};
use crate::error::{Error, ErrorKind};
use crate::journal::{Counters, Position, Run, Saved, Scope, Sent, Status};
use crate::plan::{Fingerprint, Outline};
use crate::record::Timestamp;
use crate::store::Cursor;

const COLUMNS: &str = "fingerprint, store, target, generation, status, paused, started, finished, pass, cursor, sent_pass, \
                       sent_cursor, history, counters";

/// The scope's run, where there was one.
pub(super) fn run(sql: &Connection, scope: i64) -> Done<Option<Run>> {
    let query = format!(
        "SELECT {COLUMNS}, heartbeat, text FROM run JOIN lease USING (scope) LEFT JOIN outline USING (scope) WHERE \
         scope = ?1"
    );
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
    let counters: String = row.get(13)?;
    let sent: Option<u32> = row.get(10)?;
    let sent = sent.map(|pass| Ok::<_, Fault>(Sent { pass, cursor: cursor(11)? })).transpose()?;
    Ok(Run {
        fingerprint: Fingerprint(fingerprint.try_into().map_err(|_| Fault::damaged("a run's fingerprint"))?),
        outline: Outline::from_text(row.get::<_, Option<String>>(15)?.unwrap_or_default()),
        store: row.get(1)?,
        target: row.get(2)?,
        generation: row.get(3)?,
        status: status(row, 4)?,
        paused: row.get(5)?,
        started: moment(row, 6)?,
        heartbeat: moment(row, 14)?,
        finished: maybe_moment(row, 7)?,
        position: Position { pass: row.get(8)?, cursor: cursor(9)?, sent, history: cursor(12)? },
        counters: serde_json::from_str(&counters).map_err(|_| Fault::damaged("a run's counters"))?,
    })
}

fn status(row: &Row<'_>, column: usize) -> Done<Status> {
    let word = row.get_ref(column)?.as_str().unwrap_or_default();
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    Status::from_word(word).ok_or_else(|| if is_word { newer(word) } else { Fault::damaged("a run's status") })
}

fn newer(word: &str) -> Fault {
    let what = format!(
        "a run is `{word}`, which a later version of the app has written; install that one again to go on with it"
    );
    Error::new(ErrorKind::Unsupported, what).into()
}

fn counted(counters: &Counters) -> Done<String> {
    // Numbers under names are always JSON.
    serde_json::to_string(counters)
        .map_err(|failure| Error::new(ErrorKind::Bug, "counters that are no JSON").because(failure).into())
}

/// Begins a generation, which is after the one that there is. What was carried from another store, or to another target,
/// is forgotten.
pub(super) fn begin(page: &mut Page<'_>, scope: i64, run: &Run) -> Done<()> {
    let sql = page.sql;
    let query = "SELECT generation, store, target FROM run WHERE scope = ?1";
    let before: Option<(u32, String, String)> =
        sql.query_row(query, [scope], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    if let Some((generation, store, target)) = before {
        if generation >= run.generation {
            let what = format!("generation {} was begun already; begin the one after it", run.generation);
            return Err(Error::new(ErrorKind::Bug, what).into());
        }
        if (store, target) != (run.store.clone(), run.target.clone()) {
            ledger::forget_all(page, scope)?;
        }
    }
    let sent = run.position.sent.as_ref();
    let insert =
        format!("REPLACE INTO run (scope, {COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)");
    let values = params![
        scope,
        run.fingerprint.0,
        run.store,
        run.target,
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
    sql.execute("REPLACE INTO outline (scope, text) VALUES (?1, ?2)", params![scope, run.outline.as_text()])?;
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
