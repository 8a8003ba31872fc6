//! What a SQLite file says of its own tables.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Row};

use crate::stores::legacy::layout::KeyColumns;
use crate::stores::legacy::sql::quoted;

/// The tables that hold an app's rows, in the order of their names, and what was left aside.
pub(crate) struct Catalog {
    pub(crate) tables: Vec<Table>,
    pub(crate) warnings: Vec<String>,
}

pub(crate) struct Table {
    pub(crate) name: String,
    /// The statement that made it, without its spaces; none where nobody would write one so long.
    pub(crate) squeezed_sql: String,
    pub(crate) columns: Vec<Column>,
    /// What its rows are read by.
    pub(crate) key: KeyColumns,
    /// The primary key as it is declared, where there is one.
    pub(crate) primary_key: Vec<String>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// Columns that together are unique.
    pub(crate) unique: Vec<Vec<String>>,
}

pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) declared: String,
    /// Whether no row may lack it; true of key columns as well, though SQLite is lax about some.
    pub(crate) required: bool,
}

pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) parent: String,
    /// Empty where it is the parent's primary key.
    pub(crate) references: Vec<String>,
}

/// Tables of SQLite, Android and Room themselves.
const INTERNAL: [&str; 3] = ["android_metadata", "room_master_table", "room_table_modification_log"];
/// What SQLite's own virtual tables put behind their names for the tables that they keep their data in.
const SHADOWS: [&str; 11] =
    ["content", "segments", "segdir", "docsize", "stat", "data", "idx", "config", "node", "rowid", "parent"];

const LONGEST_STATEMENT: usize = 64 << 10;

impl Table {
    /// The column of this name, which SQLite compares without regard to case.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The columns that its rows are read by; none where they are known by their number alone.
    pub(crate) fn key_columns(&self) -> Vec<&Column> {
        match &self.key {
            KeyColumns::Row(name) => self.column(name).into_iter().collect(),
            KeyColumns::Columns(names) => names.iter().filter_map(|name| self.column(name)).collect(),
        }
    }
}

/// Reads the declarations of all tables.
pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Catalog> {
    let mut warnings = Vec::new();
    let mut tables = Vec::new();
    let declared = declared_tables(connection, &mut warnings)?;
    let virtual_tables: Vec<&str> =
        declared.iter().filter(|(_, sql)| module(sql).is_some()).map(|(name, _)| name.as_str()).collect();
    for (name, sql) in &declared {
        if is_internal(name) || is_shadow(name, &virtual_tables) {
            continue;
        }
        if let Some(why) = module(sql).and_then(|module| why_left_out(connection, name, sql, &module)) {
            warnings.push(format!("{name} is left out: {why}"));
            continue;
        }
        tables.extend(read_table(connection, name, sql, &mut warnings)?);
    }
    Ok(Catalog { tables, warnings })
}

/// The names of an internal table's kind, whatever their case.
fn is_internal(name: &str) -> bool {
    let begins = name.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("sqlite_"));
    begins || INTERNAL.iter().any(|internal| internal.eq_ignore_ascii_case(name))
}

fn is_shadow(name: &str, virtual_tables: &[&str]) -> bool {
    let Some((owner, suffix)) = name.rsplit_once('_') else { return false };
    SHADOWS.contains(&suffix) && virtual_tables.iter().any(|table| table.eq_ignore_ascii_case(owner))
}

/// The module of a virtual table, in lower case.
fn module(sql: &str) -> Option<String> {
    let words = sql.to_ascii_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, after) = words.strip_prefix("create virtual table ")?.split_once(" using ")?;
    Some(after.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect())
}

/// Full-text tables with a content of their own hold rows like any other, and so do R-trees.
fn why_left_out(connection: &Connection, name: &str, sql: &str, module: &str) -> Option<&'static str> {
    let options = squeezed(&sql.to_ascii_lowercase());
    match module {
        _ if module.starts_with("fts") && options.contains("content=") => {
            return Some("it is an index, and what it holds is in another table as well");
        }
        _ if module.starts_with("fts") || module.starts_with("rtree") => {}
        _ => return Some("it is a virtual table of a kind that is not read; what it holds may be nowhere else"),
    }
    let readable = connection.prepare(&format!("SELECT * FROM {} LIMIT 0", quoted(name))).is_ok();
    (!readable).then_some("this SQLite does not know its kind of virtual table; what it holds may be nowhere else")
}

fn declared_tables(connection: &Connection, warnings: &mut Vec<String>) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")?;
    let mut rows = statement.query([])?;
    let mut tables = Vec::new();
    while let Some(row) = rows.next()? {
        match text(row, 0)? {
            Some(name) => tables.push((name, text(row, 1)?.unwrap_or_default())),
            None => warnings.push("a table is left out: its name is no text".to_owned()),
        }
    }
    Ok(tables)
}

/// A cell as text; `None` where it is null or anything else.
fn text(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<String>> {
    Ok(row.get_ref(index)?.as_str().ok().map(str::to_owned))
}

fn read_table(
    connection: &Connection,
    name: &str,
    sql: &str,
    warnings: &mut Vec<String>,
) -> rusqlite::Result<Option<Table>> {
    let (columns, key_columns) = read_columns(connection, name, warnings)?;
    let mut indexes = read_indexes(connection, name)?;
    let is_row_number = |column: &str| {
        let declared = columns.iter().find(|other| other.name == column).map(|column| column.declared.as_str());
        // SQLite gives every primary key an index but this one, which needs none.
        declared.is_some_and(|declared| declared.eq_ignore_ascii_case("INTEGER")) && !indexes.for_key
    };
    let key = match key_columns.as_slice() {
        [] => match row_number(&columns) {
            Some(name) => KeyColumns::Row(name.to_owned()),
            None => {
                warnings.push(format!("{name} is left out: it has no key, and its columns hide the row numbers"));
                return Ok(None);
            }
        },
        [column] if is_row_number(column) => KeyColumns::Row(column.clone()),
        names if can_be_ordered(connection, name, names) => KeyColumns::Columns(key_columns.clone()),
        _ => {
            let why = "only the app knows the order of its key";
            let Some(row) = row_number(&columns).filter(|row| can_be_read(connection, name, row)) else {
                warnings.push(format!("{name} is left out: {why}, and its rows have no numbers"));
                return Ok(None);
            };
            warnings.push(format!("{name} is read by its row numbers: {why}"));
            indexes.unique.push(key_columns.clone());
            KeyColumns::Row(row.to_owned())
        }
    };
    let foreign_keys = read_foreign_keys(connection, name)?;
    let squeezed_sql = if sql.len() <= LONGEST_STATEMENT { squeezed(sql) } else { String::new() };
    let (name, primary_key, unique) = (name.to_owned(), key_columns, indexes.unique);
    Ok(Some(Table { name, squeezed_sql, columns, key, primary_key, foreign_keys, unique }))
}

/// SQL without its spaces, so that it can be searched.
pub(crate) fn squeezed(sql: &str) -> String {
    sql.split_whitespace().collect()
}

/// A name for the row number that no column has taken.
fn row_number(columns: &[Column]) -> Option<&'static str> {
    let taken = |name: &&str| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name))
}

/// All columns that a query can name, and the names of those of the primary key in its order.
fn read_columns(
    connection: &Connection,
    table: &str,
    warnings: &mut Vec<String>,
) -> rusqlite::Result<(Vec<Column>, Vec<String>)> {
    const HIDDEN: i64 = 1;
    const GENERATED: [i64; 2] = [2, 3];
    let mut statement =
        connection.prepare("SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid")?;
    let mut rows = statement.query([table])?;
    let (mut columns, mut key) = (Vec::new(), BTreeMap::new());
    while let Some(row) = rows.next()? {
        let (place, hidden): (i64, i64) = (row.get(3)?, row.get(4)?);
        let Some(name) = text(row, 0)?.filter(|_| hidden != HIDDEN) else { continue };
        if GENERATED.contains(&hidden) && !can_be_read(connection, table, &name) {
            let why = "it is computed by a function that only the app has";
            warnings.push(format!("{table}.{name} is left out: {why}"));
            continue;
        }
        let required = row.get::<_, i64>(2)? != 0 || place > 0;
        if place > 0 {
            key.insert(place, name.clone());
        }
        columns.push(Column { name, declared: text(row, 1)?.unwrap_or_default(), required });
    }
    Ok((columns, key.into_values().collect()))
}

fn can_be_read(connection: &Connection, table: &str, column: &str) -> bool {
    connection.prepare(&format!("SELECT {} FROM {} LIMIT 0", quoted(column), quoted(table))).is_ok()
}

/// Whether SQLite can order rows by these columns: not by a collation that the app brings along.
fn can_be_ordered(connection: &Connection, table: &str, columns: &[String]) -> bool {
    let list = columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    connection.prepare(&format!("SELECT 1 FROM {} ORDER BY {list}", quoted(table))).is_ok()
}

struct Indexes {
    /// Whether the primary key has one.
    for_key: bool,
    unique: Vec<Vec<String>>,
}

fn read_indexes(connection: &Connection, table: &str) -> rusqlite::Result<Indexes> {
    let mut statement = connection.prepare(
        "SELECT list.name, list.origin, list.\"unique\" AND NOT list.partial, info.name \
         FROM pragma_index_list(?1) AS list, pragma_index_info(list.name) AS info ORDER BY list.seq DESC, info.seqno",
    )?;
    let mut rows = statement.query([table])?;
    let mut for_key = false;
    // Of each unique index its columns, none of those over expressions.
    let mut indexes: Vec<(String, Option<Vec<String>>)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (Some(index), Some(origin)) = (text(row, 0)?, text(row, 1)?) else { continue };
        for_key |= origin == "pk";
        if origin == "pk" || !row.get::<_, bool>(2)? {
            continue;
        }
        if indexes.last().is_none_or(|(last, _)| *last != index) {
            indexes.push((index, Some(Vec::new())));
        }
        if let Some((_, columns)) = indexes.last_mut() {
            match (text(row, 3)?, columns.as_mut()) {
                (Some(column), Some(columns)) => columns.push(column),
                _ => *columns = None,
            }
        }
    }
    Ok(Indexes { for_key, unique: indexes.into_iter().filter_map(|(_, columns)| columns).collect() })
}

fn read_foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<ForeignKey>> {
    let mut statement = connection
        .prepare("SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq")?;
    let mut rows = statement.query([table])?;
    let mut keys: Vec<ForeignKey> = Vec::new();
    let mut places: HashMap<i64, usize> = HashMap::new();
    while let Some(row) = rows.next()? {
        let (Some(parent), Some(column)) = (text(row, 1)?, text(row, 2)?) else { continue };
        let place = *places.entry(row.get(0)?).or_insert(keys.len());
        if place == keys.len() {
            keys.push(ForeignKey { columns: Vec::new(), parent, references: Vec::new() });
        }
        if let Some(key) = keys.get_mut(place) {
            key.columns.push(column);
            key.references.extend(text(row, 3)?);
        }
    }
    Ok(keys)
}
