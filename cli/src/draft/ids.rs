//! What a record is called in its new home: the same on every device and every time, as far as the store allows.

use rehome_core::record::Kind;
use rehome_core::schema::{CLOUD_NAME, Entity, Field, STORE, Schema};

use super::names::can_be_named;

/// The last segment of a document's address, and what there is to say about it.
pub(super) struct Id {
    pub(super) template: String,
    pub(super) remark: String,
}

/// The id for all records of an entity and of those that inherit from it: whoever refers to one of them cannot know
/// which of these it is.
pub(super) fn id_of(schema: &Schema, root: &Entity) -> Id {
    if let Some(field) = business_id(root) {
        return of_field(field);
    }
    if root.field(CLOUD_NAME).is_some() {
        let remark = "its name in CloudKit: the same on every device; a record that CloudKit never had has none";
        return Id { template: format!("{{{CLOUD_NAME}}}"), remark: remark.to_owned() };
    }
    if root.field(STORE).is_some() {
        let remark = "no field identifies it: this store's identifier and the row number, another on each device";
        return Id { template: format!("{{{STORE}}}-{{@key}}"), remark: remark.to_owned() };
    }
    of_primary_key(schema, root)
}

fn of_field(field: &Field) -> Id {
    let mut remark = match is_uuid(field) {
        true => "a UUID of the app's own: the same on every device".to_owned(),
        false => format!("the app's own id, {}", field.native),
    };
    if field.optional {
        remark.push_str("; a record without it is quarantined");
    }
    Id { template: format!("{{{}}}", field.name), remark }
}

fn business_id(entity: &Entity) -> Option<&Field> {
    let text = |field: &&Field| field.kind == Kind::String && field.elements.is_empty() && can_be_named(&field.name);
    let named = |field: &&Field| is_called_id(&field.name, &entity.name);
    let unique = |field: &&Field| {
        let sets = entity.unique.iter().chain(std::iter::once(&entity.key));
        sets.into_iter().any(|fields| matches!(&fields[..], [only] if *only == field.name))
    };
    let fields = || entity.fields.iter().filter(text);
    fields()
        .find(|field| named(field) && is_uuid(field))
        .or_else(|| fields().find(|field| named(field) && (unique(field) || !field.optional)))
        .or_else(|| fields().find(|field| unique(field) && !field.optional))
        .or_else(|| fields().find(named))
}

fn is_uuid(field: &Field) -> bool {
    field.native.to_ascii_lowercase().contains("uuid")
}

fn is_called_id(name: &str, entity: &str) -> bool {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let (name, entity) = (plain(name), plain(entity));
    let name = name.strip_prefix(entity.as_str()).unwrap_or(&name);
    ["id", "uuid", "guid", "identifier", "uniqueid", "uniqueidentifier"].contains(&name)
}

fn of_primary_key(schema: &Schema, entity: &Entity) -> Id {
    let single_device = "numbers start again on each device: two devices of one user would meet in one document. \
                         If users have several, give each a prefix of its own or a field that differs";
    let named = !entity.key.is_empty() && entity.key.iter().all(|name| can_be_named(name));
    let template = match &entity.key[..] {
        [only] if named => format!("{{{only}}}"),
        several if named => several.iter().map(|name| format!("{{{name}|key}}")).collect::<Vec<_>>().join("_"),
        _ => "{@key}".to_owned(),
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
        id_of(&Schema::default(), entity).template
    }

    #[test]
    fn a_uuid_called_id_is_preferred() {
        let mut entity = Entity::new("Habit");
        entity.fields = vec![
            field("slug", "string", Kind::String),
            field("sessionID", "UUID", Kind::String),
            field("habitId", "UUID", Kind::String),
        ];
        entity.unique = vec![vec!["slug".into()]];
        entity.system = vec![field(STORE, "string", Kind::String)];
        assert_eq!(template(&entity), "{habitId}");
    }

    #[test]
    fn a_unique_text_is_an_id_and_an_optional_one_is_not() {
        let mut entity = Entity::new("Habit");
        entity.fields = vec![field("slug", "string", Kind::String)];
        entity.unique = vec![vec!["slug".into()]];
        assert_eq!(template(&entity), "{slug}");
        entity.fields[0].optional = true;
        assert_eq!(template(&entity), "{@key}");
    }

    #[test]
    fn without_an_id_the_store_says_who_it_is() {
        let mut entity = Entity::new("Habit");
        entity.system = vec![field(STORE, "string", Kind::String)];
        assert_eq!(template(&entity), "{@store}-{@key}");
        entity.system.push(field(CLOUD_NAME, "string", Kind::String));
        assert_eq!(template(&entity), "{@cloudkit.name}");
    }

    #[test]
    fn a_key_of_several_parts_names_them_all() {
        let mut entity = Entity::new("joined");
        entity.key = vec!["left".into(), "right".into()];
        entity.fields = vec![field("left", "INTEGER", Kind::Int), field("right", "INTEGER", Kind::Int)];
        assert_eq!(template(&entity), "{left|key}_{right|key}");
        entity.key[1] = "odd.name".into();
        assert_eq!(template(&entity), "{@key}");
    }
}
