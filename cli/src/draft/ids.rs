//! What a record is called in its new home: the same on every device and every time, as far as the store allows.

use rehome_core::record::{Kind, Name};
use rehome_core::rehearse::Identity;
use rehome_core::schema::{CLOUD_NAME, Entity, Field, KEY, STORE, Schema};

use super::choice::Choice;
use super::names::path_in_braces;

/// The last segment of a document's address, and what there is to say about it.
pub(super) struct Id {
    pub(super) template: String,
    pub(super) remark: String,
}

/// The fields that may identify the entity's records, the likeliest first.
pub(super) fn candidates(entity: &Entity) -> Vec<&Field> {
    let text = |field: &&Field| {
        field.kind == Kind::String && field.elements.is_empty() && path_in_braces(&field.name).is_some()
    };
    let mut candidates: Vec<(u8, &Field)> =
        entity.fields.iter().filter(text).filter_map(|field| Some((rank(entity, field)?, field))).collect();
    candidates.sort_by_key(|(rank, _)| *rank);
    candidates.into_iter().map(|(_, field)| field).collect()
}

fn rank(entity: &Entity, field: &Field) -> Option<u8> {
    let named = entity.calls_its_id(field);
    let mut sets = entity.unique.iter().chain(std::iter::once(&entity.key));
    let unique = sets.any(|fields| matches!(&fields[..], [only] if *only == field.name));
    match (named, field.is_uuid(), unique) {
        (true, true, _) => Some(0),
        (true, false, true) => Some(1),
        (false, _, true) => Some(2),
        (true, false, false) => Some(3),
        (false, _, false) => None,
    }
}

/// The id for all records of an entity and of those that inherit from it: whoever refers to one of them cannot know
/// which of these it is.
pub(super) fn id_of(schema: &Schema, root: &Entity, choice: &Choice) -> Id {
    let mut id = match choice.field.as_ref().and_then(|(name, found)| Some((root.field(name)?, found))) {
        Some((field, found)) => of_field(field, found),
        None => without_field(schema, root),
    };
    for (name, found) in &choice.refused {
        let Identity { records, missing, repeated } = found;
        id.remark.push_str(&format!("; not {name}: of {records} records {missing} lack it, {repeated} repeat it"));
    }
    id
}

fn of_field(field: &Field, found: &Identity) -> Id {
    let mut remark = match field.is_uuid() {
        true => "a UUID of the app's own: the same on every device".to_owned(),
        false => format!("the app's own id, {}", field.native),
    };
    match found.missing + found.repeated {
        0 if field.optional => remark.push_str("; a record without it would be quarantined"),
        0 => {}
        troubled => remark.push_str(&format!("; {troubled} records lack it or repeat it, and are quarantined")),
    }
    let path = path_in_braces(&field.name).unwrap_or_else(|| KEY.to_owned());
    Id { template: format!("{{{path}}}"), remark }
}

fn without_field(schema: &Schema, root: &Entity) -> Id {
    if root.field(CLOUD_NAME).is_some() {
        let remark = "its name in CloudKit: the same on every device; a record that CloudKit never had has none";
        return Id { template: format!("{{{CLOUD_NAME}}}"), remark: remark.to_owned() };
    }
    if root.field(STORE).is_some() {
        let remark = "no field identifies it: this store's identifier and the row number, another on each device";
        return Id { template: format!("{{{STORE}|key}}_{{@key}}"), remark: remark.to_owned() };
    }
    of_primary_key(schema, root)
}

fn of_primary_key(schema: &Schema, entity: &Entity) -> Id {
    let single_device = "numbers start again on each device: two devices of one user would meet in one document. \
                         If users have several, give each a prefix of its own or a field that differs";
    // Other kinds have no one text of their own; the whole key as the store gives it always has.
    let has_text = |name: &str| entity.field(name).is_some_and(|field| matches!(field.kind, Kind::Int | Kind::String));
    let path = |name: &Name| path_in_braces(name).filter(|_| has_text(name));
    let paths: Option<Vec<String>> = entity.key.iter().map(path).collect();
    let template = match paths.as_deref() {
        None | Some([]) => format!("{{{KEY}}}"),
        Some([only]) => format!("{{{only}}}"),
        Some(several) => several.iter().map(|path| format!("{{{path}|key}}")).collect::<Vec<_>>().join("_"),
    };
    let remark = match entity.key.len() {
        0 => format!("the row's number, as {} has no key of its own; {single_device}", schema.store),
        1 => format!("the table's primary key; {single_device}"),
        _ => "the table's primary key, all parts of it".to_owned(),
    };
    Id { template, remark }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, native: &str, kind: Kind) -> Field {
        Field { native: native.into(), ..Field::new(name, kind) }
    }

    fn template(entity: &Entity) -> String {
        id_of(&Schema::default(), entity, &Choice::default()).template
    }

    fn names(entity: &Entity) -> Vec<&str> {
        candidates(entity).into_iter().map(|field| &*field.name).collect()
    }

    #[test]
    fn a_uuid_called_id_is_tried_before_a_unique_text_and_that_before_any_other_id() {
        let mut entity = Entity::new("Habit");
        entity.fields = vec![
            field("identifier", "string", Kind::String),
            field("slug", "string", Kind::String),
            field("sessionID", "UUID", Kind::String),
            field("habitId", "uuid", Kind::String),
            field("number", "int64", Kind::Int),
        ];
        entity.unique = vec![vec!["slug".into()], vec!["number".into()]];
        assert_eq!(names(&entity), ["habitId", "slug", "identifier"]);
    }

    #[test]
    fn a_field_that_repeats_is_named_and_not_taken() {
        let mut entity = Entity::new("Habit");
        entity.fields = vec![field("identifier", "string", Kind::String)];
        let found = Identity { records: 10, missing: 1, repeated: 8 };
        let refused = vec![("identifier".into(), found)];
        let id = id_of(&Schema::default(), &entity, &Choice { field: None, refused });
        assert_eq!(id.template, "{@key}");
        assert!(id.remark.ends_with("; not identifier: of 10 records 1 lack it, 8 repeat it"), "{}", id.remark);
    }

    #[test]
    fn without_an_id_the_store_says_who_it_is() {
        let mut entity = Entity::new("Habit");
        entity.system = vec![field(STORE, "string", Kind::String)];
        assert_eq!(template(&entity), "{@store|key}_{@key}");
        entity.system.push(field(CLOUD_NAME, "string", Kind::String));
        assert_eq!(template(&entity), "{@cloudkit.name}");
    }

    #[test]
    fn a_key_of_several_parts_names_them_all() {
        let mut entity = Entity::new("joined");
        entity.key = vec!["left".into(), "right".into()];
        entity.fields = vec![field("left", "INTEGER", Kind::Int), field("right", "INTEGER", Kind::Int)];
        assert_eq!(template(&entity), "{left|key}_{right|key}");
        for (odd, named) in
            [("odd.name", "{left|key}_{.odd.name|key}"), ("uid", "{left|key}_{.uid|key}"), ("{}", "{@key}")]
        {
            entity.key[1] = odd.into();
            entity.fields[1] = field(odd, "INTEGER", Kind::Int);
            assert_eq!(template(&entity), named);
        }
    }

    #[test]
    fn a_key_that_has_no_one_text_is_taken_as_the_store_gives_it() {
        let mut entity = Entity::new("measured");
        entity.key = vec!["at".into()];
        for kind in [Kind::Double, Kind::Bytes, Kind::Any] {
            entity.fields = vec![field("at", "", kind)];
            assert_eq!(template(&entity), "{@key}");
        }
    }
}
