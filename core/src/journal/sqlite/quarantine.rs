//! What is set aside, kept whole.

use rusqlite::{Connection, Row, params};

use super::cells::{KeyCell, count, key, limit, moment, moment_cell, number};
use super::failure::{Done, Fault};
use super::page_of;
use crate::error::{Error, ErrorKind};
use crate::journal::{Kept, Quarantined, SetAside};
use crate::record::{RecordId, binary};

/// A page of what is set aside.
pub(super) fn rows(sql: &Connection, scope: i64, after: u64, most: usize) -> Done<Vec<(u64, SetAside)>> {
    let query = "SELECT number, entity, key, field, reason, detail, at FROM quarantine NOT INDEXED WHERE scope = ?1 \
                 AND number > ?2 ORDER BY number LIMIT ?3";
    page_of(sql, query, params![scope, number(after), limit(most)], read)
}

fn read(row: &Row<'_>) -> Done<(u64, SetAside)> {
    let text = |column| Ok::<_, Fault>(row.get::<_, String>(column)?);
    let field: Option<String> = row.get(3)?;
    let one = SetAside {
        record: RecordId { entity: text(1)?.into(), key: key(row, 2)? },
        column: field.map(Into::into),
        reason: text(4)?,
        detail: text(5)?,
        at: moment(row, 6)?,
    };
    Ok((count(row.get(0)?), one))
}

/// The documents of what is set aside under a number.
pub(super) fn refused(sql: &Connection, scope: i64, of: u64) -> Done<Vec<Kept>> {
    let query = "SELECT address, document FROM refused JOIN quarantine ON quarantine = number WHERE scope = ?1 AND \
                 number = ?2 ORDER BY id";
    page_of(sql, query, [scope, number(of)], |row| {
        let fields = binary::fields_from_bytes(row.get_ref(1)?.as_blob().unwrap_or_default());
        let fields = fields.map_err(|_| Fault::damaged("a document that was set aside"))?;
        Ok(Kept { address: row.get(0)?, fields })
    })
}

/// Sets records aside; one that was before is replaced.
pub(super) fn keep(sql: &Connection, scope: i64, quarantined: &[Quarantined]) -> Done<()> {
    let insert = "INSERT INTO quarantine (scope, entity, key, field, reason, detail, at) VALUES (?1, ?2, ?3, ?4, ?5, \
                  ?6, ?7) ON CONFLICT (scope, entity, key) DO UPDATE SET field = ?4, reason = ?5, detail = ?6, at = ?7 \
                  RETURNING number";
    let mut insert = sql.prepare(insert)?;
    let mut forget = sql.prepare("DELETE FROM refused WHERE quarantine = ?1")?;
    let mut keep = sql.prepare("INSERT INTO refused (quarantine, address, document) VALUES (?1, ?2, ?3)")?;
    for Quarantined { rejection, documents, at } in quarantined {
        let values = params![
            scope,
            &*rejection.entity,
            KeyCell(&rejection.key),
            rejection.column.as_deref(),
            rejection.reason.word(),
            rejection.detail,
            moment_cell(*at),
        ];
        let number: i64 = insert.query_row(values, |row| row.get(0))?;
        forget.execute([number])?;
        for kept in documents {
            let fields = binary::fields_to_bytes(&kept.fields).map_err(|_| {
                let what =
                    format!("{} {}: its document is nested too deep to be kept", rejection.entity, rejection.key);
                Error::new(ErrorKind::Unsupported, what)
            })?;
            keep.execute(params![number, kept.address, fields])?;
        }
    }
    Ok(())
}

/// Sets records aside no longer.
pub(super) fn release(sql: &Connection, scope: i64, released: &[RecordId]) -> Done<()> {
    let mut delete =
        sql.prepare("DELETE FROM quarantine WHERE scope = ?1 AND entity = ?2 AND key = ?3 RETURNING number")?;
    let mut forget = sql.prepare("DELETE FROM refused WHERE quarantine = ?1")?;
    for id in released {
        let numbers: Vec<i64> = delete
            .query_map(params![scope, &*id.entity, KeyCell(&id.key)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for number in numbers {
            forget.execute([number])?;
        }
    }
    Ok(())
}

/// Forgets what is set aside under these numbers.
pub(super) fn drop_numbers(sql: &Connection, scope: i64, numbers: &[u64]) -> Done<()> {
    let mut delete = sql.prepare("DELETE FROM quarantine WHERE scope = ?1 AND number = ?2")?;
    let mut forget = sql.prepare("DELETE FROM refused WHERE quarantine = ?1")?;
    for one in numbers {
        if delete.execute([scope, number(*one)])? > 0 {
            forget.execute([number(*one)])?;
        }
    }
    Ok(())
}
