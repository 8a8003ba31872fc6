//! What Core Data writes down about a store: `Z_METADATA` and `Z_PRIMARYKEY`.
//!
//! The property list also holds whatever the app chose to keep there, down to access tokens; nothing but the keys
//! named here is ever looked at.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use crate::stores::legacy::layout::fingerprint;
use crate::stores::legacy::values::bplist::{Dict, List, ListError, Object};

/// Numbers from here on are Core Data's own: history and the mirror of CloudKit.
const FIRST_RESERVED: i64 = 16_000;
/// More entities than any app has.
const MOST_ENTITIES: usize = 2_000;
const LONGEST_TEXT: usize = 1000;

/// What a store says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The store's own identifier.
    pub(crate) store_id: Option<String>,
    /// The version of the framework that wrote it last: 1239 and above iOS 16, 1340 iOS 17, 1405 iOS 18, 1518 iOS 26.
    pub(crate) framework: Option<i64>,
    /// The version that the developer gave the model.
    pub(crate) version: Option<String>,
    /// A hash over the hashes of the model's entities.
    pub(crate) fingerprint: Option<String>,
    /// Whether there is a property list that cannot be read.
    pub(crate) damaged: bool,
}

/// A row of `Z_PRIMARYKEY`: an entity and the number that its rows bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) number: i64,
    pub(super) name: String,
    /// The number of the entity that it inherits from.
    pub(super) parent: Option<i64>,
}

impl Metadata {
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT Z_UUID, Z_PLIST FROM Z_METADATA ORDER BY Z_VERSION DESC LIMIT 1";
        let read = connection.query_row(sql, [], |row| {
            let mut metadata = match row.get_ref(1)? {
                ValueRef::Blob(plist) => Self::parse(plist).unwrap_or(Self { damaged: true, ..Self::default() }),
                ValueRef::Null => Self::default(),
                _ => Self { damaged: true, ..Self::default() },
            };
            if let ValueRef::Text(uuid) = row.get_ref(0)? {
                metadata.store_id = std::str::from_utf8(uuid).ok().filter(|uuid| !uuid.is_empty()).map(str::to_owned);
            }
            Ok(metadata)
        });
        Ok(read.optional()?.unwrap_or_default())
    }

    fn parse(plist: &[u8]) -> Result<Self, ListError> {
        let list = List::new(plist)?;
        let Object::Dict(top) = list.top()? else { return Err(ListError::Object) };
        if top.keys.len() > MOST_ENTITIES {
            return Err(ListError::Object);
        }
        let framework = match list.find(top, "NSPersistenceFrameworkVersion")? {
            Some(Object::Int(version)) => i64::try_from(version).ok(),
            _ => None,
        };
        let fingerprint = match list.find(top, "NSStoreModelVersionHashes")? {
            Some(Object::Dict(hashes)) => Some(fingerprint(entity_hashes(&list, hashes)?)),
            _ => None,
        };
        Ok(Self { framework, version: version(&list, top)?, fingerprint, ..Self::default() })
    }
}

/// The entities of the app by their numbers, without Core Data's own.
pub(super) fn numbered(connection: &Connection) -> rusqlite::Result<Vec<Numbered>> {
    let mut statement = connection.prepare(
        "SELECT Z_ENT, Z_NAME, Z_SUPER FROM Z_PRIMARYKEY
         WHERE typeof(Z_NAME) = 'text' AND Z_ENT < ?1 ORDER BY Z_ENT LIMIT ?2",
    )?;
    let rows = statement.query_map((FIRST_RESERVED, MOST_ENTITIES as i64), |row| {
        let parent = match row.get_ref(2)? {
            ValueRef::Integer(parent) if parent > 0 => Some(parent),
            _ => None,
        };
        let name = String::from_utf8_lossy(row.get_ref(1)?.as_bytes().unwrap_or_default()).into_owned();
        Ok(Numbered { number: row.get(0)?, name, parent })
    })?;
    rows.collect()
}

/// Names and hashes in turn, sorted by name.
fn entity_hashes(list: &List<'_>, hashes: Dict<'_>) -> Result<Vec<Vec<u8>>, ListError> {
    if hashes.keys.len() > MOST_ENTITIES {
        return Err(ListError::Object);
    }
    let mut pairs = Vec::with_capacity(hashes.keys.len());
    for (key, value) in hashes.entries() {
        match (list.get(key)?, list.get(value)?) {
            (Object::Text(name), Object::Data(hash)) if name.size().max(hash.len()) <= LONGEST_TEXT => {
                pairs.push((name.decode()?.into_bytes(), hash.to_vec()));
            }
            _ => return Err(ListError::Object),
        }
    }
    pairs.sort();
    Ok(pairs.into_iter().flat_map(|(name, hash)| [name, hash]).collect())
}

/// A model may bear several identifiers, and an empty one by default.
fn version(list: &List<'_>, top: Dict<'_>) -> Result<Option<String>, ListError> {
    let Some(Object::Array(identifiers)) = list.find(top, "NSStoreModelVersionIdentifiers")? else { return Ok(None) };
    let mut known = Vec::new();
    for identifier in identifiers.iter().take(LONGEST_TEXT) {
        if let Object::Text(text) = list.get(identifier)?
            && (1..=LONGEST_TEXT).contains(&text.size())
        {
            known.push(text.decode()?);
        }
    }
    known.sort();
    Ok(Some(known.join(", ")).filter(|version| !version.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::bplist::{Item, write};

    fn plist(hashes: &[(&str, u8)], identifiers: &[&str]) -> Vec<u8> {
        let hashes = hashes.iter().map(|(name, byte)| ((*name).to_owned(), Item::Data(vec![*byte; 32]))).collect();
        write(&Item::Dict(vec![
            ("NSStoreModelVersionHashes".into(), Item::Dict(hashes)),
            ("NSPersistenceFrameworkVersion".into(), Item::Int(1414)),
            ("NSStoreModelVersionIdentifiers".into(), Item::Array(identifiers.iter().map(|&id| id.into()).collect())),
        ]))
    }

    #[test]
    fn what_a_store_says_of_itself_is_read() {
        let metadata = Metadata::parse(&plist(&[("Habit", 1)], &["1.0.0"])).unwrap();
        assert_eq!((metadata.framework, metadata.version.as_deref()), (Some(1414), Some("1.0.0")));
        assert_eq!(Metadata::parse(&plist(&[], &[""])).unwrap().version, None);
    }

    #[test]
    fn the_fingerprint_is_of_the_hashes_alone_and_knows_no_order() {
        let of = |hashes: &[(&str, u8)], version| Metadata::parse(&plist(hashes, &[version])).unwrap().fingerprint;
        let one = of(&[("Habit", 1), ("Streak", 2)], "1.0.0");
        assert_eq!(one, of(&[("Streak", 2), ("Habit", 1)], "2.0.0"));
        assert_ne!(one, of(&[("Habit", 2), ("Streak", 1)], "1.0.0"));
        assert_ne!(one, of(&[("Habit", 1)], "1.0.0"));
        assert_eq!(one.map(|hex| hex.len()), Some(64));
    }

    #[test]
    fn a_store_without_a_property_list_still_has_its_identifier() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
                 INSERT INTO Z_METADATA VALUES (1, 'ABC', NULL);",
            )
            .unwrap();
        let metadata = Metadata::read(&connection).unwrap();
        assert_eq!(metadata, Metadata { store_id: Some("ABC".into()), ..Metadata::default() });
        connection.execute("UPDATE Z_METADATA SET Z_PLIST = x'00'", []).unwrap();
        assert!(Metadata::read(&connection).unwrap().damaged);
        connection.execute("DELETE FROM Z_METADATA", []).unwrap();
        assert_eq!(Metadata::read(&connection).unwrap(), Metadata::default());
    }
}
