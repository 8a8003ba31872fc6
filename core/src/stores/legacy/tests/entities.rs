//! What rows of Core Data say of the entity that they are of, and of those that they lead to.

use super::*;
use crate::record::{Reason, Value};
use crate::schema::{KEY, owner_field};

/// Drinks and two kinds of them in one table, an order with a drink as its first, and an order's other drinks.
fn drinks(sql: &str) -> Bench {
    Bench::new(&format!(
        "CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
         CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
         INSERT INTO Z_METADATA VALUES (1, 'A', NULL);
         INSERT INTO Z_PRIMARYKEY VALUES (1, 'Drink', 0, 0), (2, 'Beer', 1, 0), (3, 'Wine', 1, 0), (4, 'Order', 0, 0);
         CREATE TABLE ZDRINK (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZNAME VARCHAR, Z4OTHERS INTEGER);
         CREATE TABLE ZORDER (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZFIRST INTEGER, Z1_FIRST INTEGER);
         INSERT INTO ZDRINK VALUES (1, 1, 1, 'water', NULL), (2, 2, 1, 'stout', 1), (3, 3, 1, 'red', 2);
         INSERT INTO ZORDER VALUES (1, 4, 1, 2, 2), (2, 4, 1, 3, 3), (3, 4, 1, NULL, NULL);
         {sql}"
    ))
}

#[test]
fn rows_of_no_entity_are_counted_by_their_table() {
    let sound = wait(drinks("").open().counts()).unwrap();
    assert_eq!(sound.entities.iter().map(|(_, rows)| *rows).collect::<Vec<_>>(), [Some(1), Some(3), Some(1), Some(1)]);
    assert_eq!(sound.strays, []);
    let bench = drinks("INSERT INTO ZDRINK (Z_PK, Z_ENT) VALUES (8, 9), (9, 9), (10, NULL), (11, 'Beer')");
    let counts = wait(bench.open().counts()).unwrap();
    assert_eq!(counts.entities, sound.entities);
    assert_eq!(counts.strays, [("ZDRINK".to_owned(), 4)]);
    let shape = Shape { claims_strays: true, ..Shape::of("Drink", &[]) };
    assert_eq!(read_all(&bench.open(), &shape, 3).1.len(), 4);
}

#[test]
fn a_row_that_is_wrong_about_the_entity_it_leads_to_is_set_aside() {
    let wrong = "INSERT INTO ZORDER VALUES (4, 4, 1, 3, 2), (5, 4, 1, 2, 9), (6, 4, 1, 2, 'Beer'), (7, 4, 1, 3, NULL)";
    let first = relation("first", false, Shape::of("Drink", &["name"]));
    let (records, rejected) = read_all(&drinks(wrong).open(), &with(first, Shape::of("Order", &[])), 10);
    assert_eq!(numbers(&records), [1, 2, 3, 7]);
    assert_eq!(rejected.iter().map(|rejection| rejection.key.to_string()).collect::<Vec<_>>(), ["4", "5", "6"]);
    for rejection in rejected {
        assert_eq!((rejection.reason, rejection.column.as_deref()), (Reason::Dangling, Some("Z1_FIRST")));
    }
}

#[test]
fn the_record_that_has_another_among_its_own_is_known_by_a_field_of_the_stores() {
    let bench =
        drinks("INSERT INTO ZDRINK VALUES (4, 3, 1, 'white', 2), (5, 3, 1, 'lost', 7), (6, 3, 1, 'odd', 'one')");
    let store = bench.open();
    let schema = wait(store.schema()).unwrap();
    let name = owner_field("Order", "others");
    for entity in ["Drink", "Beer", "Wine"] {
        assert_eq!(schema.entity(entity).unwrap().field(&name).unwrap().column.as_deref(), Some("Z4OTHERS"));
    }
    assert!(schema.entity("Order").unwrap().field(&name).is_none());
    let join = Join::Equal { ours: name.clone(), theirs: KEY.into() };
    let order = RelationShape { name: name.clone(), join, many: false, shape: Shape::of("Order", &[]) };
    let (records, rejected) = read_all(&store, &with(order, Shape::of("Wine", &[&name])), 10);
    assert_eq!(numbers(&records), [3, 4]);
    assert!(records.iter().all(|record| record.values == [Value::Int(2)]));
    let reasons: Vec<_> = rejected.iter().map(|rejection| (rejection.key.to_string(), rejection.reason)).collect();
    assert_eq!(reasons, [("5".to_owned(), Reason::Dangling), ("6".to_owned(), Reason::WrongType)]);
    assert_eq!(rejected[0].column.as_deref(), Some("Z4OTHERS"));
}
