//! What SQLite may take for the same though it is not: `5` and `'5'`, or `ABC` and `abc` where the column does not mind.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::cell::Cell;

/// Keys in groups, in none of which SQLite can take two for the same: then it is sure which one a row was found by.
pub(crate) fn apart(keys: Vec<Cell>) -> Vec<Vec<Cell>> {
    if all_numbers(&keys) {
        return vec![keys];
    }
    let mut met: HashMap<Cell, usize> = HashMap::new();
    let mut groups: Vec<Vec<Cell>> = Vec::new();
    for key in keys {
        let times = met.entry(loosely(&key)).or_default();
        match groups.get_mut(*times) {
            Some(group) => group.push(key),
            None => groups.push(vec![key]),
        }
        *times += 1;
    }
    groups
}

/// Keys that are asked for together, no two of them alike.
pub(crate) struct Asked<'k> {
    keys: &'k [Cell],
    all_numbers: bool,
    alike: OnceCell<HashMap<Cell, &'k Cell>>,
}

impl<'k> Asked<'k> {
    pub(crate) fn of(keys: &'k [Cell]) -> Self {
        Self { keys, all_numbers: all_numbers(keys), alike: OnceCell::new() }
    }

    /// The key that a row with this one was found by.
    pub(crate) fn for_row<'a>(&'a self, key: &'a Cell) -> Option<&'a Cell> {
        match (self.keys, key) {
            ([only], _) => Some(only),
            // Numbers are the same or they are not.
            (_, Cell::Int(_)) if self.all_numbers => Some(key),
            _ => {
                let alike = self.alike.get_or_init(|| self.keys.iter().map(|key| (loosely(key), key)).collect());
                alike.get(&loosely(key)).copied()
            }
        }
    }
}

fn all_numbers(keys: &[Cell]) -> bool {
    keys.iter().all(|key| matches!(key, Cell::Int(_)))
}

/// One cell for all that SQLite may take for this one, whatever the column's type and collation; it may stand for
/// others too. Only doubles beyond 15 digits can be missed, of which a column of text keeps the first alone.
fn loosely(cell: &Cell) -> Cell {
    match cell {
        Cell::Null | Cell::Int(_) | Cell::Blob(_) => cell.clone(),
        Cell::Real(bits) => number(f64::from_bits(*bits)),
        Cell::Text(text) => text_loosely(text),
        Cell::Parts(parts) => Cell::Parts(parts.iter().map(loosely).collect()),
    }
}

/// `NOCASE` looks at letters up to the first NUL, `RTRIM` passes over spaces at the end, and a column of numbers takes
/// text that is one.
fn text_loosely(text: &[u8]) -> Cell {
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    let text = text[..end].trim_ascii_end();
    let trimmed = text.trim_ascii_start();
    let looks_like_a_number = trimmed.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let digits = std::str::from_utf8(trimmed).ok().filter(|_| looks_like_a_number);
    let whole = digits.and_then(|digits| digits.parse().ok()).map(Cell::Int);
    let any = || digits.and_then(|digits| digits.parse().ok()).map(number);
    whole.or_else(any).unwrap_or_else(|| Cell::Text(text.to_ascii_lowercase().into()))
}

/// A whole number as such; of others the digits that SQLite writes where it makes them text.
fn number(number: f64) -> Cell {
    let whole = number as i64;
    if whole as f64 == number {
        return Cell::Int(whole);
    }
    let written = format!("{number:.14e}").parse().unwrap_or(number);
    Cell::Real(written.to_bits())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, prop, prop_assert, prop_oneof, proptest};
    use rusqlite::Connection;
    use rusqlite::types::Value;

    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.as_bytes().into())
    }

    #[test]
    fn keys_that_are_alike_are_asked_for_apart() {
        let keys = ["ABC", "x", "abc", "5", "abc ", "5.0"].map(text);
        let groups = apart(keys.into());
        let [first, second, third] = &groups[..] else { panic!("three are alike") };
        assert!(first == &["ABC", "x", "5"].map(text) && second == &["abc", "5.0"].map(text));
        assert!(third == &[text("abc ")]);
        let asked = Asked::of(first);
        assert!(asked.for_row(&text("Abc")) == Some(&first[0]));
        assert!(asked.for_row(&Cell::Int(5)) == Some(&first[2]));
        assert!(asked.for_row(&text("y")).is_none());
    }

    fn some_cell() -> impl Strategy<Value = Value> {
        let numbers = prop_oneof![Just(0.1_f64 + 0.2), Just(0.3), Just(-0.0), Just(1e14), -2.0..2.0];
        prop_oneof![
            (-3..3_i64).prop_map(Value::Integer),
            Just(Value::Integer(9_007_199_254_740_993)),
            numbers.prop_map(Value::Real),
            "[aAbB0-35.e+ -]{0,4}".prop_map(Value::Text),
            "[aA](\u{0})?[bB ]".prop_map(Value::Text),
            prop::collection::vec(0_u8..3, 0..2).prop_map(Value::Blob),
        ]
    }

    proptest! {
        #[test]
        fn whatever_sqlite_takes_for_the_same_is_alike(cells in prop::collection::vec(some_cell(), 12)) {
            let connection = Connection::open_in_memory().unwrap();
            let columns = ["TEXT", "TEXT COLLATE NOCASE", "TEXT COLLATE RTRIM", "INTEGER", "REAL", "NUMERIC", "BLOB"];
            for column in columns {
                connection.execute_batch(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t (k {column})")).unwrap();
                for stored in &cells {
                    connection.execute("INSERT INTO t VALUES (?1)", [stored]).unwrap();
                }
                let mut statement = connection.prepare("SELECT k FROM t WHERE k IN (?1)").unwrap();
                for asked in &cells {
                    let mut rows = statement.query([asked]).unwrap();
                    while let Some(row) = rows.next().unwrap() {
                        let found_by = row.get_ref(0).unwrap();
                        let alike = loosely(&Cell::of(found_by)) == loosely(&Cell::of(asked.into()));
                        prop_assert!(alike, "{column}: {found_by:?} {asked:?}");
                    }
                }
            }
        }
    }
}
