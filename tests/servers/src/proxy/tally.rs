//! What came through a proxy.

use std::collections::BTreeMap;

/// What a proxy has counted so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    calls: BTreeMap<String, u64>,
    faults: u64,
    writes: BTreeMap<String, u64>,
}

impl Tally {
    /// How many calls of this method came in, whatever became of them.
    pub fn calls(&self, method: &str) -> u64 {
        self.calls.get(method).copied().unwrap_or_default()
    }

    /// How many calls went wrong by a judge's word.
    pub fn faults(&self) -> u64 {
        self.faults
    }

    /// How often each document was written or deleted: what the server has done, whatever the client heard of it.
    pub fn writes(&self) -> &BTreeMap<String, u64> {
        &self.writes
    }

    pub(crate) fn count_call(&mut self, method: &str) {
        *self.calls.entry(method.to_owned()).or_default() += 1;
    }

    pub(crate) fn count_fault(&mut self) {
        self.faults += 1;
    }

    pub(crate) fn count_writes(&mut self, documents: impl IntoIterator<Item = String>) {
        for document in documents {
            *self.writes.entry(document).or_default() += 1;
        }
    }
}
