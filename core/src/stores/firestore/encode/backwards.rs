//! A message of protocol buffers, written from its end to its beginning.
//!
//! Each part of a message is preceded by its length. Written backwards, the length is known by the time that it is
//! needed, so that one pass over the values is enough and nothing is kept in between.

use prost::bytes::{Buf, Bytes};

/// How a field's value is laid out.
enum Layout {
    Varint = 0,
    Fixed64 = 1,
    Delimited = 2,
}

/// Bytes that fill a buffer from its end.
pub(super) struct Backwards {
    buffer: Vec<u8>,
    /// Where the bytes written so far begin.
    start: usize,
}

impl Backwards {
    /// With room for so many bytes, and more if there are more.
    pub(super) fn with_room_for(bytes: usize) -> Self {
        Self { buffer: vec![0; bytes], start: bytes }
    }

    /// How many bytes there are so far.
    pub(super) fn len(&self) -> usize {
        self.buffer.len() - self.start
    }

    pub(super) fn into_bytes(self) -> Bytes {
        let mut bytes = Bytes::from(self.buffer);
        bytes.advance(self.start);
        bytes
    }

    /// A field with a whole number.
    pub(super) fn varint(&mut self, field: u32, value: u64) {
        self.push_varint(value);
        self.tag(field, Layout::Varint);
    }

    /// A field with eight bytes.
    pub(super) fn fixed64(&mut self, field: u32, bits: u64) {
        self.push(&bits.to_le_bytes());
        self.tag(field, Layout::Fixed64);
    }

    /// A field with text or bytes, given in parts.
    pub(super) fn bytes<P: AsRef<[u8]>>(&mut self, field: u32, parts: &[P]) {
        let before = self.len();
        parts.iter().rev().for_each(|part| self.push(part.as_ref()));
        self.close(field, before);
    }

    /// Makes what was written since there were `before` bytes the content of a field.
    pub(super) fn close(&mut self, field: u32, before: usize) {
        self.push_varint((self.len() - before) as u64);
        self.tag(field, Layout::Delimited);
    }

    fn tag(&mut self, field: u32, layout: Layout) {
        self.push_varint(u64::from(field << 3 | layout as u32));
    }

    fn push_varint(&mut self, mut value: u64) {
        if let Ok(byte @ ..0x80) = u8::try_from(value) {
            return self.push(&[byte]);
        }
        let (mut digits, mut count) = ([0; 10], 0);
        for digit in &mut digits {
            let is_last = value < 0x80;
            *digit = (value as u8 & 0x7f) | if is_last { 0 } else { 0x80 };
            count += 1;
            value >>= 7;
            if is_last {
                break;
            }
        }
        self.push(&digits[..count]);
    }

    fn push(&mut self, bytes: &[u8]) {
        if bytes.len() > self.start {
            self.grow(bytes.len());
        }
        let end = self.start;
        self.start -= bytes.len();
        self.buffer[self.start..end].copy_from_slice(bytes);
    }

    /// Makes room for more than `needed` bytes, as much again as there is at least.
    #[cold]
    fn grow(&mut self, needed: usize) {
        let len = self.len();
        let mut buffer = vec![0; (len * 2).max(len + needed).next_power_of_two().max(1024)];
        let start = buffer.len() - len;
        buffer[start..].copy_from_slice(&self.buffer[self.start..]);
        (self.buffer, self.start) = (buffer, start);
    }
}
