//! What is set aside, kept whole.

use rusqlite::{Connection, Row, params};

use super::cells::{KeyCell, count, key, limit, moment, moment_cell, number};
use super::failure::{Done, Fault};
use super::page_of;
use crate::error::{Error, ErrorKind};
use crate::journal::{Kept, Quarantined};
use crate::record::{Reason, RecordId, Rejection, binary};

/// A page of what is set aside.
pub(super) fn rows(sql: &Connection, scope: i64, after: u64, most: usize) -> Done<Vec<(u64, Quarantined)>> {
    let query = "SELECT number, entity, key, field, reason, detail, at, address, document FROM quarantine \
                 NOT INDEXED WHERE scope = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
    page_of(sql, query, params![scope, number(after), limit(most)], read)
}

fn read(row: &Row<'_>) -> Done<(u64, Quarantined)> {
    let text = |column| Ok::<_, Fault>(row.get::<_, String>(column)?);
    let word = text(4)?;
    let reason = Reason::ALL.into_iter().find(|reason| reason.word() == word);
    let field: Option<String> = row.get(3)?;
    let rejection = Rejection {
        entity: text(1)?.into(),
        key: key(row, 2)?,
        column: field.map(Into::into),
        reason: reason.ok_or_else(|| Fault::damaged("a reason"))?,
        detail: text(5)?,
    };
    let address: Option<String> = row.get(7)?;
    let document = address.map(|address| {
        let fields = binary::fields_from_bytes(row.get_ref(8)?.as_blob().unwrap_or_default());
        let fields = fields.map_err(|_| Fault::damaged("a document that was set aside"))?;
        Ok::<_, Fault>(Kept { address, fields })
    });
    Ok((count(row.get(0)?), Quarantined { rejection, document: document.transpose()?, at: moment(row, 6)? }))
}

/// Sets records aside; one that was before is replaced.
pub(super) fn keep(sql: &Connection, scope: i64, quarantined: &[Quarantined]) -> Done<()> {
    let insert = "INSERT INTO quarantine (scope, entity, key, field, reason, detail, at, address, document) VALUES \
                  (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (scope, entity, key) DO UPDATE SET field = ?4, \
                  reason = ?5, detail = ?6, at = ?7, address = ?8, document = ?9";
    let mut insert = sql.prepare(insert)?;
    for Quarantined { rejection, document, at } in quarantined {
        let fields = document.as_ref().map(|kept| binary::fields_to_bytes(&kept.fields)).transpose();
        let fields = fields.map_err(|_| {
            let what = format!("{} {}: its document is nested too deep to be kept", rejection.entity, rejection.key);
            Error::new(ErrorKind::Unsupported, what)
        })?;
        insert.execute(params![
            scope,
            &*rejection.entity,
            KeyCell(&rejection.key),
            rejection.column.as_deref(),
            rejection.reason.word(),
            rejection.detail,
            moment_cell(*at),
            document.as_ref().map(|kept| kept.address.as_str()),
            fields,
        ])?;
    }
    Ok(())
}

/// Sets records aside no longer.
pub(super) fn release(sql: &Connection, scope: i64, released: &[RecordId]) -> Done<()> {
    let mut delete = sql.prepare("DELETE FROM quarantine WHERE scope = ?1 AND entity = ?2 AND key = ?3")?;
    for id in released {
        delete.execute(params![scope, &*id.entity, KeyCell(&id.key)])?;
    }
    Ok(())
}

/// Forgets what is set aside under these numbers.
pub(super) fn drop_numbers(sql: &Connection, scope: i64, numbers: &[u64]) -> Done<()> {
    let mut delete = sql.prepare("DELETE FROM quarantine WHERE scope = ?1 AND number = ?2")?;
    for one in numbers {
        delete.execute([scope, number(*one)])?;
    }
    Ok(())
}
