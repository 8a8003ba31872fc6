//! Bytes as text: base64 with the standard alphabet and padding, as JSON notations carry them.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text of these bytes.
///
/// ```
/// use rehome_core::record::base64;
/// assert_eq!(base64::encode(b"home"), "aG9tZQ==");
/// assert_eq!(base64::decode("aG9tZQ=="), Some(b"home".to_vec()));
/// ```
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let written = digit <= chunk.len();
            let letter = ALPHABET[(bits >> (18 - 6 * digit) & 63) as usize];
            text.push(if written { letter as char } else { '=' });
        }
    }
    text
}

/// The bytes of this text; `None` where it is not what [`encode`] writes.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for chunk in digits.as_bytes().chunks(4) {
        let mut bits = 0;
        for (at, &letter) in chunk.iter().enumerate() {
            bits |= value_of(letter)? << (18 - 6 * at);
        }
        let [_, whole @ ..] = bits.to_be_bytes();
        let (kept, rest) = whole.split_at(chunk.len() - 1);
        // Digits that stand for no byte, or for bits beyond the last one, are not ours.
        if kept.is_empty() || rest.iter().any(|&byte| byte != 0) {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    Some(bytes)
}

fn value_of(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_base64_is_refused() {
        for bad in ["a", "ab", "abc", "ab=c", "a===", "====", "ab-_", "YX==", "é12"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn all_bytes_come_back_from_their_text(bytes: Vec<u8>) {
            proptest::prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn no_two_texts_stand_for_the_same_bytes(text in "[A-Da-d/+=]{0,8}") {
            if let Some(bytes) = decode(&text) {
                proptest::prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
