//! How records of one store become records of another: the plan that a person writes, checked against a schema and
//! a target's rules, and the pure mapping that follows from it.
//!
//! This room does no I/O, knows no concrete store, and is the same on a phone and on a server.

mod addresses;
mod canonical;
mod carried;
mod choose;
pub(crate) mod claims;
mod convert;
mod document;
mod evaluate;
mod expand;
mod fault;
mod file;
mod filter;
mod fingerprint;
mod follow;
mod json_text;
mod limits;
mod mapper;
mod outline;
mod problem;
mod read;
mod refers;
mod reorder;
mod resolve;
mod resolved;
mod revision;
mod seal;
mod stamps;
mod takes;
mod template;
mod tree;
mod uploads;
mod words;

pub(crate) use addresses::addresses_only;
pub use carried::Carried;
pub use choose::choose;
pub use document::{ContentHash, Document, Stamped};
pub use expand::unescape;
pub use file::{Checked, PlanFile};
pub(crate) use filter::order;
pub use mapper::{Context, Mapped, Mapper};
pub use outline::Outline;
pub use problem::{Place, Problem, Problems, Severity};
pub use resolved::{
    Comparison, Condition, Conversion, Deletes, Escape, FieldRule, Fingerprint, Move, Nulls, Part, Pass, Path, Plan,
    Rule, Slot, Template, TimeUnit,
};
pub use uploads::Pending;
