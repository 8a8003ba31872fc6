//! Concrete stores. Each knows the store traits, the schema, records and its own library; none knows another,
//! and none knows an engine.

pub mod firestore;
pub mod legacy;
pub mod memory;
