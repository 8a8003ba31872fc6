//! What is wrong with a plan: where, what, and what would be right.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};

/// How many names a message lists before it only counts the rest.
const MOST_LISTED: usize = 12;
/// Nobody reads more of them at once, and a hostile plan has no end of them.
const MOST_PROBLEMS: usize = 500;
/// Names longer than this are not compared with others: nobody mistypes those.
const LONGEST_COMPARED: usize = 40;
/// A name that another one begins with says something where it has so many letters.
const SHORTEST_BEGINNING: usize = 3;

/// A place in a file; both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Place {
    /// Where a file begins.
    pub(crate) const START: Place = Place { line: 1, column: 1 };
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The plan cannot run.
    Error,
    /// The plan can run, and may not do what was meant.
    Warning,
}

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The plan's file.
    pub file: Arc<str>,
    /// Where in it.
    pub place: Place,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub help: Option<String>,
}

/// `plans/habits.toml:12:9: unknown field "titel" of Habit`, and in a second line what would be right.
impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warning = if self.severity == Severity::Warning { "warning: " } else { "" };
        write!(out, "{}:{}:{}: {warning}{}", self.file, self.place.line, self.place.column, self.what)?;
        self.help.iter().try_for_each(|help| write!(out, "\n    {help}"))
    }
}

/// All that is wrong with a plan, in the order of the file; at least one of them is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Each of them.
    pub fn list(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, problem)| {
            let separator = if index == 0 { "" } else { "\n" };
            write!(out, "{separator}{problem}")
        })
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Error::new(ErrorKind::BadInput, problems.to_string())
    }
}

/// What is wrong and what would be right, found by those who do not know where in the file it stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mistake {
    what: String,
    help: String,
}

impl Mistake {
    pub(crate) fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into() }
    }

    /// One that is told elsewhere already.
    pub(crate) fn told() -> Self {
        Self::default()
    }

    /// The same, with this way out instead of its own.
    pub(crate) fn rather(self, help: String) -> Self {
        Self { help, ..self }
    }

    /// The same, with one more way out.
    pub(crate) fn or(mut self, way: &str) -> Self {
        self.help = if self.help.is_empty() { way.to_owned() } else { format!("{}; {way}", self.help) };
        self
    }
}

/// Collects problems while a plan is read and checked, so that all are shown at once.
pub(crate) struct Report {
    file: Arc<str>,
    problems: RefCell<Vec<Problem>>,
}

impl Report {
    pub(crate) fn new(file: Arc<str>) -> Self {
        Self { file, problems: RefCell::default() }
    }

    pub(crate) fn error(&self, place: Place, what: impl Into<String>, help: impl Into<String>) {
        self.push(Severity::Error, place, what.into(), help.into());
    }

    pub(crate) fn mistake(&self, place: Place, mistake: Mistake) {
        if mistake != Mistake::told() {
            self.push(Severity::Error, place, mistake.what, mistake.help);
        }
    }

    pub(crate) fn warning(&self, place: Place, what: impl Into<String>, help: impl Into<String>) {
        self.push(Severity::Warning, place, what.into(), help.into());
    }

    fn push(&self, severity: Severity, place: Place, what: String, help: String) {
        let help = (!help.is_empty()).then_some(help);
        let problem = Problem { file: Arc::clone(&self.file), place, severity, what, help };
        let full = self.is_full();
        let mut problems = self.problems.borrow_mut();
        // One move for several entities is checked for each of them and would say some things twice.
        if !full && !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Whether what comes now is no longer kept; what is costly to say need not be made up then.
    pub(crate) fn is_full(&self) -> bool {
        self.problems.borrow().len() >= MOST_PROBLEMS
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.problems.borrow().iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The warnings where there is no error, and everything where there is one.
    pub(crate) fn finish(self) -> Result<Vec<Problem>, Problems> {
        if self.has_errors() {
            return Err(self.fail());
        }
        Ok(self.fail().0)
    }

    /// Everything, where there is no going on.
    pub(crate) fn fail(self) -> Problems {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.place);
        Problems(problems)
    }
}

/// `did you mean "title"? Habit has: color, title`; the first half where a name is near, the second where there are any.
pub(crate) fn advise<'a>(name: &str, owner: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let mut candidates: Vec<&str> = candidates.into_iter().collect();
    candidates.sort_unstable();
    candidates.dedup();
    let guess = nearest(name, &candidates).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
    if candidates.is_empty() {
        return guess;
    }
    format!("{guess}{owner}: {}", listed(&candidates))
}

/// `a, b, c and 4 more`.
pub(crate) fn listed(names: &[&str]) -> String {
    match names.get(..MOST_LISTED) {
        Some(first) if names.len() > MOST_LISTED + 1 => {
            format!("{} and {} more", first.join(", "), names.len() - MOST_LISTED)
        }
        _ => names.join(", "),
    }
}

/// The candidate that is most likely meant; none where nothing is near.
pub(crate) fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if name.len() > LONGEST_COMPARED {
        return None;
    }
    let lower = name.to_lowercase();
    let near = |candidate: &&&str| candidate.len() <= LONGEST_COMPARED;
    let distance = |candidate: &str| strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
    let best = candidates.iter().filter(near).min_by_key(|candidate| distance(candidate))?;
    if distance(best) <= lower.chars().count() / 3 + usize::from(lower.len() < 3) {
        return Some(best);
    }
    // `integer` for `int`, `profile` for `profileImage`, where there is no other.
    let begins = |candidate: &&&str| {
        let candidate = candidate.to_lowercase();
        let shorter = candidate.len().min(lower.len());
        shorter >= SHORTEST_BEGINNING && (candidate.starts_with(&lower) || lower.starts_with(&candidate))
    };
    let mut beginnings = candidates.iter().filter(near).filter(begins);
    beginnings.next().filter(|_| beginnings.next().is_none()).copied()
}

/// The word that a name is a slip away from; short names are too near to everything.
pub(crate) fn slip_of<'a>(name: &str, words: &[&'a str]) -> Option<&'a str> {
    let near = |word: &&&str| strsim::damerau_levenshtein(name, word) == 1;
    let compared = (4..=LONGEST_COMPARED).contains(&name.len());
    words.iter().filter(|_| compared).find(near).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_where_it_is_near_enough() {
        let names = ["title", "colorHex", "id"];
        assert_eq!(nearest("titel", &names), Some("title"));
        assert_eq!(nearest("ColorHEX", &names), Some("colorHex"));
        assert_eq!(nearest("ID", &names), Some("id"));
        assert_eq!(nearest("amount", &names), None);
        assert_eq!(nearest("color", &names), Some("colorHex"));
        assert_eq!(nearest("color", &["colorHex", "colorName"]), None);
        assert_eq!(nearest("integer", &["int", "iso"]), Some("int"));
        assert_eq!(nearest(&"title".repeat(50), &names), None);
        assert_eq!(nearest("title", &[]), None);
    }

    #[test]
    fn long_lists_are_cut_and_counted() {
        let names: Vec<String> = (0..20).map(|number| format!("f{number:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(listed(&names[..3]), "f00, f01, f02");
        assert!(listed(&names[..MOST_LISTED + 1]).ends_with("f12"));
        assert!(listed(&names).ends_with("f11 and 8 more"));
    }

    #[test]
    fn problems_stand_in_the_order_of_the_file_and_once_each() {
        let report = Report::new("a.toml".into());
        report.error(Place { line: 3, column: 1 }, "late", "");
        report.warning(Place { line: 1, column: 2 }, "early", "do better");
        report.error(Place { line: 3, column: 1 }, "late", "");
        let told = report.finish().unwrap_err().to_string();
        assert_eq!(told, "a.toml:1:2: warning: early\n    do better\na.toml:3:1: late");
    }

    #[test]
    fn a_plan_with_warnings_alone_can_run() {
        let report = Report::new("a.toml".into());
        report.warning(Place::START, "hm", "");
        assert_eq!(report.finish().map(|warnings| warnings.len()), Ok(1));
    }
}
