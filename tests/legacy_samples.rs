//! Stores of other people's apps, read in full, where they are there at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rehome_core::record::Related;
use rehome_core::schema::{Entity, KEY, Schema};
use rehome_core::store::{Join, RelationShape, Shape, Source};
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use rehome_core::testkit::samples;

struct Sample {
    folder: String,
    kind: String,
    file: PathBuf,
    /// Rows by entity, or by table where there are no entities.
    rows: BTreeMap<String, u64>,
}

fn samples() -> Vec<Sample> {
    samples::stores().unwrap().into_iter().map(described).collect()
}

fn described(sample: samples::Sample) -> Sample {
    let about = &sample.about;
    let text = |key: &str| about[key].as_str().unwrap().to_owned();
    let rows = match about["entities"].as_array() {
        Some(entities) => entities
            .iter()
            .filter(|entity| entity["z_ent"].as_i64().unwrap() < 16_000)
            .map(|entity| (entity["name"].as_str().unwrap().to_owned(), entity["rows"].as_u64().unwrap()))
            .collect(),
        None => about["tables"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(table, _)| !matches!(table.as_str(), "room_master_table" | "android_metadata"))
            .map(|(table, rows)| (table.clone(), rows.as_u64().unwrap()))
            .collect(),
    };
    Sample { folder: text("dir"), kind: text("kind"), rows, file: sample.file }
}

/// The store in a folder of its own: reading one may leave a `-shm` beside it.
fn open(sample: &Sample, folder: &Path) -> LegacyStore {
    let copy = folder.join(sample.file.file_name().unwrap());
    // Read-only as the samples may be, a copy made by content is not.
    std::fs::write(&copy, std::fs::read(&sample.file).unwrap()).unwrap();
    LegacyStore::open(copy, LegacyOptions::default()).unwrap()
}

/// All fields, and the keys of all related records.
fn everything(schema: &Schema, entity: &Entity) -> Shape {
    let fields = |entity: &Entity| entity.fields.iter().chain(&entity.system).map(|field| field.name.clone()).collect();
    let relations = entity.relations.iter().map(|relation| {
        assert!(schema.entity(&relation.target).is_some(), "{} leads nowhere", relation.name);
        RelationShape {
            name: relation.name.clone(),
            join: Join::Known,
            many: relation.many,
            shape: Shape::of(relation.target.clone(), &[KEY]),
        }
    });
    let relations = relations.collect();
    Shape { entity: entity.name.clone(), fields: fields(entity), relations, claims_strays: entity.parent.is_none() }
}

#[tokio::test]
async fn every_row_of_every_sample_can_be_read() {
    for sample in samples() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&sample, folder.path());
        let schema: Arc<Schema> = store.schema().await.unwrap();
        assert_eq!(schema.store, sample.kind, "{}", sample.folder);
        let mut read = BTreeMap::new();
        let mut related = 0;
        for entity in &schema.entities {
            let shape = everything(&schema, entity);
            let mut cursor = None;
            let mut records = 0;
            loop {
                let page = store.page(&shape, cursor.as_ref(), 500).await.unwrap();
                assert_eq!(page.rejected, [], "{}", sample.folder);
                records += page.records.len() as u64;
                related += page.records.iter().flat_map(|record| &record.related).map(count).sum::<usize>();
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            read.insert(entity.name.to_string(), records);
        }
        // Migrated under a new name, of which the file's own list of entities knows nothing.
        if let Some(rows) = read.remove("LuxuryCar") {
            read.insert("ExpensiveSportCar".to_owned(), rows);
        }
        assert_eq!(read, sample.rows, "{}", sample.folder);
        println!("{}: {} records, {related} related", sample.folder, read.values().sum::<u64>());
    }
}

fn count(related: &Related) -> usize {
    match related {
        Related::One(one) => usize::from(one.is_some()),
        Related::Many(many) => many.len(),
    }
}

#[tokio::test]
async fn the_rows_of_every_sample_are_counted() {
    for sample in samples() {
        let folder = tempfile::tempdir().unwrap();
        let counts = open(&sample, folder.path()).counts().await.unwrap();
        let counted: u64 = counts.entities.iter().filter_map(|(_, rows)| *rows).sum();
        assert_eq!(counts.strays, [], "{}", sample.folder);
        assert_eq!(counted, sample.rows.values().sum::<u64>(), "{}", sample.folder);
    }
}
