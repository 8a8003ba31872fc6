use rehome_core::error::Result;
use rehome_core::plan::Document;
use rehome_core::record::{Key, Rejection};
use rehome_core::rehearse::{Progress, Sink};
use rehome_core::stores::firestore::json;
use serde_json::{Value as Json, json};

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
        output.line(&json::write(&address, &document.into_fields(), self.root.as_deref())?)
    }

    fn rejected(&mut self, rejection: &Rejection) -> Result<()> {
        let Some(output) = &mut self.quarantine else { return Ok(()) };
        let Rejection { entity, key, column, reason, detail } = rejection;
        let line = json!({
            "entity": &**entity,
            "key": key_json(key),
            "column": column.as_deref(),
            "reason": reason.word(),
            "detail": detail,
        });
        output.line(&line.to_string())
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        self.reporter.tell(progress);
    }
}

/// A row number as a number, text as text, bytes in hexadecimal digits, and several parts as an array.
pub(super) fn key_json(key: &Key) -> Json {
    match key {
        Key::Int(number) => json!(number),
        Key::Text(text) => json!(text),
        Key::Bytes(_) => json!(key.to_string()),
        Key::Parts(parts) => parts.iter().map(key_json).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_it_is_in_the_store() {
        let parts = Key::Parts(vec![Key::Int(-7), Key::Text("a".into()), Key::Bytes(vec![0, 255])]);
        assert_eq!(key_json(&parts), json!([-7, "a", "00ff"]));
    }
}
