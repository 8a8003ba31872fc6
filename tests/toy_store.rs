//! A store that somebody outside could write: a folder with a text file for each table, a line for each record. It
//! knows the public interface alone, and passes both suites.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::record::{Key, Kind, Map, Name, Reason, Record, RecordId, Rejection, Related, Value};
use rehome_core::rules::{BatchRules, Rules};
use rehome_core::schema::{Entity, Field, KEY, Schema};
use rehome_core::store::{
    Answer, Batches, Capabilities, Condition, Content, Cursor, Fields, Found, Join, Listing, Outcome, Page, Refusal,
    RelationShape, Shape, Source, Target, Version, Write,
};
use rehome_core::testkit::conformance::{self, Can, Holding, SourceFixture, TargetFixture};
use rehome_core::testkit::targets;

/// A folder of files `<table>.txt` with lines `<key>` TAB `<version>` TAB `<name>=<value>` TAB …
struct LineStore {
    folder: PathBuf,
    tables: BTreeMap<Name, Vec<Name>>,
    rules: Rules,
}

struct Line {
    version: u64,
    fields: BTreeMap<String, String>,
}

/// What is wrong with a line.
struct Unreadable;

type Table = BTreeMap<String, Result<Line, Unreadable>>;

impl LineStore {
    fn open(folder: &Path, tables: &[(&str, &[&str])]) -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.into()).collect();
        let tables = tables.iter().map(|(table, columns)| ((*table).into(), names(columns))).collect();
        let batch = BatchRules { max_writes: 40, max_bytes: 1 << 20 };
        let rules = Rules { target: "lines", holds: &[Kind::String], batch, ..targets::relational() };
        Self { folder: folder.to_owned(), tables, rules }
    }

    fn read(&self, table: &str) -> Result<Table> {
        let path = self.folder.join(format!("{table}.txt"));
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            text => text.map_err(|cause| failed(table).because(cause))?,
        };
        Ok(text.lines().filter_map(parse).collect())
    }

    fn save(&self, table: &str, lines: &Table) -> Result<()> {
        let text: String = lines.iter().filter_map(|(key, line)| Some(print(key, line.as_ref().ok()?))).collect();
        let path = self.folder.join(format!("{table}.txt"));
        fs::write(path, text).map_err(|cause| failed(table).because(cause))
    }

    fn check(&self, shape: &Shape) -> Result<()> {
        let Some(columns) = self.tables.get(&shape.entity) else {
            return Err(Error::new(ErrorKind::BadInput, format!("there is no table `{}`", shape.entity)));
        };
        match shape.fields.iter().find(|name| ***name != *KEY && !columns.contains(name)) {
            Some(name) => Err(Error::new(ErrorKind::BadInput, format!("`{}` has no `{name}`", shape.entity))),
            None => Ok(()),
        }
    }

    fn read_page(&self, shape: &Shape, after: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.check(shape)?;
        let after = after.map(place).transpose()?;
        let lines = self.read(&shape.entity)?;
        let mut rest = lines.iter().filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after)).peekable();
        let mut page = Page { records: Vec::new(), rejected: Vec::new(), next: None };
        let mut last = None;
        for (key, line) in rest.by_ref().take(limit) {
            let record = match line {
                Ok(line) => self.record(shape, key, line)?,
                Err(Unreadable) => Err(Reason::Unreadable),
            };
            match record {
                Ok(record) => page.records.push(record),
                Err(reason) => page.rejected.push(rejection(shape, key, reason)),
            }
            last = Some(Cursor::new(format!("after {key}")));
        }
        page.next = last.filter(|_| rest.peek().is_some());
        Ok(page)
    }

    /// The record of a line, or what is wrong with it.
    fn record(&self, shape: &Shape, key: &str, line: &Line) -> Result<Result<Record, Reason>> {
        let values = shape.fields.iter().map(|name| value(key, line, name)).collect();
        let related = shape.relations.iter().map(|relation| self.related(relation, key, line));
        let related: Vec<_> = related.collect::<Result<_>>()?;
        let id = RecordId { entity: shape.entity.clone(), key: Key::Text(key.to_owned()) };
        let related: Result<Vec<_>, Reason> = related.into_iter().collect();
        Ok(related.map(|related| Record { id, values, related }))
    }

    fn related(&self, relation: &RelationShape, key: &str, line: &Line) -> Result<Result<Related, Reason>> {
        let Join::Equal { ours, theirs } = &relation.join else {
            return Err(Error::new(ErrorKind::BadInput, "lines have no relations of their own; declare them"));
        };
        self.check(&relation.shape)?;
        let wanted = value(key, line, ours);
        let lines = self.read(&relation.shape.entity)?;
        let others = lines.iter().filter_map(|(key, line)| Some((key, line.as_ref().ok()?)));
        let equal = others.filter(|(key, line)| !wanted.is_null() && value(key, line, theirs) == wanted);
        let records: Vec<_> =
            equal.map(|(key, line)| self.record(&relation.shape, key, line)).collect::<Result<_>>()?;
        let records = records.into_iter().map(|record| record.map(Arc::new)).collect::<Result<Vec<_>, Reason>>();
        Ok(records.and_then(|mut records| match (relation.many, records.len()) {
            (true, _) => Ok(Related::Many(records)),
            (false, 0) if !wanted.is_null() && **ours != *KEY => Err(Reason::Dangling),
            (false, 0 | 1) => Ok(Related::One(records.pop())),
            (false, _) => Err(Reason::DuplicateValue),
        }))
    }

    fn write_one(&self, write: &Write) -> Result<Outcome> {
        let Some((table, key)) = write.address.split_once('/') else {
            return Ok(Outcome::Refused(Refusal::invalid("an address is a table and a key")));
        };
        let mut lines = self.read(table)?;
        let there = lines.get(key).and_then(|line| Some(line.as_ref().ok()?.version));
        let holds = match &write.condition {
            Condition::Always => true,
            Condition::Absent => there.is_none(),
            Condition::Version(version) => there.is_some_and(|there| there.to_string() == version.as_str()),
        };
        if !holds {
            return Ok(Outcome::Exists);
        }
        let Some(fields) = &write.fields else {
            lines.remove(key);
            return self.save(table, &lines).map(|()| Outcome::Durable(None));
        };
        let Some(mut texts) = texts(fields.content()) else {
            return Ok(Outcome::Refused(Refusal::invalid("lines hold text alone")));
        };
        if let (Fields::Among(_, say), Some(Ok(line))) = (fields, lines.get(key)) {
            let is_ours = |name: &str| say.ways().iter().any(|way| *way[0] == *name);
            let others = line.fields.iter().filter(|(name, _)| !is_ours(name));
            texts.extend(others.map(|(name, text)| (name.clone(), text.clone())));
        }
        let newest = lines.values().flatten().map(|line| line.version).max();
        let version = newest.unwrap_or(0) + 1;
        lines.insert(key.to_owned(), Ok(Line { version, fields: texts }));
        self.save(table, &lines)?;
        Ok(Outcome::Durable(Some(Version::new(version.to_string()))))
    }

    fn look_at(&self, address: &str, names: Option<&[Name]>) -> Result<Option<Found>> {
        let Some((table, key)) = address.split_once('/') else { return Ok(None) };
        let Some(Ok(line)) = self.read(table)?.remove(key) else { return Ok(None) };
        Ok(Some(found(&line, names)))
    }

    fn list_after(&self, table: &str, after: Option<&Cursor>, limit: usize, names: Option<&[Name]>) -> Result<Listing> {
        let after = after.map(place).transpose()?;
        let lines = self.read(table)?;
        let lines = lines.iter().filter_map(|(key, line)| Some((key, line.as_ref().ok()?)));
        let mut rest = lines.filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after)).peekable();
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let next = page.last().filter(|_| rest.peek().is_some()).map(|(key, _)| Cursor::new(format!("after {key}")));
        let records = page.into_iter().map(|(key, line)| (format!("{table}/{key}"), found(line, names))).collect();
        Ok(Listing { records, next })
    }
}

impl Source for LineStore {
    fn schema(&self) -> Answer<'_, Arc<Schema>> {
        Box::pin(async {
            let entity = |(name, columns): (&Name, &Vec<Name>)| Entity {
                fields: columns.iter().map(|column| Field::new(column.clone(), Kind::String).optional()).collect(),
                system: vec![Field::new(KEY, Kind::String)],
                ..Entity::new(name.clone())
            };
            let entities = self.tables.iter().map(entity).collect();
            Ok(Arc::new(Schema { store: "lines".to_owned(), entities, ..Schema::default() }))
        })
    }

    fn page<'a>(&'a self, shape: &'a Shape, after: Option<&'a Cursor>, limit: usize) -> Answer<'a, Page> {
        Box::pin(async move { self.read_page(shape, after, limit) })
    }
}

impl Target for LineStore {
    fn rules(&self) -> &Rules {
        &self.rules
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { batches: Batches::Partial, conditional: true }
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        Box::pin(async move { writes.iter().map(|write| self.write_one(write)).collect() })
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        Box::pin(async move { addresses.iter().map(|address| self.look_at(address, fields)).collect() })
    }

    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64> {
        Box::pin(async move { Ok(self.read(collection)?.values().flatten().count() as u64) })
    }

    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing> {
        Box::pin(async move { self.list_after(collection, after, limit, fields) })
    }
}

fn found(line: &Line, names: Option<&[Name]>) -> Found {
    let asked = |name: &String| names.is_none_or(|names| names.iter().any(|asked| **asked == **name));
    let fields = line.fields.iter().filter(|(name, _)| asked(name));
    let fields = fields.map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
    Found { version: Version::new(line.version.to_string()), is_original: None, fields }
}

fn parse(line: &str) -> Option<(String, Result<Line, Unreadable>)> {
    let mut cells = line.split('\t');
    let key = unescape(cells.next()?)?;
    let fields = |cells: std::str::Split<'_, char>| {
        let pair = |cell: &str| cell.split_once('=').and_then(|(name, text)| Some((unescape(name)?, unescape(text)?)));
        cells.map(pair).collect::<Option<_>>()
    };
    let version = cells.next().and_then(|cell| cell.parse().ok());
    let line = version.zip(fields(cells)).map(|(version, fields)| Line { version, fields });
    Some((key, line.ok_or(Unreadable)))
}

fn print(key: &str, line: &Line) -> String {
    let cells = line.fields.iter().map(|(name, text)| format!("\t{}={}", escape(name), escape(text)));
    format!("{}\t{}{}\n", escape(key), line.version, cells.collect::<String>())
}

fn escape(text: &str) -> String {
    let is_plain = |c: char| !matches!(c, '%' | '\t' | '=' | '\n' | '\r');
    let escape = |c: char| if is_plain(c) { c.to_string() } else { format!("%{:02x}", u32::from(c)) };
    text.chars().map(escape).collect()
}

fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        plain.push(char::from(u8::from_str_radix(code, 16).ok()?));
        plain.push_str(rest);
    }
    Some(plain)
}

fn value(key: &str, line: &Line, name: &str) -> Value {
    if name == KEY {
        return Value::from(key);
    }
    line.fields.get(name).map(|text| Value::from(text.as_str())).unwrap_or_default()
}

fn texts(fields: &Content) -> Option<BTreeMap<String, String>> {
    let text = |(name, value): (&Name, &Value)| match value {
        Value::String(text) => Some((name.to_string(), text.clone())),
        _ => None,
    };
    fields.iter().map(text).collect()
}

fn rejection(shape: &Shape, key: &str, reason: Reason) -> Rejection {
    let detail = match reason {
        Reason::Unreadable => "the line is not of cells with a name and a value",
        _ => "it does not lead to one line that can be read",
    };
    let (entity, key) = (shape.entity.clone(), Key::Text(key.to_owned()));
    Rejection { entity, key, column: None, reason, detail: detail.to_owned() }
}

fn place(cursor: &Cursor) -> Result<String> {
    let key = cursor.as_str().strip_prefix("after ");
    key.map(str::to_owned).ok_or_else(|| Error::new(ErrorKind::Changed, "the cursor is another store's"))
}

fn failed(table: &str) -> Error {
    Error::new(ErrorKind::Io, format!("the file of `{table}` cannot be read or written"))
}

const TABLES: [(&str, &[&str]); 2] = [("authors", &["name"]), ("books", &["title", "author", "note"])];

#[tokio::test]
async fn a_store_from_outside_keeps_the_contract_of_a_source() {
    let folder = tempfile::tempdir().unwrap();
    let books = "b1\t1\ttitle=Tea%25\tauthor=a1\nb2\t1\ttitle=Sea\nb3\tno version\nb4\t2\tno value\nb5\t1\tauthor=a9\nb6\t1\tauthor=a1\n";
    fs::write(folder.path().join("books.txt"), books).unwrap();
    fs::write(folder.path().join("authors.txt"), "a1\t1\tname=Ann\n").unwrap();

    let id = |entity: &str, key: &str| RecordId { entity: entity.into(), key: Key::Text(key.into()) };
    let ann = Record { id: id("authors", "a1"), values: vec!["Ann".into()], related: Vec::new() };
    let book = |key, title: Value, author: Option<&Record>| Record {
        id: id("books", key),
        values: vec![Value::from(key), title, Value::Null],
        related: vec![Related::One(author.cloned().map(Arc::new))],
    };
    let author = RelationShape {
        name: "author".into(),
        join: Join::Equal { ours: "author".into(), theirs: KEY.into() },
        many: false,
        shape: Shape::of("authors", &["name"]),
    };
    let fixture = SourceFixture {
        open: Box::new(|| {
            let store = Arc::new(LineStore::open(folder.path(), &TABLES));
            Box::pin(async move { Ok(store as Arc<dyn Source>) })
        }),
        holdings: vec![Holding {
            shape: Shape { relations: vec![author], ..Shape::of("books", &[KEY, "title", "note"]) },
            records: vec![
                book("b1", "Tea%".into(), Some(&ann)),
                book("b2", "Sea".into(), None),
                book("b6", Value::Null, Some(&ann)),
            ],
            rejected: ["b3", "b4", "b5"].map(|key| ("books".into(), Key::Text(key.into()))).into(),
        }],
        knows_its_names: Can::Yes(()),
        change: Can::No("lines have no history"),
    };
    let skipped = conformance::source(&fixture).await.unwrap();
    assert_eq!(
        skipped,
        [conformance::Skipped { clause: "changes since a cursor are told", why: "lines have no history" }]
    );
}

#[tokio::test]
async fn a_store_from_outside_keeps_the_contract_of_a_target() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = TargetFixture {
        open: Box::new(|| {
            let store = Arc::new(LineStore::open(folder.path(), &TABLES));
            Box::pin(async move { Ok(store as Arc<dyn Target>) })
        }),
        collection: "books".into(),
        refused: Can::Yes(Map::from([("title".to_owned(), Value::Int(1))])),
    };
    assert_eq!(conformance::target(&fixture).await.unwrap(), []);
}
