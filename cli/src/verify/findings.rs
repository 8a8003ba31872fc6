//! What a verification finds, on its way to files and to the terminal.

use std::time::Duration;

use rehome_core::error::Result;
use rehome_core::record::{Rejection, Timestamp};
use rehome_core::store::Answer;
use rehome_core::verify::{Difference, Progress, Sink};
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Reporter;
use crate::terminal::{self, counted};

pub(super) struct Findings {
    differences: Option<Output>,
    reporter: Reporter,
    settle: Duration,
}

impl Findings {
    pub(super) fn new(differences: Option<Output>, reporter: Reporter, settle: u64) -> Self {
        Self { differences, reporter, settle: Duration::from_secs(settle) }
    }

    pub(super) fn finish(self) -> std::result::Result<(), Failure> {
        self.differences.map_or(Ok(()), Output::finish)
    }
}

impl Sink for Findings {
    fn difference(&mut self, difference: &Difference) -> Result<()> {
        let Some(file) = &mut self.differences else { return Ok(()) };
        let line = json!({
            "entity": &*difference.source.entity,
            "key": difference.source.key.to_string(),
            "address": difference.address,
            "difference": difference.kind,
            "can_be_mended": difference.mend.is_some(),
        });
        file.line(&line.to_string())
    }

    fn rejected(&mut self, _: &Rejection) -> Result<()> {
        Ok(())
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        let Progress { entity, read, expected } = *progress;
        let all = json!({ "step": "verifying", "entity": entity, "read": read, "expected": expected });
        self.reporter.tell(format_args!("verifying {entity}"), read, expected, all);
    }

    fn goes_on(&mut self, begun: Timestamp, read: u64) {
        terminal::tell(format_args!(
            "It goes on where a verification of {begun} was interrupted, which had read {}; --anew compares all again",
            counted(read, "record"),
        ));
    }

    fn settle(&mut self) -> Answer<'_, ()> {
        let settle = self.settle;
        Box::pin(async move {
            tokio::time::sleep(settle).await;
            Ok(())
        })
    }
}
