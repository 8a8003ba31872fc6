//! Sources that are not as they should be, or change while they are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, ErrorKind};
use crate::schema::Schema;
use crate::store::{Answer, Changes, Cursor, Page, Shape, Source};

/// A source as another one, except where it is told otherwise.
pub(super) struct Odd<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) has_history: bool,
    pub(super) identity: Option<&'a str>,
    /// Done before a page is read, with the number of pages that were read before.
    pub(super) meddling: Box<dyn Fn(usize) + Send + Sync + 'a>,
    /// Done before the history is asked, with the number of times that it was asked before.
    pub(super) remembering: Box<dyn Fn(usize) + Send + Sync + 'a>,
    pub(super) asked: AtomicUsize,
    /// The schema once so many pages were read.
    pub(super) later: Option<(usize, Arc<Schema>)>,
    pub(super) pages: AtomicUsize,
}

impl<'a> Odd<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        let (meddling, pages) = (Box::new(|_| {}), AtomicUsize::new(0));
        let (remembering, asked) = (Box::new(|_| {}), AtomicUsize::new(0));
        Self { source, has_history: true, identity: None, meddling, remembering, asked, later: None, pages }
    }

    pub(super) fn without_history(source: &'a dyn Source) -> Self {
        Self { has_history: false, ..Self::new(source) }
    }
}

impl Source for Odd<'_> {
    fn schema(&self) -> Answer<'_, Arc<Schema>> {
        let pages = self.pages.load(Ordering::SeqCst);
        match &self.later {
            Some((from, schema)) if pages >= *from => Box::pin(async { Ok(schema.clone()) }),
            _ => self.source.schema(),
        }
    }

    fn identity(&self) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(self.identity.map(str::to_owned)) })
    }

    fn page<'a>(&'a self, shape: &'a Shape, after: Option<&'a Cursor>, limit: usize) -> Answer<'a, Page> {
        (self.meddling)(self.pages.fetch_add(1, Ordering::SeqCst));
        self.source.page(shape, after, limit)
    }

    fn estimate<'a>(&'a self, entity: &'a str) -> Answer<'a, Option<u64>> {
        self.source.estimate(entity)
    }

    fn changes<'a>(&'a self, shapes: &'a [Shape], since: Option<&'a Cursor>, limit: usize) -> Answer<'a, Changes> {
        if self.has_history {
            (self.remembering)(self.asked.fetch_add(1, Ordering::SeqCst));
            return self.source.changes(shapes, since, limit);
        }
        Box::pin(async { Err(Error::new(ErrorKind::Unsupported, "this store keeps no history")) })
    }
}
