//! What every record of a store has besides its own fields: its key, its entity, the store, and its name in CloudKit.

use crate::record::Kind;
use crate::schema::{CLOUD_EXPORTED, CLOUD_NAME, CLOUD_ZONE, ENTITY, Field, KEY, STORE};

use super::catalog::Catalog;
use super::metadata::Metadata;
use crate::stores::legacy::layout::CloudTables;

const RECORDS: &str = "ANSCKRECORDMETADATA";
const ZONES: &str = "ANSCKRECORDZONEMETADATA";

/// The tables of the mirror, where they are there and have what is needed of them.
pub(super) fn cloud(catalog: &Catalog) -> Option<CloudTables> {
    let with = |table: &str, columns: &[&str]| {
        let table = catalog.table(table)?;
        columns.iter().all(|column| table.column(column).is_some()).then(|| table.name.clone())
    };
    let records = with(RECORDS, &["ZENTITYID", "ZENTITYPK", "ZCKRECORDNAME"])?;
    let linked = catalog.table(RECORDS).is_some_and(|records| records.column("ZRECORDZONE").is_some());
    let zones = with(ZONES, &["Z_PK", "ZCKRECORDZONENAME"]).filter(|_| linked);
    Some(CloudTables { records, zones })
}

pub(super) fn fields(metadata: &Metadata, cloud: Option<&CloudTables>) -> Vec<Field> {
    let mut fields = vec![Field::new(KEY, Kind::String), Field::new(ENTITY, Kind::String)];
    if metadata.store_id.is_some() {
        fields.push(Field::new(STORE, Kind::String));
    }
    if let Some(cloud) = cloud {
        fields.push(Field::new(CLOUD_NAME, Kind::String).optional());
        if cloud.zones.is_some() {
            fields.push(Field::new(CLOUD_ZONE, Kind::String).optional());
        }
        fields.push(Field::new(CLOUD_EXPORTED, Kind::Bool));
    }
    fields
}
