//! Every SQLite file that Core Data did not make: Room's, WatermelonDB's, drift's, and anybody's plain tables.
//!
//! Each table is an entity and each foreign key a relation in both directions. Views, indexes, and the tables that
//! SQLite, Android and the libraries keep for themselves are left out. What a declaration leaves open stays open:
//! such a column holds whatever a row has in it. Declarations are all that this room looks at; it knows no row.

mod catalog;
mod conventions;
mod declared;
mod relations;
mod room;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::Connection;

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Kind, Name};
use crate::schema::{ENTITY, Entity, Field, KEY, Schema};
use crate::stores::legacy::failure::explain;
use crate::stores::legacy::layout::{Codec, EntityLayout, FieldLayout, Layout, Storage, fingerprint};
use catalog::{Catalog, Column, Table};
use conventions::Maker;
use room::Exported;

/// Describes the store. With the schema file that Room's compiler exported for this version, columns bear the names
/// of the app's classes.
pub(crate) fn layout(connection: &Connection, file: &Path, room_schema: Option<&Path>) -> Result<Layout> {
    let failed = |failure: rusqlite::Error| explain(failure, file);
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    let Catalog { mut tables, mut warnings } = catalog::read(connection).map_err(failed)?;
    let is_room = room::is_room(connection).map_err(failed)?;
    let hash = if is_room { room::identity_hash(connection).map_err(failed)? } else { None };
    let exported = match room_schema {
        Some(schema) if is_room => Some(Exported::read(schema, file, version, hash.as_deref())?),
        Some(_) => {
            let message = format!("{}: Room did not make this database, so no schema file fits it", file.display());
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        None => None,
    };
    if is_room && hash.is_none() {
        warnings.push("Room's identity hash is missing; the version is told by the tables alone".to_owned());
    }
    let maker = if is_room { Maker::Room } else { Maker::guess(&tables) };
    tables.retain(|table| !maker.owns(table));
    warnings.extend(maker.remark(&tables));

    let described = tables.iter().map(|table| describe(table, maker, exported.as_ref()));
    let (mut entities, mut layouts): (Vec<Entity>, Vec<EntityLayout>) = described.unzip();
    relations::add(&tables, &mut entities, &mut layouts, &mut warnings);
    let schema = Schema {
        store: maker.word().to_owned(),
        fingerprint: fingerprint(parts(version, hash.as_deref(), &tables)),
        version: (version != 0).then(|| version.to_string()),
        entities,
        open: false,
        warnings,
    };
    Ok(Layout { schema, entities: layouts, store_id: None, cloud: None })
}

/// Room's hash is not another for each version, so the version counts too.
fn parts(version: i64, room_hash: Option<&str>, tables: &[Table]) -> Vec<String> {
    let mut parts = vec![version.to_string()];
    if let Some(room_hash) = room_hash {
        parts.push(room_hash.to_owned());
        return parts;
    }
    for table in tables {
        parts.push(table.name.clone());
        for column in &table.columns {
            let required = if column.required { "required" } else { "optional" };
            parts.extend([column.name.clone(), column.declared.clone(), required.to_owned()]);
        }
    }
    parts
}

fn describe(table: &Table, maker: Maker, exported: Option<&Exported>) -> (Entity, EntityLayout) {
    let mut entity = Entity::new(table.name.as_str());
    let mut fields = Vec::new();
    let mut names = Vec::new();
    for column in &table.columns {
        let codec = maker.codec(table, column).unwrap_or_else(|| declared::codec(&column.declared));
        let known = exported.and_then(|exported| exported.field(&table.name, &column.name));
        let codec = match known {
            Some(field) if codec == Codec::Any => declared::codec(&field.affinity),
            _ => codec,
        };
        let optional = !(column.required || known.is_some_and(|field| field.required));
        let path = known.map_or_else(|| vec![column.name.clone()], |field| field.path.clone());
        if let [name] = path.as_slice() {
            names.push((column.name.as_str(), Name::from(name.as_str())));
        }
        place(&mut entity.fields, &mut fields, &path, column, codec, optional);
    }
    let field_of =
        |column: &str| names.iter().find(|(name, _)| name.eq_ignore_ascii_case(column)).map(|(_, field)| field.clone());
    // Where a part of the key is embedded in another class it has no field of its own, and the row's key stands alone.
    let key: Option<Vec<Name>> = table.key_columns().iter().map(|column| field_of(&column.name)).collect();
    entity.key = key.unwrap_or_default();
    entity.unique = table
        .unique
        .iter()
        .filter_map(|columns| columns.iter().map(|column| field_of(column)).collect::<Option<Vec<Name>>>())
        .collect();
    entity.system = [KEY, ENTITY].map(|name| Field::new(name, Kind::String)).to_vec();
    entity.table = Some(table.name.clone());
    let layout = EntityLayout {
        name: entity.name.clone(),
        table: table.name.clone(),
        number: None,
        key: table.key.clone(),
        fields,
        relations: Vec::new(),
        owners: Vec::new(),
    };
    (entity, layout)
}

/// Puts a column where its path leads: among the fields, or into the class that it is embedded in.
fn place(
    fields: &mut Vec<Field>,
    layouts: &mut Vec<FieldLayout>,
    path: &[String],
    column: &Column,
    codec: Codec,
    optional: bool,
) {
    let (name, rest) = match path {
        [] => return,
        [name] => (name.as_str(), &[][..]),
        [name, rest @ ..] => (name.as_str(), rest),
    };
    if rest.is_empty() {
        fields.push(Field {
            name: name.into(),
            kind: declared::kind(codec),
            optional,
            native: if column.declared.is_empty() { "any".to_owned() } else { column.declared.clone() },
            column: Some(column.name.clone()),
            elements: Vec::new(),
        });
        let storage = Storage::Cell { column: column.name.clone(), codec };
        layouts.push(FieldLayout { name: name.into(), optional, storage });
        return;
    }
    let position = match fields.iter().position(|field| &*field.name == name) {
        Some(position) => position,
        None => {
            let native = "embedded".to_owned();
            let embedded = Field { native, optional: true, ..Field::new(name, Kind::Map) };
            fields.push(embedded);
            layouts.push(FieldLayout { name: name.into(), optional: true, storage: Storage::Struct(Vec::new()) });
            fields.len() - 1
        }
    };
    if let (Some(field), Some(FieldLayout { storage: Storage::Struct(parts), .. })) =
        (fields.get_mut(position), layouts.get_mut(position))
    {
        place(&mut field.elements, parts, rest, column, codec, optional);
    }
}
