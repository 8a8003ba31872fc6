//! A file with flags, for development.

use std::fs;
use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::channel::{Channel, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::rollout::Values;
use crate::store::Answer;

/// A JSON file whose members are flags by their names: `{"backfillEnabled": true, "backfillRolloutPercentage": 10}`. It
/// wins over what is said from afar, and need not be there.
#[derive(Clone, Debug)]
pub struct LocalFile(PathBuf);

impl LocalFile {
    /// The file at a path.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self(path.as_ref().to_owned())
    }

    fn read(&self) -> Result<Option<Values>> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == Io::NotFound => return Ok(None),
            Err(error) => return Err(self.wrong(ErrorKind::Io, "cannot be read").because(error)),
        };
        let members: Map<String, Value> = serde_json::from_str(&text)
            .map_err(|error| self.wrong(ErrorKind::BadInput, &format!("is no JSON object ({error})")))?;
        let entries: Result<Vec<_>> = members.iter().map(|(name, value)| Ok((name, self.text(name, value)?))).collect();
        Ok(Some(Values::of(entries?)))
    }

    fn text(&self, name: &str, value: &Value) -> Result<String> {
        match value {
            Value::Bool(on) => Ok(on.to_string()),
            // As people write it: JSON's own way makes 0.000001 an exponent, which is no percentage.
            Value::Number(number) if number.is_f64() => Ok(number.as_f64().unwrap_or_default().to_string()),
            Value::Number(number) => Ok(number.to_string()),
            Value::String(text) => Ok(text.clone()),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                let what = format!("has something in `{name}` that is no text, number or boolean");
                Err(self.wrong(ErrorKind::BadInput, &what))
            }
        }
    }

    fn wrong(&self, kind: ErrorKind, what: &str) -> Error {
        Error::new(kind, format!("the file with flags, {}, {what}; mend it or remove it", self.0.display()))
    }
}

impl Channel for LocalFile {
    fn kind(&self) -> Kind {
        Kind::File
    }

    fn known(&self) -> Result<Option<Values>> {
        self.read()
    }

    fn ask(&self) -> Answer<'_, Option<Values>> {
        // A few bytes on this device: not worth a thread of its own.
        Box::pin(async { self.read() })
    }
}
