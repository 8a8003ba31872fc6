//! How the tool speaks to people: colours where there are eyes for them, and never a panic where nobody listens.

use std::fmt::Display;
use std::io::{self, Write};

use anstream::AutoStream;
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};

/// In a terminal narrower than this, columns run over rather than into letters below one another.
const NARROWEST: u16 = 60;

/// Standard output for people: styles are dropped where it is no terminal, or where `NO_COLOR` says so.
pub(crate) fn out() -> AutoStream<io::StdoutLock<'static>> {
    anstream::stdout().lock()
}

/// A line on standard error. Where that is closed there is nobody left to tell.
pub(crate) fn tell(line: impl Display) {
    let text = line.to_string();
    let lines: Vec<String> = text.split('\n').map(clean).collect();
    let _ = writeln!(io::stderr().lock(), "{}", lines.join("\n"));
}

/// Names come out of files that anybody may have made: whatever would move the cursor or change colours is a space.
pub(crate) fn clean(text: impl Display) -> String {
    text.to_string().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A name or another text.
pub(crate) fn cell(text: impl Display) -> Cell {
    Cell::new(clean(text))
}

/// A value for machines, on standard output.
pub(crate) fn print_json(value: &impl serde::Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    out.flush()
}

/// A table without lines: the head is bold, columns stand where the eye expects them.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).enforce_styling();
    table.style_text_only();
    table.set_header(head.iter().map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    table
}

/// The table as text: nothing before its first column, and nothing after its last.
pub(crate) fn laid_out(mut table: Table) -> String {
    // Some terminals do not know how wide they are, and say nothing at all or a few letters.
    if table.width().is_none_or(|width| width < NARROWEST) {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// A number of bytes, at the right.
pub(crate) fn size(number: u64) -> Cell {
    Cell::new(bytes(number)).set_alignment(CellAlignment::Right)
}

/// A number, with its digits in groups and at the right.
pub(crate) fn number(number: u64) -> Cell {
    Cell::new(grouped(number)).set_alignment(CellAlignment::Right)
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// So many of something: `1 row`, `1,000 rows`.
pub(crate) fn counted(number: u64, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {one}{plural}", grouped(number))
}

/// A number of bytes in the unit that makes it short.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if number < 1000 {
        return counted(number, "byte");
    }
    let mut amount = number as f64 / 1000.0;
    let mut unit = 0;
    while amount >= 999.95 && unit + 1 < UNITS.len() {
        amount /= 1000.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown = [0, 999, 1000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn bytes_have_the_unit_that_makes_them_short() {
        let shown = [0, 1, 999, 1000, 999_949, 999_950, 1_500_000_000].map(bytes);
        assert_eq!(shown, ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "999.9 kB", "1.0 MB", "1.5 GB"]);
    }
}
