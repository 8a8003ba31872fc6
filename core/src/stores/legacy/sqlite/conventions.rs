//! Libraries that leave their habits in plain tables: WatermelonDB and drift.

use super::catalog::{Column, Table, squeezed};
use crate::stores::legacy::layout::Codec;

/// Who made the tables, as far as their shape tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    Room,
    WatermelonDb,
    Drift,
    Unknown,
}

const WATERMELON_SETTINGS: &str = "local_storage";
/// All of them text, though WatermelonDB declares no types.
const SYNC_COLUMNS: [&str; 3] = ["id", "_status", "_changed"];

impl Maker {
    /// Of tables that are not Room's.
    pub(crate) fn guess(tables: &[Table]) -> Self {
        let settings = tables.iter().any(|table| table.name == WATERMELON_SETTINGS);
        if settings && tables.iter().any(is_synced) {
            Maker::WatermelonDb
        } else if tables.iter().any(is_drifts) {
            Maker::Drift
        } else {
            Maker::Unknown
        }
    }

    /// The word for the store's kind.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Maker::Room => "room",
            Maker::WatermelonDb => "watermelondb",
            Maker::Drift => "drift",
            Maker::Unknown => "sqlite",
        }
    }

    /// Whether a table holds the library's own settings and nothing of the app's.
    pub(crate) fn owns(self, table: &Table) -> bool {
        self == Maker::WatermelonDb && table.name == WATERMELON_SETTINGS
    }

    /// What somebody who writes a plan should know.
    pub(crate) fn remark(self, tables: &[Table]) -> Option<String> {
        match self {
            Maker::WatermelonDb => {
                let synced: Vec<&str> =
                    tables.iter().filter(|table| is_synced(table)).map(|table| table.name.as_str()).collect();
                Some(format!(
                    "rows whose _status is 'deleted' are deleted records that wait to be synced: leave them out \
                     (where = {{ _status = {{ not = \"deleted\" }} }}) in {}; dates are milliseconds since 1970",
                    synced.join(", ")
                ))
            }
            Maker::Drift => Some(
                "the tables look like drift's: it writes dates as whole seconds since 1970 unless the app chose text"
                    .to_owned(),
            ),
            Maker::Room | Maker::Unknown => None,
        }
    }

    /// How a column's cells are read, where the library's habits say more than its declaration.
    pub(crate) fn codec(self, table: &Table, column: &Column) -> Option<Codec> {
        match self {
            Maker::WatermelonDb if is_synced(table) && SYNC_COLUMNS.contains(&column.name.as_str()) => {
                Some(Codec::Text)
            }
            Maker::Drift if checks_flag(table, column) => Some(Codec::Bool),
            _ => None,
        }
    }
}

/// WatermelonDB keeps with each row what became of it since the last sync.
fn is_synced(table: &Table) -> bool {
    SYNC_COLUMNS.iter().all(|name| table.column(name).is_some())
}

/// drift quotes every name, and checks or defaults its columns in words of its own.
fn is_drifts(table: &Table) -> bool {
    let quotes = |column: &Column| table.squeezed_sql.contains(&format!("\"{}\"", squeezed(&column.name)));
    let now = table.squeezed_sql.contains("(CAST(strftime('%s',CURRENT_TIMESTAMP)ASINTEGER))");
    let says_so = now || table.columns.iter().any(|column| checks_flag(table, column));
    says_so && table.columns.iter().all(quotes)
}

fn checks_flag(table: &Table, column: &Column) -> bool {
    table.squeezed_sql.contains(&format!("CHECK(\"{}\"IN(0,1))", squeezed(&column.name)))
}
