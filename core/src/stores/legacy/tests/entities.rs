//! What rows of Core Data say of the entity that they are of, and of those that they lead to.

use super::*;

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
