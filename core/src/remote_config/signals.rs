//! Custom signals: what an app says of its user for the template's conditions.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};

const MOST: usize = 100;
const LONGEST_NAME: usize = 250;
const LONGEST_VALUE: usize = 500;

/// The signals with these changes; one without a value is taken away.
pub(super) fn changed<N: Into<String>>(
    mut signals: BTreeMap<String, String>,
    changes: impl IntoIterator<Item = (N, Option<String>)>,
) -> Result<BTreeMap<String, String>> {
    for (name, value) in changes {
        let name = name.into();
        let Some(value) = value else {
            signals.remove(&name);
            continue;
        };
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(wrong(format!("the name of a custom signal has 1 to {LONGEST_NAME} characters")));
        }
        if value.chars().count() > LONGEST_VALUE {
            let sentence = format!("the custom signal {name} is longer than {LONGEST_VALUE} characters; shorten it");
            return Err(wrong(sentence));
        }
        signals.insert(name, value);
    }
    if signals.len() > MOST {
        return Err(wrong(format!("there are more than {MOST} custom signals; take some away first")));
    }
    Ok(signals)
}

fn wrong(sentence: String) -> Error {
    Error::new(ErrorKind::BadInput, sentence)
}
