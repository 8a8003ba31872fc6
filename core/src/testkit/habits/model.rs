//! The app's model as data, and the tables that Core Data would make for it.

/// All entities by name; Core Data numbers them in this order, from 1.
pub(super) const ENTITIES: [Entity; 6] = [COMPLETION, HABIT, STREAK, USER_PROFILE, XP_EVENT, XP_STATE];

pub(super) struct Entity {
    pub(super) name: &'static str,
    pub(super) number: i64,
    pub(super) attributes: &'static [Attribute],
    pub(super) relations: &'static [Relation],
}

pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) form: Form,
    pub(super) optional: bool,
}

/// What Swift type stands behind an attribute.
pub(super) enum Form {
    /// A value in a column of its own.
    Plain(Primitive),
    /// Bytes that go to a file beside the store where they are many.
    External,
    /// An array of strings: a keyed archive.
    Strings,
    /// An enum whose raw value is text.
    TextEnum,
    /// A Codable struct: a column for each of its properties.
    Struct(&'static [(&'static str, Primitive)]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Primitive {
    Int16,
    Int64,
    Bool,
    Double,
    Decimal,
    Date,
    Text,
    Uuid,
    Url,
    Bytes,
    Archive,
}

pub(super) struct Relation {
    pub(super) name: &'static str,
    pub(super) target: &'static str,
    pub(super) many: bool,
    pub(super) inverse: &'static str,
    pub(super) on_delete: OnDelete,
}

#[derive(Clone, Copy)]
pub(super) enum OnDelete {
    Nullify = 1,
    Cascade = 2,
}

use Form::{External, Plain, Strings, Struct, TextEnum};
use OnDelete::{Cascade, Nullify};
use Primitive::{Archive, Bool, Bytes, Date, Decimal, Double, Int16, Int64, Text, Url, Uuid};

const fn required(name: &'static str, form: Form) -> Attribute {
    Attribute { name, form, optional: false }
}

const fn optional(name: &'static str, form: Form) -> Attribute {
    Attribute { name, form, optional: true }
}

const fn one(name: &'static str, target: &'static str, inverse: &'static str, on_delete: OnDelete) -> Relation {
    Relation { name, target, many: false, inverse, on_delete }
}

const fn many(name: &'static str, target: &'static str, inverse: &'static str, on_delete: OnDelete) -> Relation {
    Relation { name, target, many: true, inverse, on_delete }
}

pub(super) const COMPLETION: Entity = Entity {
    name: "Completion",
    number: 1,
    attributes: &[
        required("id", Plain(Uuid)),
        required("completedAt", Plain(Date)),
        required("day", Plain(Date)),
        optional("amount", Plain(Double)),
        required("isSkipped", Plain(Bool)),
        optional("note", Plain(Text)),
        optional("mood", TextEnum),
        optional("tags", Strings),
        required("createdAt", Plain(Date)),
        optional("updatedAt", Plain(Date)),
    ],
    relations: &[
        one("habit", "Habit", "completions", Nullify), //
        one("xpEvent", "XPEvent", "completion", Nullify),
    ],
};

pub(super) const HABIT: Entity = Entity {
    name: "Habit",
    number: 2,
    attributes: &[
        required("id", Plain(Uuid)),
        required("title", Plain(Text)),
        optional("details", Plain(Text)),
        required("colorHex", Plain(Text)),
        optional("iconData", External),
        required("frequency", TextEnum),
        optional("schedule", Struct(&[("daysOfWeek", Bytes), ("reminders", Bytes), ("timesPerDay", Int64)])),
        optional("targetAmount", Plain(Decimal)),
        optional("link", Plain(Url)),
        optional("tags", Strings),
        required("isArchived", Plain(Bool)),
        required("sortIndex", Plain(Int64)),
        required("createdAt", Plain(Date)),
        optional("archivedAt", Plain(Date)),
    ],
    relations: &[
        many("completions", "Completion", "habit", Cascade),
        one("owner", "UserProfile", "habits", Nullify),
        one("streak", "Streak", "habit", Cascade),
        many("buddies", "UserProfile", "sharedHabits", Nullify),
    ],
};

const STREAK: Entity = Entity {
    name: "Streak",
    number: 3,
    attributes: &[
        required("id", Plain(Uuid)),
        required("current", Plain(Int64)),
        required("longest", Plain(Int64)),
        required("freezes", Plain(Int16)),
        optional("lastDay", Plain(Date)),
    ],
    relations: &[one("habit", "Habit", "streak", Nullify)],
};

pub(super) const USER_PROFILE: Entity = Entity {
    name: "UserProfile",
    number: 4,
    attributes: &[
        required("id", Plain(Uuid)),
        optional("displayName", Plain(Text)),
        required("timeZone", Plain(Text)),
        required("isPro", Plain(Bool)),
        required("createdAt", Plain(Date)),
    ],
    relations: &[
        many("habits", "Habit", "owner", Cascade),
        one("xpState", "XPState", "user", Cascade),
        many("sharedHabits", "Habit", "buddies", Nullify),
    ],
};

const XP_EVENT: Entity = Entity {
    name: "XPEvent",
    number: 5,
    attributes: &[
        required("id", Plain(Uuid)),
        required("kind", TextEnum),
        required("points", Plain(Int64)),
        required("occurredAt", Plain(Date)),
        optional("reason", Plain(Text)),
        optional("metadata", Plain(Bytes)),
    ],
    relations: &[
        one("completion", "Completion", "xpEvent", Nullify), //
        one("state", "XPState", "events", Nullify),
    ],
};

const XP_STATE: Entity = Entity {
    name: "XPState",
    number: 6,
    attributes: &[
        required("id", Plain(Uuid)),
        required("totalPoints", Plain(Int64)),
        required("level", Plain(Int64)),
        required("updatedAt", Plain(Date)),
    ],
    relations: &[
        one("user", "UserProfile", "xpState", Nullify), //
        many("events", "XPEvent", "state", Cascade),
    ],
};

/// The one many-to-many relation: habits shared with others.
pub(super) const BUDDIES: &str = "CREATE TABLE Z_2BUDDIES ( Z_2SHAREDHABITS INTEGER, Z_4BUDDIES INTEGER, \
    PRIMARY KEY (Z_2SHAREDHABITS, Z_4BUDDIES) );
CREATE INDEX Z_2BUDDIES_Z_4BUDDIES_INDEX ON Z_2BUDDIES (Z_4BUDDIES, Z_2SHAREDHABITS);";

/// How Core Data keeps the values of a type.
pub(super) struct Kept {
    /// The type's number in a model cache.
    pub(super) number: i64,
    /// The values' class, where they all have the same.
    pub(super) class: Option<&'static str>,
    declared: &'static str,
    /// Columns of similar types stand side by side, in this order; foreign keys come second.
    place: u8,
}

impl Primitive {
    pub(super) const fn kept(self) -> Kept {
        let (number, class, declared, place) = match self {
            Int16 => (100, Some("NSNumber"), "INTEGER", 0),
            Int64 => (300, Some("NSNumber"), "INTEGER", 0),
            Decimal => (400, Some("NSDecimalNumber"), "DECIMAL", 3),
            Double => (500, Some("NSNumber"), "FLOAT", 2),
            Text => (700, Some("NSString"), "VARCHAR", 4),
            Bool => (800, Some("NSNumber"), "INTEGER", 0),
            Date => (900, Some("NSDate"), "TIMESTAMP", 2),
            Bytes => (1000, Some("NSData"), "BLOB", 6),
            Uuid => (1100, Some("NSUUID"), "BLOB", 5),
            Url => (1200, Some("NSURL"), "VARCHAR", 4),
            Archive => (1800, None, "BLOB", 6),
        };
        Kept { number, class, declared, place }
    }
}

impl Attribute {
    /// The columns' values by their names in the model.
    pub(super) fn leaves(&self) -> Vec<(&'static str, Primitive)> {
        match self.form {
            Plain(primitive) => vec![(self.name, primitive)],
            External => vec![(self.name, Bytes)],
            Strings => vec![(self.name, Archive)],
            TextEnum => vec![(self.name, Text)],
            Struct(properties) => properties.to_vec(),
        }
    }
}

impl Entity {
    pub(super) fn table(&self) -> String {
        format!("Z{}", self.name.to_uppercase())
    }

    /// The statements that make its table and the indexes of its foreign keys. No two properties of one entity here
    /// share a name, so no column needs a suffix.
    pub(super) fn statements(&self) -> Vec<String> {
        const FOREIGN_KEY: u8 = 1;
        let column = |name: &str| format!("Z{}", name.to_uppercase());
        let leaves =
            self.attributes.iter().flat_map(Attribute::leaves).map(|(name, primitive)| (name, primitive.kept()));
        let keys: Vec<String> =
            self.relations.iter().filter(|relation| !relation.many).map(|relation| column(relation.name)).collect();
        let mut columns: Vec<(u8, String, &str)> =
            leaves.map(|(name, kept)| (kept.place, column(name), kept.declared)).collect();
        columns.extend(keys.iter().map(|key| (FOREIGN_KEY, key.clone(), "INTEGER")));
        columns.sort();

        let table = self.table();
        let columns: String = columns.iter().map(|(_, name, declared)| format!(", {name} {declared}")).collect();
        let mut statements =
            vec![format!("CREATE TABLE {table} ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER{columns} )")];
        statements.extend(keys.iter().map(|key| format!("CREATE INDEX {table}_{key}_INDEX ON {table} ({key})")));
        statements
    }
}
