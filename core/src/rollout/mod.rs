//! Who is in, and what that means: flags, buckets and routes, decided on the device.
//!
//! Pure: this room knows records' times, errors, serde and sha2; it does no I/O, does not wait and has no clock. Values
//! come in as texts from whatever channel there is, and go out as decisions, each with its reason.
//!
//! | file | what is in it |
//! |---|---|
//! | `bucket`, `percentage` | a key's place in a rollout, and how many are in |
//! | `values`, `flags` | what a channel says, and what all of them come to |
//! | `route`, `stage`, `writing` | who is read and written, by name, and what a failure means |
//! | `environment` | the route that a server's environment asks for |
//! | `user`, `overrides` | whom is decided on, what they keep, what was said for them alone |
//! | `decide`, `explain`, `status` | the decision, the reason, everything at a glance |

mod bucket;
mod decide;
mod environment;
mod explain;
mod flags;
mod moment;
mod overrides;
mod percentage;
mod route;
mod stage;
mod status;
mod user;
mod values;
mod writing;

pub use bucket::Bucket;
pub use decide::{Carry, Decision, Rollout, Stop};
pub use environment::Names;
pub use explain::Explanation;
pub use flags::{
    Allowed, Decisions, Effect, Flag, Flags, LastGood, LogLevel, Remark, Said, Setting, Source, Spec, Told, Tuning,
};
pub use overrides::{Force, Override, Overrides, Whom};
pub use percentage::{NotAPercentage, Percentage};
pub use route::{Fallback, Lists, Policy, Reading, Reads, Route, Second, Side, Writes};
pub use stage::Stage;
pub use status::{Line, MigrationStatus};
pub use user::{Standing, Taken, User};
pub use values::Values;
pub use writing::{Half, Next, Tried, Verdict};

/// An operator's text as it may be shown: cut short, and nothing in it that a terminal would take for a command.
fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
