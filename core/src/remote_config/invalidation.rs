//! What a stream tells: JSON objects, one after the other, in pieces that end anywhere.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::answer::number;

/// An object is a hundred bytes long.
const LONGEST: usize = 64 * 1024;
const DEEPEST: usize = 32;

/// What one object of a stream says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Invalidation {
    /// There is a template of this version.
    pub(super) version: Option<u64>,
    /// Streams are turned off.
    pub(super) disabled: bool,
    /// The next stream is to be opened after this time.
    pub(super) retry_after: Option<Duration>,
}

/// What comes is no such stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endless;

/// Puts objects together again. What stands between them (Google writes one array that never ends) is passed over.
#[derive(Debug, Default)]
pub(super) struct Objects {
    object: Vec<u8>,
    depth: usize,
    in_text: bool,
    after_backslash: bool,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "latestTemplateVersionNumber")]
    version: Option<Value>,
    #[serde(rename = "featureDisabled")]
    disabled: Option<Value>,
    #[serde(rename = "retryIntervalSeconds")]
    retry_after: Option<Value>,
}

impl Objects {
    /// Takes in the next piece, and answers the objects that are whole with it. An object that is none of ours says
    /// nothing and is left out.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<Vec<Invalidation>, Endless> {
        let mut whole = Vec::new();
        for byte in piece {
            if self.ends_with(*byte) {
                whole.extend(read(&self.object));
                self.object.clear();
            }
            if self.object.len() > LONGEST || self.depth > DEEPEST {
                return Err(Endless);
            }
        }
        Ok(whole)
    }

    fn ends_with(&mut self, byte: u8) -> bool {
        if self.depth == 0 && byte != b'{' {
            return false;
        }
        self.object.push(byte);
        if self.in_text {
            let was_after_backslash = std::mem::take(&mut self.after_backslash);
            match byte {
                _ if was_after_backslash => {}
                b'\\' => self.after_backslash = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' => self.depth += 1,
            b'}' => self.depth -= 1,
            _ => {}
        }
        self.depth == 0
    }
}

fn read(object: &[u8]) -> Option<Invalidation> {
    let Wire { version, disabled, retry_after } = serde_json::from_slice(object).ok()?;
    Some(Invalidation {
        version: version.as_ref().and_then(number),
        disabled: disabled == Some(Value::Bool(true)),
        retry_after: retry_after.as_ref().and_then(number).map(Duration::from_secs),
    })
}
