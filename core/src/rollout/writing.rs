//! What a route makes of a write, as it is tried on one side and on the other.

use super::route::{Policy, Second, Side, Writes};

/// What one side made of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tried {
    /// It has it, durably.
    Took,
    /// It refused it, did not answer, or could not be reached.
    Failed,
}

/// What comes after the first side's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Nothing: this is what became of it.
    Done(Verdict),
    /// The second side is tried, and waited for.
    Try(Half),
    /// The caller is told that it is safe, and this side is written from a queue that outlives the process.
    Queue(Side),
}

/// A write that one side was tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Half {
    first: Side,
    policy: Policy,
    tried: Tried,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Whether the caller is told that it is safe.
    pub is_safe: bool,
    /// The side that lacks what the other one has. It is queued for that, whatever the caller is told, and a warning
    /// says so.
    pub repair: Option<Side>,
}

impl Writes {
    /// What comes after the first side's answer.
    ///
    /// ```
    /// use rehome_core::rollout::{Next, Policy, Side, Tried, Writes};
    /// let writes = Writes::Both { first: Side::Old, policy: Policy::AnyOf };
    /// let Next::Try(half) = writes.after(Tried::Failed) else { panic!("the second is always tried") };
    /// assert_eq!(half.side(), Side::New);
    /// let verdict = half.then(Tried::Took);
    /// assert!(verdict.is_safe && verdict.repair == Some(Side::Old));
    /// ```
    pub fn after(self, tried: Tried) -> Next {
        let done = |is_safe| Next::Done(Verdict { is_safe, repair: None });
        match self {
            Writes::One(_) => done(tried == Tried::Took),
            Writes::Both { first, policy } => match (policy, tried) {
                (Policy::FirstRequired(_) | Policy::AllOf, Tried::Failed) => done(false),
                (Policy::FirstRequired(Second::Behind), Tried::Took) => Next::Queue(first.other()),
                (Policy::FirstRequired(Second::Awaited) | Policy::AllOf, Tried::Took) | (Policy::AnyOf, _) => {
                    Next::Try(Half { first, policy, tried })
                }
            },
        }
    }
}

impl Half {
    /// The side that is tried now.
    pub fn side(self) -> Side {
        self.first.other()
    }

    /// What became of it, with the second side's answer.
    pub fn then(self, second: Tried) -> Verdict {
        let took = [self.tried, second].map(|tried| tried == Tried::Took);
        let is_safe = match self.policy {
            Policy::FirstRequired(_) => took[0],
            Policy::AnyOf => took[0] || took[1],
            Policy::AllOf => took[0] && took[1],
        };
        let repair = match took {
            [true, false] => Some(self.first.other()),
            [false, true] => Some(self.first),
            [true, true] | [false, false] => None,
        };
        Verdict { is_safe, repair }
    }
}
