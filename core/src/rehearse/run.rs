//! The rehearsal itself: all records once for what they claim, and once more for what becomes of them.

use std::path::Path;

use super::claims::{Claims, Gathering};
use super::coverage::not_in_plan;
use super::embedded::Counting;
use super::references::References;
use super::report::{Report, Uploads};
use crate::error::Result;
use crate::plan::addresses_only;
use crate::plan::{Context, Document, Mapped, Mapper, Move, Pass, Plan};
use crate::record::{Record, Rejection, Value};
use crate::rules::Rules;
use crate::store::{Cursor, Page, Source};

/// How many records a page has: few enough to be small in memory, many enough to be quick.
const PAGE: usize = 4096;

/// Who is told of each thing that a rehearsal finds: page by page, in the order in which the records lie in the store.
pub trait Sink: Send {
    /// A document that a record would become.
    fn document(&mut self, document: Document) -> Result<()>;
    /// A record that cannot be moved.
    fn rejected(&mut self, rejection: &Rejection) -> Result<()>;
    /// How far the work is; called once for each page.
    fn progress(&mut self, progress: &Progress<'_>);
}

/// How far a rehearsal is in one of its two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Which step.
    pub step: Step,
    /// Which entity is being read.
    pub entity: &'a str,
    /// How many records were read in this step.
    pub read: u64,
    /// How many there are about, where the store can tell.
    pub expected: Option<u64>,
}

/// A rehearsal reads everything twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first time for the addresses alone, to find those that several records want.
    Addresses,
    /// The second time for the whole documents.
    Documents,
}

/// Whether there will be an upload port, for values that a plan puts beside their documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// What it would be handed counts as uploaded.
    Present,
    /// A record that has something to upload cannot be moved.
    Missing,
}

/// Reads every record that the plan is about, maps it as the backfill will, and sends nothing.
///
/// `folder` is an empty one for temporary files. Memory stays flat however many records there are; only ids that
/// really repeat are kept. Everything is read twice; where the app writes in between, a snapshot is the surer source.
///
/// ```
/// # use rehome_core::error::Result;
/// use rehome_core::plan::{Context, Document, PlanFile};
/// use rehome_core::record::{Key, Kind, Map, Rejection, Timestamp, Value};
/// use rehome_core::rehearse::{Port, Progress, Sink, rehearse};
/// use rehome_core::schema::{Entity, Field, Schema};
/// use rehome_core::stores::firestore;
/// use rehome_core::stores::memory::MemorySource;
///
/// struct Addresses(Vec<String>);
///
/// impl Sink for Addresses {
///     fn document(&mut self, document: Document) -> Result<()> {
///         self.0.push(document.address);
///         Ok(())
///     }
///     fn rejected(&mut self, _: &Rejection) -> Result<()> {
///         Ok(())
///     }
///     fn progress(&mut self, _: &Progress<'_>) {}
/// }
///
/// let note = Entity { fields: vec![Field::new("id", Kind::String)], ..Entity::new("Note") };
/// let schema = Schema { store: "memory".into(), entities: vec![note], ..Schema::default() };
/// let source = MemorySource::new(schema.clone());
/// source.put("Note", Key::Int(1), Map::from([("id".to_owned(), Value::from("n1"))]));
///
/// let text = r#"
///     name = "notes"
///     [[move]]
///     entity = "Note"
///     document = "users/{uid}/notes/{id}"
/// "#;
/// let rules = firestore::rules();
/// let plan = PlanFile::check(text, "notes.toml", &schema, &rules).unwrap().plan;
/// let context = Context { owner: "ann", now: Timestamp::from_millis(0) };
/// let folder = tempfile::tempdir().unwrap();
/// let mut sink = Addresses(Vec::new());
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let report = rehearse(&source, &plan, &rules, context, folder.path(), Port::Present, &mut sink).await.unwrap();
/// assert_eq!((report.read, report.documents()), (1, 1));
/// assert_eq!(sink.0, ["users/ann/notes/n1"]);
/// # });
/// ```
pub async fn rehearse(
    source: &dyn Source,
    plan: &Plan,
    rules: &Rules,
    context: Context<'_>,
    folder: &Path,
    port: Port,
    sink: &mut dyn Sink,
) -> Result<Report> {
    let report = Report { not_in_plan: not_in_plan(source, plan).await?, ..Report::default() };
    let claims = contested(source, plan, rules, context, folder, sink).await?;
    let documents = Documents::new(plan, rules, context);
    let embedded = Counting::of(source, plan, folder).await?;
    let references = References::of(plan, context.owner, folder);
    let mut rehearsal = Rehearsal { documents, claims, embedded, references, port, report, sink };
    let mut pages = Pages::of(source, plan, Step::Documents).await?;
    while let Some((pass, page)) = pages.next(rehearsal.sink).await? {
        rehearsal.page(pass, page)?;
    }
    let collisions = rehearsal.claims.collisions();
    let embedded = rehearsal.embedded.counted()?;
    let dangling_references = rehearsal.references.dangling()?;
    Ok(Report { collisions, embedded, dangling_references, ..rehearsal.report })
}

async fn contested(
    source: &dyn Source,
    plan: &Plan,
    rules: &Rules,
    context: Context<'_>,
    folder: &Path,
    sink: &mut dyn Sink,
) -> Result<Claims> {
    let plan = addresses_only(plan);
    let mut documents = Documents::new(&plan, rules, context);
    let mut gathering = Gathering::new(folder);
    let mut pages = Pages::of(source, &plan, Step::Addresses).await?;
    while let Some((pass, page)) = pages.next(sink).await? {
        for record in page.records {
            // A record that cannot be moved claims nothing; the second step says why it cannot.
            let uploads = Some(&mut Uploads::default());
            let Ok(claims) = documents.of(pass, record, uploads) else { continue };
            gathering.add(&claims)?;
        }
    }
    gathering.contested()
}

struct Rehearsal<'a> {
    documents: Documents<'a>,
    claims: Claims,
    embedded: Counting,
    references: References,
    port: Port,
    report: Report,
    sink: &'a mut dyn Sink,
}

impl Rehearsal<'_> {
    fn page(&mut self, pass: usize, page: Page) -> Result<()> {
        self.report.read += page.records.len() as u64 + page.rejected.len() as u64;
        page.records.into_iter().try_for_each(|record| self.record(pass, record))?;
        page.rejected.iter().try_for_each(|rejection| self.reject(rejection))
    }

    fn record(&mut self, pass: usize, record: Record) -> Result<()> {
        let mut uploads = self.report.uploads;
        let within = self.embedded.within(&self.documents.plan.passes[pass], &record);
        let counted = (self.port == Port::Present).then_some(&mut uploads);
        let documents = self.documents.of(pass, record, counted).and_then(|documents| {
            self.claims.grant(&documents)?;
            Ok(documents)
        });
        match documents {
            Err(rejection) => return self.reject(&rejection),
            Ok(documents) if documents.is_empty() => self.report.left_out += 1,
            Ok(documents) => {
                self.report.mapped += 1;
                self.report.uploads = uploads;
                self.embedded.add(within)?;
                for (_, document) in documents {
                    self.report.count(&document);
                    self.references.note(&document)?;
                    self.sink.document(document)?;
                }
            }
        }
        Ok(())
    }

    fn reject(&mut self, rejection: &Rejection) -> Result<()> {
        self.report.reject(rejection);
        self.sink.rejected(rejection)
    }
}

/// What records become.
struct Documents<'a> {
    plan: &'a Plan,
    mapper: Mapper<'a>,
    /// What the mapper made of one record at a time.
    mapped: Vec<Mapped>,
}

impl<'a> Documents<'a> {
    fn new(plan: &'a Plan, rules: &Rules, context: Context<'a>) -> Self {
        Self { plan, mapper: Mapper::new(plan, rules, context), mapped: Vec::new() }
    }

    /// All documents of a record with the moves they come from, or none. Uploads are counted where there is a port
    /// for them.
    fn of(
        &mut self,
        pass: usize,
        record: Record,
        mut uploads: Option<&mut Uploads>,
    ) -> Result<Vec<(&'a Move, Document)>, Rejection> {
        self.mapper.map_into(pass, record, &mut self.mapped)?;
        let mut documents = Vec::with_capacity(self.mapped.len());
        for (one, mapped) in self.plan.passes[pass].moves.iter().zip(self.mapped.drain(..)) {
            match mapped {
                Mapped::LeftOut => {}
                Mapped::Document(document) => documents.push((one, document)),
                Mapped::Upload(pending) => {
                    let Some(uploads) = &mut uploads else { return Err(pending.without_port()) };
                    let mut answers = Vec::new();
                    for upload in pending.uploads() {
                        uploads.count += 1;
                        uploads.bytes += upload.bytes.len() as u64;
                        answers.push(Value::String(upload.to.clone()));
                    }
                    documents.push((one, pending.resume(answers)?));
                }
            }
        }
        Ok(documents)
    }
}

/// The records of all passes of a plan, page by page.
struct Pages<'a> {
    source: &'a dyn Source,
    passes: &'a [Pass],
    step: Step,
    pass: usize,
    after: Option<Cursor>,
    read: u64,
    expected: Option<u64>,
}

impl<'a> Pages<'a> {
    async fn of(source: &'a dyn Source, plan: &'a Plan, step: Step) -> Result<Self> {
        let mut expected = Some(0);
        for pass in &plan.passes {
            let more = source.estimate(&pass.shape.entity).await?;
            expected = expected.zip(more).map(|(sum, more)| sum + more);
        }
        Ok(Self { source, passes: &plan.passes, step, pass: 0, after: None, read: 0, expected })
    }

    /// The next page with the position of its pass.
    async fn next(&mut self, sink: &mut dyn Sink) -> Result<Option<(usize, Page)>> {
        let position = self.pass;
        let Some(pass) = self.passes.get(position) else { return Ok(None) };
        let mut page = self.source.page(&pass.shape, self.after.as_ref(), PAGE).await?;
        self.after = page.next.take();
        if self.after.is_none() {
            self.pass += 1;
        }
        self.read += page.records.len() as u64 + page.rejected.len() as u64;
        let (step, read, expected) = (self.step, self.read, self.expected);
        sink.progress(&Progress { step, entity: &pass.shape.entity, read, expected });
        Ok(Some((position, page)))
    }
}
