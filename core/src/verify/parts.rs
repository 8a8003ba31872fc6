//! How many documents are looked at together.

use crate::plan::Document;

/// So many bytes of them, and one at least: an answer that a phone can hold.
const LIGHT: u64 = 1 << 20;

/// Documents in parts of which each can be looked at together, where what is there is about as large.
pub(super) fn light_parts(mut documents: &[(usize, Document)]) -> impl Iterator<Item = &[(usize, Document)]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |(_, document): &&(usize, Document)| {
            bytes += document.bytes;
            bytes <= LIGHT
        };
        let count = documents.iter().take_while(fits).count().max(1).min(documents.len());
        let part;
        (part, documents) = documents.split_at(count);
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ContentHash;
    use crate::record::{Key, RecordId};

    fn document(bytes: u64) -> (usize, Document) {
        let source = RecordId { entity: "Note".into(), key: Key::Int(1) };
        let (address, names, values, stamps) = ("notes/1".to_owned(), [].into(), Vec::new(), [].into());
        let hash = ContentHash([0; 32]);
        (0, Document { source, address, names, values, stamps, layout: None, hash, revision: None, bytes })
    }

    #[test]
    fn a_part_is_light_or_a_single_document() {
        let counts = |sizes: &[u64]| -> Vec<usize> {
            let documents: Vec<_> = sizes.iter().map(|bytes| document(*bytes)).collect();
            light_parts(&documents).map(<[_]>::len).collect()
        };
        let half = LIGHT / 2;
        assert!(counts(&[]).is_empty());
        assert_eq!(counts(&[1; 256]), [256]);
        assert_eq!(counts(&[half, half, 1, half, half]), [2, 2, 1]);
        assert_eq!(counts(&[1, 3 * half, 3 * half, 1]), [1, 1, 1, 1]);
    }
}
