//! What no sample shows, in small stores of our own.

use super::models::{Drawn, Property, attribute, below, cache, drawn, to_many, to_one};
use super::*;
use crate::testkit::bplist::Item;

const STRING: i64 = 700;
const BINARY: i64 = 1000;
const TRANSFORMABLE: i64 = 1800;

/// A store with these tables, and entities numbered from 1 in the order of their names.
fn store(model: Option<&[u8]>, entities: &[&str], tables: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
             CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
             CREATE TABLE Z_MODELCACHE (Z_CONTENT BLOB);
             INSERT INTO Z_METADATA VALUES (1, 'A', NULL);",
        )
        .unwrap();
    connection.execute_batch(tables).unwrap();
    for (place, entity) in entities.iter().enumerate() {
        connection.execute("INSERT INTO Z_PRIMARYKEY VALUES (?1, ?2, 0, 0)", (place as i64 + 1, entity)).unwrap();
    }
    connection.execute("INSERT INTO Z_MODELCACHE VALUES (?1)", [model]).unwrap();
    connection
}

fn described(entities: &[Drawn], tables: &str) -> Layout {
    let mut names: Vec<&str> = entities.iter().map(|entity| entity.name).collect();
    names.sort_unstable();
    layout(&store(Some(&cache(entities)), &names, tables), Path::new("a.store")).unwrap()
}

fn refused(connection: &Connection) -> Error {
    let error = layout(connection, Path::new("a.store")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert!(error.to_string().starts_with("a.store: "), "{error}");
    error
}

fn cell(column: &str, codec: Codec) -> Storage {
    Storage::Cell { column: column.into(), codec }
}

#[test]
fn ordered_relations_have_a_column_for_their_order() {
    let model = [
        drawn(
            "Album",
            vec![to_many("photos", "Photo", Some("album"), true), to_many("tags", "Tag", Some("albums"), true)],
        ),
        drawn("Photo", vec![to_one("album", "Album", "photos"), to_many("crops", "Tag", None, true)]),
        drawn("Tag", vec![to_many("albums", "Album", Some("tags"), false)]),
    ];
    let layout = described(
        &model,
        "CREATE TABLE ZALBUM (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER);
         CREATE TABLE ZPHOTO (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZALBUM INTEGER, Z_FOK_ALBUM INTEGER);
         CREATE TABLE ZTAG (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, Z2CROPS INTEGER, Z_FOK_2CROPS INTEGER);
         CREATE TABLE Z_1TAGS (Z_1ALBUMS1 INTEGER, Z_3TAGS INTEGER, Z_FOK_3TAGS INTEGER);",
    );
    let backward = |column: &str, order: &str| Link::Backward {
        columns: vec![column.into()],
        references: vec![],
        order: Some(order.into()),
    };
    assert_eq!(link(&layout, "Album", "photos"), backward("ZALBUM", "Z_FOK_ALBUM"));
    assert_eq!(link(&layout, "Photo", "crops"), backward("Z2CROPS", "Z_FOK_2CROPS"));
    let (one, other) = ("Z_1ALBUMS1".to_owned(), "Z_3TAGS".to_owned());
    let table = "Z_1TAGS".to_owned();
    let order = Some("Z_FOK_3TAGS".to_owned());
    let expected = Link::Through { table: table.clone(), ours: one.clone(), theirs: other.clone(), order };
    assert_eq!(link(&layout, "Album", "tags"), expected);
    assert_eq!(link(&layout, "Tag", "albums"), Link::Through { table, ours: other, theirs: one, order: None });
    assert_eq!(layout.schema.warnings, [""; 0]);
}

#[test]
fn a_relation_that_is_its_own_inverse_has_two_different_columns() {
    let layout = described(
        &[drawn("Person", vec![to_many("friends", "Person", Some("friends"), false)])],
        "CREATE TABLE ZPERSON (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER);
         CREATE TABLE Z_1FRIENDS (REFLEXIVE INTEGER, Z_1FRIENDS INTEGER);",
    );
    let Link::Through { ours, theirs, .. } = link(&layout, "Person", "friends") else { panic!("a table between") };
    assert_eq!((ours.as_str(), theirs.as_str()), ("REFLEXIVE", "Z_1FRIENDS"));
}

#[test]
fn enums_and_structs_of_swift_are_put_back_together() {
    let composite = |name, is_enum, parts| Property::Composite { name, is_enum, parts };
    let layout = described(
        &[drawn(
            "Item",
            vec![
                composite("mood", true, vec![attribute("mood", STRING)]),
                composite("state", true, vec![attribute("open", STRING), attribute("shut", STRING)]),
                composite("shape", true, vec![attribute("dot", STRING), attribute("line", BINARY)]),
                composite(
                    "range",
                    false,
                    vec![attribute("to", 300), attribute("from", 300), attribute("more", BINARY)],
                ),
            ],
        )],
        "CREATE TABLE ZITEM (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZMOOD VARCHAR, ZOPEN VARCHAR,
         ZSHUT VARCHAR, ZDOT VARCHAR, ZLINE BLOB, ZTO INTEGER, ZFROM INTEGER, ZMORE BLOB)",
    );
    assert_eq!(layout.schema.store, "swiftdata");
    assert_eq!(storage(&layout, "Item", "mood"), cell("ZMOOD", Codec::Text));
    let cases = [("open", "ZOPEN"), ("shut", "ZSHUT")].map(|(case, column)| (Name::from(case), column.to_owned()));
    assert_eq!(storage(&layout, "Item", "state"), Storage::Cases(cases.to_vec()));
    let parts = |field| match storage(&layout, "Item", field) {
        Storage::Struct(parts) => parts.into_iter().map(|part| (part.name.to_string(), part.storage)).collect(),
        _ => vec![],
    };
    let text = |name: &str, column, codec| (name.to_owned(), cell(column, codec));
    // A case with values keeps them.
    assert_eq!(parts("shape"), [text("dot", "ZDOT", Codec::Text), text("line", "ZLINE", Codec::Json)]);
    let int = Codec::Int { bits: 64 };
    let expected = [text("to", "ZTO", int), text("from", "ZFROM", int), text("more", "ZMORE", Codec::Json)];
    assert_eq!(parts("range"), expected);
    let (schema, _) = layout.entity("Item").unwrap();
    assert_eq!(schema.field("state").unwrap().native, "enum");
    assert_eq!(schema.field("range").unwrap().elements[0].column.as_deref(), Some("ZTO"));
}

#[test]
fn each_kind_of_attribute_is_read_in_its_own_way() {
    let more = |name, kind, more| Property::Attribute { name, kind, more };
    let model = [drawn(
        "Thing",
        vec![
            attribute("archived", TRANSFORMABLE),
            more("own", TRANSFORMABLE, vec![("NSValueTransformerName", "OwnTransformer".into())]),
            more("secure", TRANSFORMABLE, vec![("NSValueTransformerName", "NSSecureUnarchiveFromData".into())]),
            more("photo", BINARY, vec![("NSFlagsKey", Item::Int(4 | 16))]),
            more("kept", BINARY, vec![("NSFlagsKey", Item::Int(16))]),
            more("passing", STRING, vec![("NSIsTransient", Item::Bool(true))]),
            attribute("coded", 2200),
            attribute("odd", 4711),
            Property::Fetched { name: "fetched" },
        ],
    )];
    let layout = described(
        &model,
        "CREATE TABLE ZTHING (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZARCHIVED BLOB, ZOWN BLOB,
         ZSECURE BLOB, ZPHOTO BLOB, ZKEPT BLOB, ZCODED BLOB, ZODD BLOB)",
    );
    let (_, thing) = layout.entity("Thing").unwrap();
    let found: Vec<_> = thing.fields.iter().map(|field| (&*field.name, field.storage.clone())).collect();
    let expected = [
        ("archived", cell("ZARCHIVED", Codec::Archive)),
        ("coded", cell("ZCODED", Codec::Coded)),
        ("kept", cell("ZKEPT", Codec::Bytes)),
        ("odd", cell("ZODD", Codec::Any)),
        ("own", cell("ZOWN", Codec::Bytes)),
        ("photo", cell("ZPHOTO", Codec::External)),
        ("secure", cell("ZSECURE", Codec::Archive)),
    ];
    assert_eq!(found, expected);
    let [only] = layout.schema.warnings.as_slice() else { panic!("{:?}", layout.schema.warnings) };
    assert!(only.contains("Thing.own") && only.contains("OwnTransformer"), "{only}");
}

#[test]
fn children_have_what_their_parents_have_and_their_own() {
    let model = [
        drawn(
            "Base",
            vec![
                attribute("title", STRING),
                to_one("owner", "Base", "owned"),
                to_many("owned", "Base", Some("owner"), false),
            ],
        ),
        below("Base", "Left", vec![attribute("note", STRING)]),
        below("Left", "Deep", vec![attribute("more", STRING)]),
        below("Base", "Right", vec![attribute("note", STRING)]),
    ];
    let layout = described(
        &model,
        "CREATE TABLE ZBASE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZOWNER INTEGER, Z1_OWNER INTEGER,
         ZTITLE VARCHAR, ZNOTE VARCHAR, ZMORE VARCHAR, ZNOTE1 VARCHAR)",
    );
    assert_eq!(layout.schema.warnings, [""; 0]);
    let names: Vec<&str> = layout.entities.iter().map(|entity| &*entity.name).collect();
    assert_eq!(names, ["Base", "Left", "Deep", "Right"]);
    assert_eq!(storage(&layout, "Deep", "note"), cell("ZNOTE", Codec::Text));
    assert_eq!(storage(&layout, "Right", "note"), cell("ZNOTE1", Codec::Text));
    let (schema, deep) = layout.entity("Deep").unwrap();
    let fields: Vec<&str> = deep.fields.iter().map(|field| &*field.name).collect();
    assert_eq!((fields.as_slice(), schema.parent.as_deref()), (["title", "note", "more"].as_slice(), Some("Left")));
    let Link::Forward { entity, .. } = link(&layout, "Right", "owner") else { panic!("a key") };
    assert_eq!(entity.as_deref(), Some("Z1_OWNER"));
}

#[test]
fn what_the_model_and_the_tables_disagree_about_is_told() {
    let model = [
        drawn(
            "Here",
            vec![attribute("gone", STRING), attribute("there", STRING), to_many("others", "Elsewhere", None, false)],
        ),
        drawn("Elsewhere", vec![]),
    ];
    let connection = store(
        Some(&cache(&model)),
        &["Here", "Unknown"],
        "CREATE TABLE ZHERE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZTHERE VARCHAR, ZNEW VARCHAR)",
    );
    let layout = layout(&connection, Path::new("a.store")).unwrap();
    let (_, here) = layout.entity("Here").unwrap();
    assert_eq!((here.fields.len(), here.relations.len()), (1, 0));
    let warnings = layout.schema.warnings.join("\n");
    for what in ["Here.gone", "ZGONE", "ZNEW", "Here.others", "Elsewhere", "Unknown"] {
        assert!(warnings.contains(what), "{what} in {warnings}");
    }
}

#[test]
fn only_a_model_that_is_not_there_is_done_without() {
    let tables = "CREATE TABLE ZHABIT (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZTITLE VARCHAR)";
    for nothing in [None, Some(&b""[..])] {
        let layout = layout(&store(nothing, &["Habit"], tables), Path::new("a.store")).unwrap();
        assert_eq!(storage(&layout, "Habit", "title"), cell("ZTITLE", Codec::Text));
        assert_eq!(layout.schema.warnings.len(), 1);
    }
    let connection = store(None, &["Habit"], tables);
    connection.execute("DROP TABLE Z_MODELCACHE", []).unwrap();
    assert!(layout(&connection, Path::new("a.store")).is_ok());
    let good = cache(&[drawn("Habit", vec![attribute("title", STRING)])]);
    refused(&store(Some(&good[..good.len() / 2]), &["Habit"], tables));
    let connection = store(None, &["Habit"], tables);
    connection.execute("UPDATE Z_MODELCACHE SET Z_CONTENT = 'text'", []).unwrap();
    refused(&connection);
}

#[test]
fn entities_that_go_round_in_a_circle_do_not_stop_the_description() {
    let tables = "CREATE TABLE ZONE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER)";
    let connection = store(None, &["One", "Two"], tables);
    connection.execute("UPDATE Z_PRIMARYKEY SET Z_SUPER = 3 - Z_ENT", []).unwrap();
    assert!(layout(&connection, Path::new("a.store")).is_ok());
}
