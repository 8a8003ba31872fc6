use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::plan::Document;
use rehome_core::record::Rejection;
use rehome_core::rehearse::{Progress, Sink, Step};
use rehome_core::stores::firestore::json as notation;
use serde_json::json;

use super::json::Refused;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Reporter;

/// Writes what a rehearsal finds to the files that were asked for.
pub(super) struct Findings {
    pub(super) documents: Option<Output>,
    pub(super) quarantine: Option<Output>,
    /// What stands before addresses in the documents' names.
    pub(super) root: Option<String>,
    pub(super) reporter: Reporter,
}

impl Findings {
    /// Gives the complete files their names.
    pub(super) fn finish(self) -> Result<(), Failure> {
        [self.documents, self.quarantine].into_iter().flatten().try_for_each(Output::finish)
    }
}

impl Sink for Findings {
    fn document(&mut self, mut document: Document) -> Result<()> {
        let Some(output) = &mut self.documents else { return Ok(()) };
        let address = std::mem::take(&mut document.address);
        output.line(&notation::write(&address, &document.into_fields(), self.root.as_deref())?)
    }

    fn rejected(&mut self, rejection: &Rejection) -> Result<()> {
        let Some(output) = &mut self.quarantine else { return Ok(()) };
        let line = serde_json::to_string(&Refused::from(rejection)).map_err(|error| {
            Error::new(ErrorKind::Bug, "what is wrong with a record could not be written as JSON").because(error)
        })?;
        output.line(&line)
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        let Progress { step, entity, read, expected } = *progress;
        let all = json!({ "step": word(step), "entity": entity, "read": read, "expected": expected });
        self.reporter.tell(format_args!("{} {entity}", word(step)), read, expected, all);
    }
}

fn word(step: Step) -> &'static str {
    match step {
        Step::Addresses => "looking for ids that repeat in",
        Step::Documents => "rehearsing",
    }
}
