//! Stores that live in memory and end with the process: a source that is relational or made of documents, and a
//! target that keeps whatever promises it is told to. They hold to the store traits as any other store does, so that
//! what works with them needs no database to be tried.

mod source;
mod tables;
mod target;

pub use source::MemorySource;
pub use target::MemoryTarget;
