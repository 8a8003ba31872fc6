//! The names that things have on the wire: of a database, of documents below its root, of fields.

use crate::error::{Error, ErrorKind, Result};
use crate::store::Say;

/// Before the name of a document elsewhere, as Google writes full names; no address begins so.
const ELSEWHERE: &str = "//firestore.googleapis.com/";

/// The root of a database's documents.
///
/// ```
/// use rehome_core::stores::firestore::Root;
///
/// let root = Root::of("habits", "(default)").unwrap();
/// assert_eq!(root.name("users/ann"), "projects/habits/databases/(default)/documents/users/ann");
/// ```
#[derive(Clone, Debug)]
pub struct Root {
    database: String,
    documents: String,
}

impl Root {
    /// The root of this database of a project.
    ///
    /// # Errors
    /// These can be no ids.
    pub fn of(project: &str, database: &str) -> Result<Self> {
        let is_name = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
        if !is_name(project) || !is_name(database) {
            let message = format!("`{project}` and `{database}` are no ids of a Firestore project and its database");
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let database = format!("projects/{project}/databases/{database}");
        Ok(Self { documents: format!("{database}/documents"), database })
    }

    /// `projects/P/databases/D`.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The root itself, which is the parent of the collections at the top.
    pub(super) fn documents(&self) -> &str {
        &self.documents
    }

    /// The name of what is at an address.
    pub fn name(&self, address: &str) -> String {
        format!("{}/{address}", self.documents)
    }

    /// The address behind a name; none for what is in another database.
    pub(super) fn address<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(&self.documents)?.strip_prefix('/')
    }

    /// What a reference to the document of this name is called in a record: its address, or its full name where it is
    /// in another database.
    pub(super) fn reference(&self, name: String) -> String {
        match self.address(&name) {
            Some(address) => address.to_owned(),
            None => format!("{ELSEWHERE}{name}"),
        }
    }

    /// The parts that make up the name which a record's reference stands for.
    pub fn referenced<'a>(&'a self, reference: &'a str) -> [&'a str; 3] {
        match reference.strip_prefix(ELSEWHERE) {
            Some(name) => [name, "", ""],
            None => [&self.documents, "/", reference],
        }
    }

    /// The parent's name and the id of a collection.
    pub(super) fn collection<'c>(&self, path: &'c str) -> Result<(String, &'c str)> {
        let wrong = path.split('/').count().is_multiple_of(2) || path.split('/').any(str::is_empty);
        if wrong {
            let message = format!("`{path}` is no collection: collections and documents take turns in a path");
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        Ok(match path.rsplit_once('/') {
            Some((document, id)) => (self.name(document), id),
            None => (self.documents.clone(), path),
        })
    }
}

/// A field's name as a path of one step: in backticks unless it is a plain word.
pub(super) fn field_path(name: &str) -> String {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let is_plain =
        name.bytes().next().is_some_and(is_first) && name.bytes().all(|byte| is_first(byte) || byte.is_ascii_digit());
    if is_plain { name.to_owned() } else { format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`")) }
}

/// The fields that a write has a say in, as paths for a mask.
pub fn field_paths(say: &Say) -> impl DoubleEndedIterator<Item = String> {
    say.ways().iter().map(|way| way.iter().map(|name| field_path(name)).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_comes_back_from_any_database() {
        let root = Root::of("habits", "(default)").unwrap();
        for name in [root.name("users/ann"), "projects/other/databases/d/documents/users/ann".to_owned()] {
            let reference = root.reference(name.clone());
            assert_eq!(root.referenced(&reference).concat(), name);
        }
        assert_eq!(root.reference(root.name("users/ann")), "users/ann");
    }

    #[test]
    fn a_collection_has_a_parent_and_an_id() {
        let root = Root::of("p", "d").unwrap();
        assert_eq!(root.collection("users").unwrap(), ("projects/p/databases/d/documents".to_owned(), "users"));
        let (parent, id) = root.collection("users/ann/habits").unwrap();
        assert_eq!((parent.as_str(), id), ("projects/p/databases/d/documents/users/ann", "habits"));
        for wrong in ["", "users/ann", "users//habits", "/"] {
            assert!(root.collection(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn odd_names_are_put_in_backticks() {
        for (name, path) in
            [("title", "title"), ("_a1", "_a1"), ("1a", "`1a`"), ("a.b", "`a.b`"), ("a`\\", "`a\\`\\\\`"), ("ä", "`ä`")]
        {
            assert_eq!(field_path(name), path);
        }
    }

    #[test]
    fn each_step_of_a_way_is_put_in_backticks_by_itself() {
        let say = Say::over([["by".into(), "a.b".into(), "c`".into()].into(), ["title".into()].into()]);
        assert_eq!(field_paths(&say).collect::<Vec<_>>(), ["by.`a.b`.`c\\``", "title"]);
    }

    #[test]
    fn a_project_is_a_plain_id() {
        for (project, database) in [("", "d"), ("p/q", "d"), ("p", ""), ("p\n", "d"), ("p q", "d")] {
            assert!(Root::of(project, database).is_err());
        }
    }
}
