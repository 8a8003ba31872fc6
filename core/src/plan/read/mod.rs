//! From TOML to the plan as it was written. Whatever is wrong is reported and left out, so that all is found at once.

mod condition;
mod constant;
mod rule;
mod table;

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::rule::Within;
use self::table::Table;
use super::file::PlanFile;
use super::problem::{Place, Report};
use super::resolved::Deletes;
use super::template::TemplateText;
use super::tree::{At, MoveText, NullsText, RelationText};

/// How deep rules and constants may be nested; more than any target takes, and far from the end of a stack.
const DEEPEST: usize = 32;
/// A plan for hundreds of entities is smaller.
const LARGEST: usize = 4 << 20;
/// Names are looked up in lists that grow with them.
const MOST_VALUES: usize = 50_000;
/// Each move is held against each other one.
const MOST_MOVES: usize = 2000;
/// A text that is no TOML and longer than this could hold more mistakes than there is memory for: one will do.
const LONGEST_MENDED: usize = 1 << 16;
/// Columns are counted in characters on lines up to this long, so that a hostile line does not cost its square.
const LONGEST_COUNTED: usize = 4096;

/// The plan in the text, as far as it could be read; what could not is in the report. None where it is no TOML at all.
pub(super) fn read(text: &str, file: &Arc<str>, report: &Report) -> Option<PlanFile> {
    if text.len() > LARGEST {
        let what = format!("{} bytes are too many for a plan", text.len());
        report.error(Place::START, what, format!("{LARGEST} bytes are the most"));
        return None;
    }
    let reader = Reader { text, lines: line_starts(text), report };
    match DeTable::parse(text) {
        Ok(document) if count(document.get_ref().values()) > MOST_VALUES => {
            report.error(Place::START, "too many keys and values for a plan", format!("{MOST_VALUES} are the most"));
            None
        }
        Ok(document) => Some(reader.plan(document.get_ref(), file)),
        Err(first) => {
            let errors = if text.len() > LONGEST_MENDED { vec![first] } else { DeTable::parse_recoverable(text).1 };
            for error in errors {
                let place = error.span().map_or(Place::START, |span| reader.place(span));
                report.error(place, format!("no TOML: {}", error.message()), help_with(error.message()));
            }
            None
        }
    }
}

/// What TOML is, where its own words say too little.
fn help_with(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "a key or table stands once; each move begins with a [[move]] of its own"
    } else if message.contains("newline") {
        "a table in { … } and a text in \"…\" end on the line on which they begin"
    } else if message.contains("quote") || message.contains("invalid") || message.contains("missing value") {
        "a value is \"text\" in quotes, a number, true, false, a date, [an, array] or { a = \"table\" }"
    } else {
        ""
    }
}

/// How many values there are, those within others included; the parser bounds how deep they lie.
fn count<'v>(values: impl Iterator<Item = &'v Spanned<DeValue<'v>>>) -> usize {
    let each = values.map(|value| match value.get_ref() {
        DeValue::Table(table) => 1 + count(table.values()),
        DeValue::Array(items) => 1 + count(items.iter()),
        _ => 1,
    });
    each.sum()
}

struct Reader<'a> {
    text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
    report: &'a Report,
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

impl Reader<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        let line = self.lines.partition_point(|start| *start <= span.start).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..span.start).unwrap_or_default();
        let column = if before.len() <= LONGEST_COUNTED { before.chars().count() } else { before.len() };
        Place { line, column: column + 1 }
    }

    fn wrong_type<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> Option<T> {
        let what = format!("{key} is {}", kind_of(value.get_ref()));
        self.report.error(self.place(value.span()), what, format!("{key} must be {expected}"));
        None
    }

    fn template(&self, text: &At<String>) -> Option<At<TemplateText>> {
        match TemplateText::parse(&text.it) {
            Ok(template) => Some(At { place: text.place, it: template }),
            Err(mistake) => {
                self.report.mistake(text.place, mistake);
                None
            }
        }
    }

    fn plan(&self, document: &DeTable<'_>, file: &Arc<str>) -> PlanFile {
        const KEYS: [&str; 10] =
            ["name", "version", "from", "to", "schema", "nulls", "leave_out", "stamp", "relation", "move"];
        let table = Table::new(self, Place::START, "the plan", document, &KEYS);
        let name = table.required("name", "name = \"habits\"").map(|name| name.it);
        if name.as_deref() == Some("") {
            self.report.error(Place::START, "a plan without a name", "for example name = \"habits\"");
        }
        let version = table.whole("version");
        if let Some(version) = version.as_ref().filter(|version| version.it < 0) {
            self.report.error(version.place, "a negative version", "versions count from 1");
        }
        if table.get("move").is_none() {
            self.report.error(
                Place::START,
                "a plan without any [[move]]: nothing would be moved",
                "a [[move]] says what becomes of an entity; a store without entities needs no plan",
            );
        }
        let mut moves = table.tables("move");
        if let Some((place, _)) = moves.get(MOST_MOVES) {
            self.report.error(*place, "too many moves", format!("{MOST_MOVES} are the most"));
            moves.truncate(MOST_MOVES);
        }
        let stamps = table.table("stamp").map(|(_, stamp)| rule::map(self, stamp, Within::Stamp, 0));
        PlanFile {
            file: Arc::clone(file),
            name: name.unwrap_or_default(),
            version: version.map_or(1, |version| version.it),
            from: table.text("from"),
            to: table.text("to"),
            schemas: table.texts("schema"),
            nulls: nulls(self, &table),
            leave_out: table.texts("leave_out"),
            stamps: stamps.unwrap_or_default(),
            relations: table.tables("relation").into_iter().filter_map(|(at, it)| self.relation(at, it)).collect(),
            moves: moves.into_iter().map(|(at, it)| self.one_move(at, it)).collect(),
        }
    }

    fn relation(&self, place: Place, table: &DeTable<'_>) -> Option<RelationText> {
        let table = Table::new(self, place, "a relation", table, &["entity", "name", "to", "ours", "theirs", "many"]);
        let entity = table.required("entity", "entity = \"tasks\"");
        let name = table.required("name", "name = \"responses\"");
        let to = table.required("to", "to = \"miner_responses\", the entity at its other end");
        let ours = table.required("ours", "ours = \"@key\", what their field is equal to");
        let theirs = table.required("theirs", "theirs = \"task_id\", the field that is equal to ours");
        let many = table.flag("many").unwrap_or(false);
        Some(RelationText { entity: entity?, name: name?, to: to?, ours: ours?, theirs: theirs?, many })
    }

    fn one_move(&self, place: Place, table: &DeTable<'_>) -> MoveText {
        const KEYS: [&str; 10] =
            ["entity", "document", "revision", "where", "leave_out", "nulls", "unique", "deletes", "fields", "stamp"];
        let table = Table::new(self, place, "a move", table, &KEYS);
        let entities = table.texts("entity");
        if table.get("entity").is_none() || is_empty_array(table.get("entity")) {
            self.report.error(place, "a move without entity", "for example entity = \"Habit\"");
        }
        let document = match table.required("document", "document = \"users/{uid}/habits/{id}\"") {
            Some(text) => self.template(&text),
            None => None,
        };
        let fields = rule::fields(self, &table, 0);
        let filter = table.table("where").map(|(_, filter)| condition::conditions(self, filter, "", 0));
        let stamps = table.table("stamp").map(|(_, stamp)| rule::map(self, stamp, Within::Stamp, 0));
        MoveText {
            place,
            entities,
            document,
            revision: table.text("revision"),
            filter: filter.unwrap_or_default(),
            leave_out: table.texts("leave_out"),
            nulls: nulls(self, &table),
            unique: table.texts("unique"),
            deletes: deletes(self, &table),
            fields,
            stamps: stamps.unwrap_or_default(),
        }
    }
}

fn is_empty_array(value: Option<&Spanned<DeValue<'_>>>) -> bool {
    value.and_then(|value| value.get_ref().as_array()).is_some_and(|items| items.is_empty())
}

fn nulls(reader: &Reader<'_>, table: &Table<'_>) -> Option<NullsText> {
    let word = table.text("nulls")?;
    match word.it.as_str() {
        "keep" => Some(NullsText::Keep),
        "leave out" => Some(NullsText::LeaveOut),
        other => {
            let help = "nulls may be \"keep\" or \"leave out\"";
            reader.report.error(word.place, format!("unknown word \"{other}\" for nulls"), help);
            None
        }
    }
}

fn deletes(reader: &Reader<'_>, table: &Table<'_>) -> Deletes {
    let Some(word) = table.text("deletes") else { return Deletes::default() };
    match word.it.as_str() {
        "carry" => Deletes::Carry,
        "keep" => Deletes::Keep,
        other => {
            let help = "deletes may be \"carry\" (a document goes when its record went) or \"keep\"";
            reader.report.error(word.place, format!("unknown word \"{other}\" for deletes"), help);
            Deletes::default()
        }
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
