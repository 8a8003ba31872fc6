//! Bytes with something wrong in them, for the readers of foreign bytes, and the corpora that they begin with.

#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

/// Something that goes wrong with bytes.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    CutOff(Index),
    Flip(Index, u8),
    Set(Index, u8),
    /// Some bytes again at another place.
    Copy(Index, Index, usize),
    /// A reference of an archive to another of its objects.
    Redirect(Index, u8),
    /// A number in the trailer, or at the end of whatever it is.
    Tail(usize, u8),
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        if length == 0 {
            return;
        }
        match self {
            Mutation::CutOff(at) => bytes.truncate(at.index(length)),
            Mutation::Flip(at, bit) => bytes[at.index(length)] ^= 1 << (bit % 8),
            Mutation::Set(at, byte) => bytes[at.index(length)] = *byte,
            Mutation::Copy(from, to, count) => {
                let from = from.index(length);
                let piece = bytes[from..length.min(from + count)].to_vec();
                let to = to.index(length);
                let end = length.min(to + piece.len());
                bytes.splice(to..end, piece);
            }
            Mutation::Redirect(which, to) => {
                let references: Vec<usize> = (0..length - 1).filter(|&at| bytes[at] == 0x80).collect();
                if !references.is_empty() {
                    bytes[references[which.index(references.len())] + 1] = *to;
                }
            }
            Mutation::Tail(back, byte) => {
                let at = length.saturating_sub(back + 1);
                bytes[at] = *byte;
            }
        }
    }
}

/// One thing that goes wrong, or a few.
pub(crate) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let mutation = prop_oneof![
        1 => any::<Index>().prop_map(Mutation::CutOff),
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        2 => (any::<Index>(), any::<Index>(), 1_usize..64).prop_map(|(from, to, count)| Mutation::Copy(from, to, count)),
        8 => (any::<Index>(), any::<u8>()).prop_map(|(which, to)| Mutation::Redirect(which, to)),
        2 => (0_usize..32, any::<u8>()).prop_map(|(back, byte)| Mutation::Tail(back, byte)),
    ];
    prop::collection::vec(mutation, 1..5)
}

/// The bytes with all of that gone wrong.
pub(crate) fn mutated(bytes: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    mutations.iter().for_each(|mutation| mutation.apply(&mut bytes));
    bytes
}

/// The inputs of a target. Those that our own writers make must be there as they are made; with `REHOME_BLESS`
/// set they are written.
pub(crate) fn corpus(target: &str, made: &[(&str, Vec<u8>)]) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz-corpus").join(target);
    if std::env::var_os("REHOME_BLESS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        made.iter().for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes).unwrap());
    }
    for (name, bytes) in made {
        assert!(std::fs::read(folder.join(name)).ok().as_ref() == Some(bytes), "{target}/{name} is not as it is made");
    }
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    files.map(|file| std::fs::read(file).unwrap()).collect()
}
