//! The documents that all clients write: what a plan makes of a store's completions.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use firestore::gcloud_sdk::google::firestore::v1 as wire;
use firestore::gcloud_sdk::prost_types;
use rehome_core::plan::{Checked, Context, Mapped, Mapper, Plan, PlanFile};
use rehome_core::record::{Map, Timestamp, Value};
use rehome_core::store::{Source, Target};
use rehome_core::stores::firestore::{self as ours, Endpoint, FirestoreConfig, FirestoreStore, Token, json};
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use wire::precondition::ConditionType;
use wire::value::ValueType;
use wire::write::Operation;

use crate::client::PROJECT;
use crate::measure::{OWNER, PLAN, Result};
use crate::server::Server;

/// How many writes go into one request, whoever makes it.
pub(crate) const BATCH: usize = 500;

const PAGE: usize = 1024;

/// The documents in a file, one a line, and how many belong into each collection.
pub(crate) struct Documents {
    pub(crate) file: PathBuf,
    pub(crate) count: u64,
    collections: BTreeMap<String, u64>,
}

impl Documents {
    pub(crate) fn of(store: &Path, file: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(Self::map(&LegacyStore::open(store, LegacyOptions::default())?, file))
    }

    async fn map(store: &dyn Source, file: &Path) -> Result<Self> {
        let (plan, rules) = (plan(store).await?, ours::rules());
        let mut out = BufWriter::new(File::create(file)?);
        let mut documents = Self { file: file.to_owned(), count: 0, collections: BTreeMap::new() };
        let mut mapper = Mapper::new(&plan, &rules, Context { owner: OWNER, now: Timestamp::from_millis(0) });
        for (number, pass) in plan.passes.iter().enumerate() {
            let mut after = None;
            loop {
                let page = store.page(&pass.shape, after.as_ref(), PAGE).await?;
                for record in page.records {
                    for mapped in mapper.map(number, record).map_err(|rejection| rejection.to_string())? {
                        let Mapped::Document(document) = mapped else { continue };
                        let (collection, _) = document.address.rsplit_once('/').ok_or("an address without an id")?;
                        *documents.collections.entry(collection.to_owned()).or_default() += 1;
                        documents.count += 1;
                        writeln!(out, "{}", json::write(&document.address, &document.fields(), None)?)?;
                    }
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        out.flush()?;
        Ok(documents)
    }

    /// Fails unless all of them are there.
    pub(crate) fn are_on(&self, server: &Server) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let target = target(server.address())?;
        for (collection, wanted) in &self.collections {
            let found = runtime.block_on(target.count(collection))?;
            if found != *wanted {
                return Err(format!("{found} documents in a collection where {wanted} were written").into());
            }
        }
        Ok(())
    }
}

/// The plan, checked against the store.
pub(crate) async fn plan(store: &dyn Source) -> Result<Plan> {
    let Checked { plan, .. } = PlanFile::check(PLAN, "bench.toml", &*store.schema().await?, &ours::rules())?;
    Ok(plan)
}

/// The database, as its owner.
pub(crate) fn target(address: &str) -> Result<FirestoreStore> {
    let mut config = FirestoreConfig::new(PROJECT, Arc::new(Token::bearer("owner")));
    config.endpoint = Endpoint::Emulator(address.to_owned());
    Ok(FirestoreStore::new(config)?)
}

/// The documents as messages, each as one that must not be there yet, in batches.
pub(crate) fn writes(file: &Path) -> Result<Vec<Vec<wire::Write>>> {
    let mut batches: Vec<Vec<wire::Write>> = Vec::new();
    for line in BufReader::new(File::open(file)?).lines() {
        let (address, fields) = json::read(&line?, None)?;
        let name = format!("projects/{PROJECT}/databases/(default)/documents/{address}");
        let document = wire::Document { name, fields: message_fields(&fields), ..wire::Document::default() };
        let write = wire::Write {
            operation: Some(Operation::Update(document)),
            current_document: Some(wire::Precondition { condition_type: Some(ConditionType::Exists(false)) }),
            ..wire::Write::default()
        };
        match batches.last_mut().filter(|batch| batch.len() < BATCH) {
            Some(batch) => batch.push(write),
            None => batches.push(vec![write]),
        }
    }
    Ok(batches)
}

fn message_fields(fields: &Map) -> std::collections::HashMap<String, wire::Value> {
    fields.iter().map(|(name, value)| (name.clone(), message(value))).collect()
}

/// Of those kinds that completions have.
fn message(value: &Value) -> wire::Value {
    let value = match value {
        Value::Null => ValueType::NullValue(0),
        Value::Bool(truth) => ValueType::BooleanValue(*truth),
        Value::Int(number) => ValueType::IntegerValue(*number),
        Value::Double(number) => ValueType::DoubleValue(*number),
        Value::Timestamp(moment) => ValueType::TimestampValue(prost_types::Timestamp {
            seconds: moment.seconds(),
            nanos: moment.nanos().cast_signed(),
        }),
        Value::String(text) => ValueType::StringValue(text.clone()),
        Value::Bytes(bytes) => ValueType::BytesValue(bytes.clone()),
        Value::Array(items) => ValueType::ArrayValue(wire::ArrayValue { values: items.iter().map(message).collect() }),
        Value::Map(fields) => ValueType::MapValue(wire::MapValue { fields: message_fields(fields) }),
        Value::Decimal(_) | Value::Reference(_) | Value::GeoPoint(_) => panic!("a value that completions do not have"),
    };
    wire::Value { value_type: Some(value) }
}
