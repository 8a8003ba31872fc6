//! The servers, and what is asked of them.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rehome_core::record::{Map, Value};
use rehome_core::steering::StopDocument;
use rehome_core::store::{Condition, Outcome, Target, Write};
use rehome_core::stores::firestore::{Endpoint, FirestoreConfig, FirestoreStore};
use rehome_core::testkit::habits::{self, Damage, Options};
use rehome_servers::remote_config::{API_KEY, APP_ID, PROJECT, RemoteConfigServer};
use rehome_servers::{FirestoreServer, owner_token, user_token_text};
use serde_json::{Value as Json, json};
use tokio::runtime::Builder;

use crate::app;

const RULES: &str = include_str!("../../firestore.rules");

pub(crate) struct World {
    folder: PathBuf,
    firestore: FirestoreServer,
    remote_config: RemoteConfigServer,
}

/// The value of an argument by its name.
type Arguments<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

impl World {
    pub(crate) fn new(folder: PathBuf) -> io::Result<Self> {
        let (firestore, remote_config) = (FirestoreServer::hidane(Some(RULES))?, RemoteConfigServer::start()?);
        Ok(Self { folder, firestore, remote_config })
    }

    pub(crate) fn ask(&self, path: &str, argument: Arguments<'_>) -> Result<Json, String> {
        let given = |name: &str| argument(name).ok_or_else(|| format!("`{name}` is missing"));
        match path {
            "/" => Ok(self.places()),
            "/store" => self.store(given("file")?, argument),
            "/habit" => {
                let (store, at) = (self.file(given("file")?)?, moment(argument)?);
                app::add_habit(&store, given("title")?, at).map(|()| json!({})).map_err(|error| error.to_string())
            }
            "/complete" => {
                let (store, at) = (self.file(given("file")?)?, moment(argument)?);
                match app::complete(&store, given("habit")?, at) {
                    Ok(true) => Ok(json!({})),
                    Ok(false) => Err("there is no such habit".to_owned()),
                    Err(error) => Err(error.to_string()),
                }
            }
            "/token" => Ok(json!({ "token": user_token_text(PROJECT, given("user")?) })),
            "/flag" => {
                self.remote_config.set(given("name")?, given("value")?);
                Ok(json!({}))
            }
            "/stop" => self.stop(given("stop")? == "true"),
            "/count" => self.count(given("collection")?),
            _ => Err(format!("there is no `{path}`")),
        }
    }

    fn places(&self) -> Json {
        json!({
            "firestore": self.firestore.address().to_string(),
            "remote_config": self.remote_config.url(),
            "project": PROJECT,
            "app_id": APP_ID,
            "api_key": API_KEY,
        })
    }

    fn file(&self, name: &str) -> Result<PathBuf, String> {
        let is_plain = Path::new(name).file_name().is_some_and(|file| file == name);
        is_plain.then(|| self.folder.join(name)).ok_or_else(|| "`file` is to be a plain name".to_owned())
    }

    fn store(&self, file: &str, argument: Arguments<'_>) -> Result<Json, String> {
        let plain = Options::default();
        let damaged_share = number(argument, "damaged")?.unwrap_or(0.0);
        let options = Options {
            completions: number(argument, "completions")?.unwrap_or(1000),
            // Of each kind there is one at least, however small the share.
            damage: if damaged_share > 0.0 { Damage::ALL.to_vec() } else { Vec::new() },
            damaged_share,
            seed: number(argument, "seed")?.unwrap_or(plain.seed),
            ..plain
        };
        let truth = habits::generate(&self.file(file)?, &options).map_err(|error| error.to_string())?;
        Ok(json!({ "damaged": truth.damaged.len() }))
    }

    fn stop(&self, stop: bool) -> Result<Json, String> {
        let fields = Map::from([("stop".to_owned(), Value::Bool(stop))]);
        let address = StopDocument::ADDRESS.to_owned();
        let word = [Write { address, fields: Some(fields.into()), condition: Condition::Always }];
        wait_for(async {
            let outcomes = self.administrator()?.write(&word).await.map_err(|error| error.to_string())?;
            match outcomes.as_slice() {
                [Outcome::Durable(_)] => Ok(json!({})),
                other => Err(format!("{other:?}")),
            }
        })
    }

    fn count(&self, collection: &str) -> Result<Json, String> {
        wait_for(async {
            let count = self.administrator()?.count(collection).await.map_err(|error| error.to_string())?;
            Ok(json!({ "count": count }))
        })
    }

    fn administrator(&self) -> Result<FirestoreStore, String> {
        let endpoint = Endpoint::Emulator(self.firestore.address().to_string());
        let config = FirestoreConfig::new(PROJECT, std::sync::Arc::new(owner_token()));
        FirestoreStore::new(FirestoreConfig { endpoint, ..config }).map_err(|error| error.to_string())
    }
}

fn number<T: FromStr>(argument: Arguments<'_>, name: &str) -> Result<Option<T>, String> {
    argument(name).map(|text| text.parse().map_err(|_| format!("`{name}` is no number"))).transpose()
}

/// Seconds since 2001, as Apple's systems count them.
fn moment(argument: Arguments<'_>) -> Result<f64, String> {
    number(argument, "at")?.ok_or_else(|| "`at` is missing".to_owned())
}

fn wait_for<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(work)
}
