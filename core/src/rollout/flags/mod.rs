//! The flags that a rollout is steered by: their names, what is allowed, what they are without anybody's word.
//!
//! | file | what is in it |
//! |---|---|
//! | `table` | every flag in one table |
//! | `setting` | the kinds of values, and how each is read from a text |
//! | `told` | what the channels say, made one: who wins, what is kept where a text is wrong |
//! | `good` | what was good last, for a later process |
//! | `remark` | what is wrong with a text, for an operator |
//! | `uses` | the flags by what they do: decide, tune |

mod good;
mod remark;
mod setting;
mod table;
mod told;
mod uses;

pub use good::LastGood;
pub use remark::Remark;
pub use setting::{Allowed, LogLevel, Setting};
pub use table::{Effect, Flag, Spec};
pub use told::{Flags, Said, Source, Told};
pub use uses::{Decisions, Tuning};
