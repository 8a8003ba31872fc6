//! The stores that the plans in `plans/` are written for.

#![allow(dead_code)] // Each test takes the stores that it needs.

use rehome_core::record::Kind;
use rehome_core::schema::{Entity, Field, Relation, Schema};

/// A store of JSON documents that lists nothing.
pub(crate) fn cosmos() -> Schema {
    open("cosmos")
}

/// A document store that lists nothing.
pub(crate) fn firestore() -> Schema {
    open("firestore")
}

fn open(store: &str) -> Schema {
    Schema { store: store.into(), fingerprint: format!("{store}-open"), open: true, ..Schema::default() }
}

/// The habit app's model.
pub(crate) fn habits() -> Schema {
    use Kind::{Any, Array, Bool, Bytes, Decimal, Double, Int, Map, String, Timestamp};
    let entities = vec![
        entity("Completion")
            .with(&[("id", String), ("completedAt", Timestamp), ("day", Timestamp), ("isSkipped", Bool)])
            .maybe(&[("amount", Double), ("note", String), ("mood", String), ("tags", Array), ("updatedAt", Timestamp)])
            .with(&[("createdAt", Timestamp)])
            .one("habit", "Habit", "completions")
            .one("xpEvent", "XPEvent", "completion"),
        entity("Habit")
            .with(&[("id", String), ("title", String), ("colorHex", String), ("frequency", String)])
            .maybe(&[("details", String), ("iconData", Bytes), ("schedule", Map), ("targetAmount", Decimal)])
            .maybe(&[("link", String), ("tags", Array), ("archivedAt", Timestamp)])
            .with(&[("isArchived", Bool), ("sortIndex", Int), ("createdAt", Timestamp)])
            .many("completions", "Completion", "habit")
            .one("owner", "UserProfile", "habits")
            .one("streak", "Streak", "habit")
            .many("buddies", "UserProfile", "sharedHabits"),
        entity("Streak")
            .with(&[("id", String), ("current", Int), ("longest", Int), ("freezes", Int)])
            .maybe(&[("lastDay", Timestamp)])
            .one("habit", "Habit", "streak"),
        entity("UserProfile")
            .with(&[("id", String), ("timeZone", String), ("isPro", Bool), ("createdAt", Timestamp)])
            .maybe(&[("displayName", String)])
            .many("habits", "Habit", "owner")
            .one("xpState", "XPState", "user")
            .many("sharedHabits", "Habit", "buddies"),
        entity("XPEvent")
            .with(&[("id", String), ("kind", String), ("points", Int), ("occurredAt", Timestamp)])
            .maybe(&[("reason", String), ("metadata", Any)])
            .one("completion", "Completion", "xpEvent")
            .one("state", "XPState", "events"),
        entity("XPState")
            .with(&[("id", String), ("totalPoints", Int), ("level", Int), ("updatedAt", Timestamp)])
            .one("user", "UserProfile", "xpState")
            .many("events", "XPEvent", "state"),
    ];
    listed("swiftdata", entities)
}

/// The tables of the social backend.
pub(crate) fn postgres() -> Schema {
    use Kind::{Bool, Int, String, Timestamp};
    let entities = vec![
        entity("users")
            .with(&[("id", String), ("username", String), ("password_hash", String)])
            .with(&[("created_at", Timestamp)]),
        entity("posts")
            .with(&[("id", String), ("author_id", String), ("content", String), ("is_deleted", Bool)])
            .with(&[("upvotes", Int), ("created_at", Timestamp), ("updated_at", Timestamp)])
            .one("author", "users", ""),
        entity("comments")
            .with(&[("id", String), ("post_id", String), ("author_id", String), ("content", String)])
            .with(&[("created_at", Timestamp)])
            .one("post", "posts", "")
            .one("author", "users", ""),
        entity("chat_rooms").with(&[("id", String), ("is_group", Bool), ("created_at", Timestamp)]).many(
            "participants",
            "chat_room_participants",
            "room",
        ),
        entity("chat_room_participants").with(&[("room_id", String), ("user_id", String)]).one(
            "room",
            "chat_rooms",
            "participants",
        ),
        entity("chat_messages")
            .with(&[("id", String), ("room_id", String), ("sender_id", String), ("content", String)])
            .with(&[("sent_at", Timestamp)])
            .one("room", "chat_rooms", "")
            .one("sender", "users", ""),
        entity("chat_requests").with(&[("requester_id", String), ("requestee_id", String), ("status", String)]),
        entity("user_relationships").with(&[("user_id", String), ("other_id", String), ("kind", String)]),
        entity("reports")
            .with(&[("id", String), ("reporter_id", String), ("reason", String)])
            .maybe(&[("post_id", String)])
            .one("reporter", "users", ""),
    ];
    listed("postgres", entities)
}

fn listed(store: &str, entities: Vec<Building>) -> Schema {
    let entities = entities.into_iter().map(|building| building.0).collect();
    Schema { store: store.into(), fingerprint: format!("{store}-1"), entities, ..Schema::default() }
}

struct Building(Entity);

fn entity(name: &str) -> Building {
    Building(Entity { table: Some(name.into()), ..Entity::new(name) })
}

impl Building {
    fn with(mut self, fields: &[(&str, Kind)]) -> Self {
        self.0.fields.extend(fields.iter().map(|(name, kind)| Field::new(*name, *kind)));
        self
    }

    fn maybe(mut self, fields: &[(&str, Kind)]) -> Self {
        self.0.fields.extend(fields.iter().map(|(name, kind)| Field::new(*name, *kind).optional()));
        self
    }

    fn one(self, name: &str, target: &str, inverse: &str) -> Self {
        self.relation(name, target, inverse, false)
    }

    fn many(self, name: &str, target: &str, inverse: &str) -> Self {
        self.relation(name, target, inverse, true)
    }

    fn relation(mut self, name: &str, target: &str, inverse: &str, many: bool) -> Self {
        self.0.relations.push(Relation {
            name: name.into(),
            target: target.into(),
            many,
            ordered: false,
            optional: true,
            inverse: (!inverse.is_empty()).then(|| inverse.into()),
            native: String::new(),
        });
        self
    }
}
