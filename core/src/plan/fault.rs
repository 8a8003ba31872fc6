//! How the parts of the mapper tell one another that a value will not do.

use crate::record::{Name, Reason, RecordId, Rejection};

/// What is wrong with a value, before it is known whose value it is.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault {
    column: Option<Name>,
    reason: Reason,
    detail: String,
}

impl Fault {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { column: None, reason, detail: detail.into() }
    }

    /// The same, of this field where none is named yet.
    pub(crate) fn at(mut self, column: &Name) -> Self {
        self.column.get_or_insert_with(|| column.clone());
        self
    }

    /// The same, somewhere within this field.
    pub(crate) fn within(mut self, field: &Name) -> Self {
        self.column = Some(match self.column {
            Some(inner) => format!("{field}.{inner}").into(),
            None => field.clone(),
        });
        self
    }

    /// The same, of this record.
    pub(crate) fn of(self, record: &RecordId) -> Rejection {
        Rejection {
            entity: record.entity.clone(),
            key: record.key.clone(),
            column: self.column,
            reason: self.reason,
            detail: self.detail,
        }
    }

    #[cfg(test)]
    pub(crate) fn reason(&self) -> Reason {
        self.reason
    }
}
