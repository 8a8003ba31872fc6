//! Names that stores chose, made safe for SQL.

/// A name of a table or column as SQL takes it, whatever characters it holds.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A column of the table that a query calls `t`.
pub(crate) fn column(name: &str) -> String {
    format!("t.{}", quoted(name))
}
