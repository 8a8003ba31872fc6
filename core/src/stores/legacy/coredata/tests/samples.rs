//! Real stores.

use super::*;
use crate::testkit::samples::stores;

/// What the manifest says of one sample.
struct Sample {
    kind: String,
    file: PathBuf,
    /// Number, name and rows of the app's own entities.
    entities: Vec<(i64, String, i64)>,
}

fn samples() -> Vec<Sample> {
    let ours = stores().unwrap().into_iter().filter(|sample| sample.about["kind"] != "room");
    let read = ours.map(|sample| {
        let entities = sample.about["entities"].as_array().unwrap().iter().map(|entity| {
            let number = |key: &str| entity[key].as_i64().unwrap();
            (number("z_ent"), entity["name"].as_str().unwrap().to_owned(), number("rows"))
        });
        Sample {
            kind: sample.about["kind"].as_str().unwrap().to_owned(),
            entities: entities.filter(|(number, ..)| *number < 16_000).collect(),
            file: sample.file,
        }
    });
    read.collect()
}

fn sample(folder: &str) -> Option<Layout> {
    let found =
        samples().into_iter().find(|sample| sample.file.parent().is_some_and(|parent| parent.ends_with(folder)))?;
    Some(read(&found.file))
}

#[test]
fn every_store_is_of_the_kind_that_it_is() {
    for sample in samples() {
        assert_eq!(read(&sample.file).schema.store, sample.kind, "{}", sample.file.display());
    }
}

#[test]
fn every_entity_has_its_number_and_its_rows() {
    for sample in samples() {
        let (layout, connection) = (read(&sample.file), open(&sample.file));
        let mut found: Vec<(i64, String, i64)> = layout
            .entities
            .iter()
            .map(|entity| (entity.number.unwrap(), entity.name.to_string(), rows(&connection, entity)))
            .collect();
        found.sort();
        // The one entity that was renamed keeps its old name in Z_PRIMARYKEY.
        let renamed = sample.file.ends_with("SampleModel_V2.sqlite");
        let now = |name: String| if renamed && name == "ExpensiveSportCar" { "LuxuryCar".to_owned() } else { name };
        let expected: Vec<_> =
            sample.entities.into_iter().map(|(number, name, rows)| (number, now(name), rows)).collect();
        assert_eq!(found, expected, "{}", sample.file.display());
    }
}

#[test]
fn every_column_is_explained_and_every_property_found() {
    for sample in samples() {
        let layout = read(&sample.file);
        let catalog = Catalog::read(&open(&sample.file)).unwrap();
        assert_eq!(coverage::unexplained(&layout, &catalog), [], "{}", sample.file.display());
        let silent = !layout.schema.warnings.iter().any(|warning| warning.contains("left out"));
        assert!(silent, "{}: {:?}", sample.file.display(), layout.schema.warnings);
    }
}

#[test]
fn every_query_that_a_layout_leads_to_can_be_asked() {
    for sample in samples() {
        let (layout, connection) = (read(&sample.file), open(&sample.file));
        for (entity, schema) in layout.entities.iter().zip(&layout.schema.entities) {
            let mut names = vec![];
            entity.fields.iter().for_each(|field| columns(field, &mut names));
            for (link, relation) in entity.relations.iter().zip(&schema.relations) {
                match link {
                    Link::Forward { columns, entity, .. } => names.extend(columns.iter().chain(entity).cloned()),
                    Link::Backward { columns, order, .. } => {
                        let target = layout.entity(&relation.target).unwrap().1;
                        ask(&connection, &target.table, &columns.iter().chain(order).cloned().collect::<Vec<_>>());
                    }
                    Link::Through { table, ours, theirs, order } => {
                        let all = [Some(ours), Some(theirs), order.as_ref()];
                        ask(&connection, table, &all.into_iter().flatten().cloned().collect::<Vec<_>>());
                    }
                }
            }
            names.push("Z_PK".to_owned());
            ask(&connection, &entity.table, &names);
        }
    }
}

fn columns(field: &crate::stores::legacy::layout::FieldLayout, names: &mut Vec<String>) {
    match &field.storage {
        Storage::Cell { column, .. } => names.push(column.clone()),
        Storage::Struct(parts) => parts.iter().for_each(|part| columns(part, names)),
        Storage::Cases(cases) => names.extend(cases.iter().map(|(_, column)| column.clone())),
    }
}

/// In brackets a name that is no column is an error, not a text.
fn ask(connection: &Connection, table: &str, columns: &[String]) {
    connection.prepare(&format!("SELECT [{}] FROM [{table}]", columns.join("], ["))).unwrap();
}

#[test]
fn a_renamed_entity_keeps_its_number() {
    let Some(layout) = sample("coredata_coredataplus_model1_v2") else { return };
    let (schema, luxury) = layout.entity("LuxuryCar").unwrap();
    assert_eq!((luxury.number, luxury.table.as_str()), (Some(3), "ZCAR"));
    assert_eq!(schema.parent.as_deref(), Some("SportCar"));
    assert_eq!(&*layout.schema.root_of(schema).name, "Car");
    assert!(layout.entity("ExpensiveSportCar").is_none());
    assert_eq!(layout.schema.version.as_deref(), Some("2"));
}

#[test]
fn a_key_to_an_entity_with_children_has_a_column_for_the_child() {
    let Some(layout) = sample("coredata_coredataplus_model2_v1") else { return };
    let expected = Link::Forward { columns: vec!["ZBOOK".into()], references: vec![], entity: Some("Z1_BOOK".into()) };
    assert_eq!(link(&layout, "Page", "book"), expected);
    let cover = layout.schema.warnings.iter().find(|warning| warning.contains("CoverTransformer"));
    assert!(cover.is_some(), "{:?}", layout.schema.warnings);
}

#[test]
fn both_sides_of_a_join_table_are_told_apart() {
    let Some(layout) = sample("coredata_ios14_rmadminstore") else { return };
    let through = |ours: &str, theirs: &str| Link::Through {
        table: "Z_2USERS".into(),
        ours: ours.into(),
        theirs: theirs.into(),
        order: None,
    };
    assert_eq!(link(&layout, "Blueprint", "users"), through("Z_2BLUEPRINTS", "Z_16USERS"));
    assert_eq!(link(&layout, "CoreUser", "blueprints"), through("Z_16USERS", "Z_2BLUEPRINTS"));
    // The third of the children with a property of this name.
    let expected = Link::Forward { columns: vec!["ZORGANIZATION1".into()], references: vec![], entity: None };
    assert_eq!(link(&layout, "FamilyOrganizationSettings", "organization"), expected);
}

#[test]
fn a_to_many_relation_without_an_inverse_has_its_key_on_the_other_side() {
    let Some(layout) = sample("swiftdata_cartkit_v1") else { return };
    let expected = Link::Backward { columns: vec!["Z3ITEMS".into()], references: vec![], order: None };
    assert_eq!(link(&layout, "CartModel", "items"), expected);
    let (schema, _) = layout.entity("CartItemModel").unwrap();
    assert_eq!(schema.unique, [[Name::from("id")]]);
    assert_eq!(schema.field("totalPriceAmount").unwrap().native, "decimal");
}

#[test]
fn a_store_without_a_model_is_described_from_its_tables() {
    let Some(kik) = sample("coredata_ios_kik_nomodelcache") else { return };
    let expected = Link::Through {
        table: "Z_3MESSAGES".into(),
        ours: "Z_3CHAT".into(),
        theirs: "Z_5MESSAGES".into(),
        order: None,
    };
    assert_eq!(link(&kik, "KikChat", "messages"), expected);
    assert!(kik.schema.warnings[0].contains("no readable model"));
    let notes = sample("coredata_macos_notesv7_noplist").unwrap();
    let expected = Link::Forward { columns: vec!["ZNOTE".into()], references: vec![], entity: Some("Z10_NOTE".into()) };
    assert_eq!(link(&notes, "NoteBody", "note"), expected);
    assert_eq!(notes.entity("IMAPNote").unwrap().0.parent.as_deref(), Some("Note"));
    assert_eq!(notes.schema.fingerprint.len(), 64);
}
