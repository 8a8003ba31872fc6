//! Bytes as text for people: in hexadecimal, and as a UUID.

use std::fmt;

/// Bytes that are shown in lower-case hexadecimal.
pub(crate) struct Hex<'b>(pub(crate) &'b [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// A UUID as Swift writes it: upper case, with hyphens.
pub(crate) fn uuid_text(bytes: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    /// Where the two digits of each byte go; hyphens fill what is left.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    let mut text = [b'-'; 36];
    for (byte, place) in bytes.iter().zip(PLACES) {
        text[place] = DIGITS[usize::from(byte >> 4)];
        text[place + 1] = DIGITS[usize::from(byte & 15)];
    }
    // Digits and hyphens are text always.
    std::str::from_utf8(&text).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_from_the_first_to_the_last() {
        let bytes = *b"\x00\x01\x23\x45\x67\x89\xab\xcd\xef\x10\x32\x54\x76\x98\xba\xff";
        assert_eq!(Hex(&bytes).to_string(), "000123456789abcdef1032547698baff");
        assert_eq!(uuid_text(&bytes), "00012345-6789-ABCD-EF10-32547698BAFF");
    }
}
