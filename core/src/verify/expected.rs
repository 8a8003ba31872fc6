//! What should be in the target, page by page.

use crate::error::Result;
use crate::plan::{Context, Document, Mapped, Mapper, Plan};
use crate::record::{Record, Rejection};
use crate::rules::Rules;
use crate::store::UploadPort;

/// Maps pages of records. Values beside a document are asked for again from the upload port, which answers the same.
pub(crate) struct Expecting<'a> {
    mapper: Mapper<'a>,
    uploads: Option<&'a dyn UploadPort>,
    mapped: Vec<Mapped>,
}

/// What the plan makes of a page.
#[derive(Default)]
pub(crate) struct Expected {
    /// Documents, each with the position of its move in the pass.
    pub(crate) documents: Vec<(usize, Document)>,
    /// Records of which it makes none.
    pub(crate) left_out: u64,
    /// Records that it cannot map.
    pub(crate) rejected: Vec<Rejection>,
}

impl<'a> Expecting<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        rules: &Rules,
        context: Context<'a>,
        uploads: Option<&'a dyn UploadPort>,
    ) -> Self {
        Self { mapper: Mapper::new(plan, rules, context), uploads, mapped: Vec::new() }
    }

    pub(crate) async fn of(&mut self, pass: usize, records: Vec<Record>) -> Result<Expected> {
        let mut expected = Expected::default();
        for record in records {
            let before = expected.documents.len();
            match self.record(pass, record, &mut expected).await? {
                Ok(()) if expected.documents.len() == before => expected.left_out += 1,
                Ok(()) => {}
                Err(rejection) => {
                    expected.documents.truncate(before);
                    expected.rejected.push(rejection);
                }
            }
        }
        Ok(expected)
    }

    async fn record(&mut self, pass: usize, record: Record, into: &mut Expected) -> Result<Result<(), Rejection>> {
        if let Err(rejection) = self.mapper.map_into(pass, record, &mut self.mapped) {
            return Ok(Err(rejection));
        }
        for (slot, mapped) in self.mapped.drain(..).enumerate() {
            let document = match mapped {
                Mapped::LeftOut => continue,
                Mapped::Document(document) => document,
                Mapped::Upload(pending) => {
                    let Some(port) = self.uploads else { return Ok(Err(pending.without_port())) };
                    let mut answers = Vec::new();
                    for upload in pending.uploads() {
                        answers.push(port.upload(upload, pending.source()).await?);
                    }
                    match pending.resume(answers) {
                        Ok(document) => document,
                        Err(rejection) => return Ok(Err(rejection)),
                    }
                }
            };
            into.documents.push((slot, document));
        }
        Ok(Ok(()))
    }
}
