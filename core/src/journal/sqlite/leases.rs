//! Scopes, and who may write them.
//!
//! A lease has an epoch that no other lease of this file ever had, and every write checks it in its own transaction.
//! So a holder that was thought dead, and wakes, writes nothing any more.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::cells::{count, maybe_moment, moment, moment_cell, number};
use super::failure::{Done, Fault};
use crate::error::{Error, ErrorKind};
use crate::journal::{Ask, Lease, Leased, Scope};
use crate::record::Timestamp;

/// A scope's number, where the journal has one.
pub(super) fn scope(sql: &Connection, scope: &Scope) -> Done<Option<i64>> {
    let query = "SELECT id FROM scope WHERE plan = ?1 AND owner IS ?2 AND shard = ?3";
    Ok(sql.query_row(query, params![scope.plan, scope.owner, scope.shard], |row| row.get(0)).optional()?)
}

fn scope_or_new(sql: &Connection, wanted: &Scope) -> Done<i64> {
    if let Some(id) = scope(sql, wanted)? {
        return Ok(id);
    }
    let insert = "INSERT INTO scope (plan, owner, shard) VALUES (?1, ?2, ?3)";
    sql.execute(insert, params![wanted.plan, wanted.owner, wanted.shard])?;
    Ok(sql.last_insert_rowid())
}

/// The scope that a lease is for, where it still counts.
pub(super) fn fenced(sql: &Connection, lease: &Lease) -> Done<i64> {
    let id = scope(sql, &lease.scope)?.ok_or_else(|| taken_over(lease))?;
    let query = "SELECT 1 FROM lease WHERE scope = ?1 AND epoch = ?2 AND holder = ?3";
    let holds = sql.query_row(query, params![id, number(lease.epoch), lease.holder], |_| Ok(())).optional()?;
    holds.map(|()| id).ok_or_else(|| taken_over(lease))
}

fn taken_over(lease: &Lease) -> Fault {
    let what = format!(
        "another process has taken over the plan `{}`, or what belongs to it was wiped; nothing was written: look at \
         how the run stands before anything is started again",
        lease.scope.plan
    );
    Error::new(ErrorKind::Fenced, what).into()
}

/// A lease's row.
struct Row {
    holder: Option<String>,
    heartbeat: Timestamp,
    doubted: Option<Timestamp>,
}

fn row(sql: &Connection, scope: i64) -> Done<Option<Row>> {
    let mut query = sql.prepare("SELECT holder, heartbeat, doubted FROM lease WHERE scope = ?1")?;
    let mut rows = query.query([scope])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Row { holder: row.get(0)?, heartbeat: moment(row, 1)?, doubted: maybe_moment(row, 2)? }))
}

/// Gives the lease, or says who has it. Whoever asks under the holder's own name follows a process that is no more; were
/// it still there, it would be fenced.
pub(super) fn lease(sql: &Connection, wanted: &Scope, holder: &str, ask: Ask, now: Timestamp) -> Done<Leased> {
    let id = scope_or_new(sql, wanted)?;
    if let Ask::Unheard(patience) = ask
        && let Some((by, heartbeat)) = held_against(sql, id, holder, patience, now)?
    {
        return Ok(Leased::Held { by, heartbeat });
    }
    let next = "UPDATE installation SET epochs = epochs + 1 RETURNING epochs";
    let epoch: i64 = sql.query_row(next, [], |row| row.get(0))?;
    let give = "INSERT INTO lease (scope, epoch, holder, heartbeat) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (scope) DO \
                UPDATE SET epoch = ?2, holder = ?3, heartbeat = ?4, doubted = NULL";
    sql.execute(give, params![id, epoch, holder, moment_cell(now)])?;
    Ok(Leased::Yours(Lease { scope: wanted.clone(), holder: holder.to_owned(), epoch: count(epoch) }))
}

/// Who has a scope so that `holder` may not follow yet, and when it was last heard of.
pub(super) fn held_against(
    sql: &Connection,
    scope: i64,
    holder: &str,
    patience: Duration,
    now: Timestamp,
) -> Done<Option<(String, Timestamp)>> {
    let Some(Row { holder: Some(by), heartbeat, doubted }) = row(sql, scope)? else { return Ok(None) };
    let doubted = doubt(heartbeat, doubted, now);
    if by == holder || has_passed(doubted.unwrap_or(heartbeat), now, patience) {
        return Ok(None);
    }
    sql.execute("UPDATE lease SET doubted = ?2 WHERE scope = ?1", params![scope, doubted.map(moment_cell)])?;
    Ok(Some((by, heartbeat)))
}

/// Since when a holder is waited for whose last heartbeat is ahead of the clock, because that was set back: how old
/// the heartbeat is cannot be said, so that its age is counted from the first time that somebody asked. A holder that
/// is there still is heard of meanwhile.
fn doubt(heartbeat: Timestamp, doubted: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let is_ahead = heartbeat > now;
    is_ahead.then(|| doubted.filter(|since| *since <= now).unwrap_or(now))
}

fn has_passed(since: Timestamp, now: Timestamp, patience: Duration) -> bool {
    let nanos = |moment: Timestamp| i128::from(moment.seconds()) * 1_000_000_000 + i128::from(moment.nanos());
    u128::try_from(nanos(now) - nanos(since)).is_ok_and(|passed| passed >= patience.as_nanos())
}

/// Notes that the holder was heard of.
pub(super) fn heard(sql: &Connection, scope: i64, now: Timestamp) -> Done<()> {
    let update = "UPDATE lease SET heartbeat = ?2, doubted = NULL WHERE scope = ?1";
    sql.execute(update, params![scope, moment_cell(now)])?;
    Ok(())
}

/// Takes the lease back from whoever has it.
pub(super) fn release(sql: &Connection, scope: i64) -> Done<()> {
    sql.execute("UPDATE lease SET holder = NULL, doubted = NULL WHERE scope = ?1", [scope])?;
    Ok(())
}
