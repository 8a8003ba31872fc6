//! The route that a server's environment asks for.

use super::percentage::Percentage;
use super::route::{Fallback, Lists, Policy, Reads, Route, Second, Side, Writes};
use super::shown;
use super::stage::Stage;
use crate::error::{Error, ErrorKind, Result};

/// What the two sides are called in the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'a> {
    /// Where the records were: `firestore`.
    pub old: &'a str,
    /// Where they shall be: `postgresql`.
    pub new: &'a str,
}

const TYPE: &str = "DATABASE_TYPE";
const READ_PRIMARY: &str = "MIGRATION_READ_PRIMARY";
const DUAL_WRITE: &str = "MIGRATION_DUAL_WRITE";
const READ_SHARE: &str = "MIGRATION_READ_SHARE";
const SHADOW_READS: &str = "MIGRATION_SHADOW_READS";
const WRITE_POLICY: &str = "MIGRATION_WRITE_POLICY";

impl Route {
    /// The route that an environment asks for. `look_up` says what a variable is set to.
    ///
    /// | variable | what it may be | where it is not set |
    /// |---|---|---|
    /// | `DATABASE_TYPE` | the old side's name, the new side's name, `dual` | the old side |
    /// | `MIGRATION_READ_PRIMARY` | who is read and written first: one of the names | the old side |
    /// | `MIGRATION_DUAL_WRITE` | `true`, `false`: whether the other one is written too | `true` |
    /// | `MIGRATION_WRITE_POLICY` | `primary_required`, `any_of`, `all_of` | `primary_required` |
    /// | `MIGRATION_READ_SHARE` | for how many percent of the keys the other one is read first | 0 |
    /// | `MIGRATION_SHADOW_READS` | for how many percent of the keys both are read and compared | 100 with dual write, else 0 |
    ///
    /// Without `dual` the others are not looked at, so that one variable is enough to go back. Whoever reads the new side
    /// first falls back on the old one where something is missing or the new one fails; whoever reads the old one first,
    /// only where that fails and both are written.
    ///
    /// ```
    /// use rehome_core::rollout::{Names, Route, Stage};
    /// let names = Names { old: "firestore", new: "postgresql" };
    /// let set = |name: &str| (name == "DATABASE_TYPE").then(|| "postgresql".to_owned());
    /// assert_eq!(Route::from_environment(names, set).unwrap(), Stage::Complete.route());
    /// ```
    ///
    /// # Errors
    /// [`BadInput`](ErrorKind::BadInput) where a variable that counts is set to something that it may not be.
    pub fn from_environment(names: Names<'_>, look_up: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let said = |name: &'static str| Said { name, text: look_up(name).filter(|text| !text.is_empty()) };
        let ways = [(names.old, Way::Old), (names.new, Way::New), ("dual", Way::Dual)];
        match said(TYPE).one_of(&ways)?.unwrap_or(Way::Old) {
            Way::Old => Ok(Stage::Off.route()),
            Way::New => Ok(Stage::Complete.route()),
            Way::Dual => dual(names, said),
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    Old,
    New,
    Dual,
}

fn dual(names: Names<'_>, said: impl Fn(&'static str) -> Said) -> Result<Route> {
    let first = said(READ_PRIMARY).one_of(&[(names.old, Side::Old), (names.new, Side::New)])?.unwrap_or(Side::Old);
    let both = said(DUAL_WRITE).one_of(&[("true", true), ("false", false)])?.unwrap_or(true);
    let policies = [Policy::FirstRequired(Second::Awaited), Policy::AnyOf, Policy::AllOf];
    let policies = policies.map(|policy| (policy.word(), policy));
    let policy = said(WRITE_POLICY).one_of(&policies)?.unwrap_or(policies[0].1);
    let share = said(READ_SHARE).percentage()?.unwrap_or(Percentage::NONE);
    let shadow = said(SHADOW_READS).percentage()?.unwrap_or(if both { Percentage::ALL } else { Percentage::NONE });
    if !both && (share, shadow) != (Percentage::NONE, Percentage::NONE) {
        let message = format!(
            "{READ_SHARE} and {SHADOW_READS} read a side that is no longer written, since {DUAL_WRITE} is false; \
             set both to 0, or {DUAL_WRITE} to true"
        );
        return Err(Error::new(ErrorKind::BadInput, message));
    }
    // An old side that is read first and written alone has all there is.
    let fallback = both || first == Side::New;
    let fallback = Fallback { where_missing: fallback, where_failing: fallback };
    let reads = Reads { first, share, fallback, shadow, lists: Lists::OneSide };
    let writes = if both { Writes::Both { first, policy } } else { Writes::One(first) };
    Ok(Route { reads, writes })
}

/// What a variable is set to.
struct Said {
    name: &'static str,
    text: Option<String>,
}

impl Said {
    fn one_of<T: Copy>(self, words: &[(&str, T)]) -> Result<Option<T>> {
        let Some(text) = &self.text else { return Ok(None) };
        let found = words.iter().find(|(word, _)| text.trim().eq_ignore_ascii_case(word));
        let allowed = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| self.wrong(text, &format!("one of {}", allowed())))
    }

    fn percentage(self) -> Result<Option<Percentage>> {
        let Some(text) = &self.text else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| self.wrong(text, "a number from 0 to 100"))
    }

    fn wrong(&self, text: &str, allowed: &str) -> Error {
        let message = format!("{} is set to `{}`; set it to {allowed}", self.name, shown(text));
        Error::new(ErrorKind::BadInput, message)
    }
}
