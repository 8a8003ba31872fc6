//! The tables that Core Data made in a file, as they are: what a model predicts is checked against them.

use std::collections::BTreeMap;

use rusqlite::Connection;

/// The tables whose names begin as Core Data's do, and the names of all indexes.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    /// By their names in upper case.
    tables: BTreeMap<String, Table>,
    indexes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The type that it was declared with, in upper case.
    pub(super) declared: String,
}

impl Catalog {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut catalog = Self::default();
        // A virtual table would ask for its module, which only the app has.
        let mut columns = connection.prepare(
            "SELECT t.name, c.name, upper(c.type) FROM sqlite_master t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND (t.name LIKE 'Z%' OR t.name LIKE 'ANSCK%') AND t.sql NOT LIKE 'CREATE VIRTUAL%'
             ORDER BY t.name, c.cid",
        )?;
        let mut rows = columns.query([])?;
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let column = Column { name: row.get(1)?, declared: row.get(2)? };
            let table = catalog.tables.entry(name.to_uppercase()).or_default();
            table.name = name;
            table.columns.push(column);
        }
        let mut indexes = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'index'")?;
        catalog.indexes = indexes.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(catalog)
    }

    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(&name.to_uppercase())
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    pub(super) fn indexes(&self) -> &[String] {
        &self.indexes
    }

    /// The table of an entity without a parent: `Z` and its name in capitals.
    pub(super) fn of_root(&self, entity: &str) -> Option<&Table> {
        self.table(&format!("Z{entity}"))
    }
}

impl Table {
    /// The name of the column as the table writes it, if there is one of this name.
    pub(super) fn column(&self, name: &str) -> Option<&str> {
        let column = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))?;
        Some(&column.name)
    }
}
