//! An entity of a document store: a collection's path with captures, such as `users/{userId}/journal/{date}`.

use super::names::Root;
use super::query::Query;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Key;

/// Collections and documents in turn, of which some documents are captured.
pub(super) struct Pattern<'e> {
    steps: Vec<Step<'e>>,
    collection: &'e str,
    /// The document below which all of them lie, as an address; empty at the root.
    parent: String,
    /// Whether some are in collections of different documents.
    everywhere: bool,
}

#[derive(Clone, Copy)]
enum Step<'e> {
    Fixed(&'e str),
    Capture,
}

impl<'e> Pattern<'e> {
    pub(super) fn parse(entity: &'e str) -> Result<Self> {
        let wrong = || {
            let message =
                format!("`{entity}` is no path of documents; write it like `users/{{userId}}/journal/{{date}}`");
            Error::new(ErrorKind::BadInput, message)
        };
        let steps: Vec<Step<'e>> = entity.split('/').map(step).collect::<Option<_>>().ok_or_else(wrong)?;
        let [parents @ .., Step::Fixed(collection), _] = &steps[..] else { return Err(wrong()) };
        let mut collections = steps.iter().step_by(2);
        if !steps.len().is_multiple_of(2) || collections.any(|step| matches!(step, Step::Capture)) {
            return Err(wrong());
        }
        let fixed: Vec<&str> = parents.iter().map_while(|step| step.fixed()).collect();
        let everywhere = fixed.len() < parents.len();
        // A capture is a document's: the collection that it is in does not belong to the parent.
        let depth = fixed.len() - fixed.len() % 2;
        Ok(Self { collection, parent: fixed.get(..depth).unwrap_or(&fixed).join("/"), everywhere, steps })
    }

    /// Everything that may be of this pattern, and no more than can be said in a query.
    pub(super) fn query<'q>(&'q self, root: &Root) -> Query<'q> {
        let parent = if self.parent.is_empty() { root.documents().to_owned() } else { root.name(&self.parent) };
        Query { parent, collection: self.collection, everywhere: self.everywhere, filter: None }
    }

    /// Whether a query for this pattern may answer with what is at this address.
    pub(super) fn may_hold(&self, address: &str) -> bool {
        let below = address.strip_prefix(&*self.parent);
        let is_below = self.parent.is_empty() || below.is_some_and(|rest| rest.starts_with('/'));
        let mut steps = address.rsplit('/');
        let is_in = steps.next().is_some_and(|id| !id.is_empty()) && steps.next() == Some(self.collection);
        is_below && is_in && address.split('/').count().is_multiple_of(2)
    }

    /// The captures of an address; none where it is not of this pattern.
    pub(super) fn key(&self, address: &str) -> Option<Key> {
        let mut segments = address.split('/');
        let mut captures = Vec::new();
        for step in &self.steps {
            match (step, segments.next()?) {
                (Step::Fixed(fixed), segment) if *fixed == segment => {}
                (Step::Fixed(_), _) => return None,
                (Step::Capture, segment) => captures.push(Key::Text(segment.to_owned())),
            }
        }
        segments.next().is_none().then_some(Key::Parts(captures))
    }

    /// The addresses of records whose key has this text. There may be several: the parts of a key are told apart by
    /// commas, and an id may have some of its own.
    pub(super) fn addresses(&self, key: &str) -> Vec<String> {
        let captures = self.steps.iter().filter(|step| matches!(step, Step::Capture)).count();
        divisions(key, captures).into_iter().filter_map(|parts| self.address(&parts)).collect()
    }

    fn address(&self, captures: &[&str]) -> Option<String> {
        let mut captures = captures.iter().copied();
        let segment = |step: &Step<'e>| match step {
            Step::Fixed(fixed) => Some(*fixed),
            Step::Capture => captures.next().filter(|id| !id.is_empty() && !id.contains('/')),
        };
        Some(self.steps.iter().map(segment).collect::<Option<Vec<_>>>()?.join("/"))
    }
}

impl<'e> Step<'e> {
    fn fixed(self) -> Option<&'e str> {
        match self {
            Step::Fixed(fixed) => Some(fixed),
            Step::Capture => None,
        }
    }
}

fn step(segment: &str) -> Option<Step<'_>> {
    let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
    match name {
        Some(name) => (!name.is_empty()).then_some(Step::Capture),
        None => (!segment.is_empty() && !segment.contains(['{', '}'])).then_some(Step::Fixed(segment)),
    }
}

/// All ways to divide a text at commas into so many parts.
fn divisions(text: &str, parts: usize) -> Vec<Vec<&str>> {
    match parts {
        0 if text.is_empty() => vec![Vec::new()],
        0 => Vec::new(),
        1 => vec![vec![text]],
        _ => {
            let divided = text.match_indices(',').flat_map(|(at, comma)| {
                let (first, rest) = (&text[..at], &text[at + comma.len()..]);
                divisions(rest, parts - 1).into_iter().map(move |rest| [vec![first], rest].concat())
            });
            divided.take(MOST_DIVISIONS).collect()
        }
    }
}

/// Nobody's ids have so many commas, unless somebody wants us to count them.
const MOST_DIVISIONS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_was_captured() {
        let pattern = Pattern::parse("users/{userId}/journal/{date}").unwrap();
        let key = Key::Parts(["ann", "2024-01-31"].map(|part| Key::Text(part.to_owned())).into());
        assert_eq!(pattern.key("users/ann/journal/2024-01-31"), Some(key.clone()));
        assert_eq!(pattern.addresses(&key.to_string()), ["users/ann/journal/2024-01-31"]);
        for other in ["users/ann", "people/ann/journal/1", "users/ann/journal/1/notes/2", "users/ann/notes/1", ""] {
            assert_eq!(pattern.key(other), None, "{other}");
        }
    }

    #[test]
    fn a_key_with_commas_may_be_of_several_addresses() {
        let pattern = Pattern::parse("a/{x}/b/{y}").unwrap();
        assert_eq!(pattern.addresses("1,2,3"), ["a/1/b/2,3", "a/1,2/b/3"]);
        assert!(pattern.addresses("1").is_empty() && pattern.addresses("1,").is_empty());
        assert!(pattern.addresses(&",".repeat(5000)).len() <= MOST_DIVISIONS);
    }

    #[test]
    fn a_query_reaches_as_far_as_the_captures_do() {
        let root = Root::of("p", "d").unwrap();
        for (entity, parent, collection, everywhere) in [
            ("habits/{id}", "", "habits", false),
            ("apps/one/habits/{id}", "/apps/one", "habits", false),
            ("users/{u}/habits/{id}", "", "habits", true),
            ("apps/one/users/{u}/habits/{id}", "/apps/one", "habits", true),
            ("settings/theme", "", "settings", false),
        ] {
            let pattern = Pattern::parse(entity).unwrap();
            let query = pattern.query(&root);
            let wanted = (format!("{}{parent}", root.documents()), collection, everywhere);
            assert_eq!((query.parent, query.collection, query.everywhere), wanted, "{entity}");
        }
    }

    #[test]
    fn what_is_no_path_of_documents_is_refused() {
        for entity in ["", "users", "users/{u}/habits", "{c}/{id}", "users//habits/{id}", "users/{}", "users/a{b}"] {
            assert!(Pattern::parse(entity).is_err(), "{entity}");
        }
    }
}
