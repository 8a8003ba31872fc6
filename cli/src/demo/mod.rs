//! `rehome demo`: a whole migration in front of one's eyes, with a server, a store and a crash of its own.

mod act;
mod ending;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use rehome_servers::FirestoreServer;
use rehome_servers::remote_config::{ADMIN_TOKEN, API_KEY, APP_ID, PROJECT, RemoteConfigServer};
use serde_json::Value;
use tempfile::TempDir;

use crate::failure::Failure;
use crate::sample;
use crate::store::temporary_folder;
use crate::terminal::grouped;
use act::{Stage, number};
use ending::Ending;

/// Show a whole migration: a habit app's store, a Firestore server, a crash half-way, and the proof
///
/// Everything happens on this machine and is gone afterwards. Each step is a command of this tool, shown as one would
/// type it.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How many completions of habits the app's store has
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    completions: u64,
    /// Print one object with the numbers at the end, and nothing else
    #[arg(long)]
    json: bool,
}

/// The administrator's token lies in this file.
const TOKEN: &str = "token";
const USER: &str = "ann";
/// What the server enforces, as in a project of one's own.
const RULES: &str = include_str!("../../../firestore.rules");

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let began = Instant::now();
    let show = Show::begin(arguments)?;
    show.stage.title("A habit app has lived on a phone for a while. What is in its store?");
    show.inspect()?;
    show.stage.title("What would become of it in Firestore? Nothing is sent yet.");
    let rehearsed = show.rehearse()?;
    show.stage.title("Now for real. Half-way the process is killed, as phones do.");
    show.run_until_killed()?;
    show.stage.title("The app is opened again and goes on where it was. Then an operator stops all phones from afar.");
    show.run_until_stopped()?;
    show.stage.title("What was wrong is mended. Allowed again, the same command finishes.");
    show.allow(true)?;
    let outcome = show.run_on("phone.journal")?;
    show.stage.title("Is everything there? Every record is read again and held against its document.");
    let receipt = show.verify()?;
    show.stage.title("The same user has a tablet with the same records. Nothing is written twice.");
    let second = show.run_on("tablet.journal")?;
    let ending = Ending::of(&rehearsed, &outcome, &receipt, &second, began.elapsed())?;
    ending.tell(&show.stage, arguments.json)
}

/// What the show is given with.
struct Show {
    stage: Stage,
    // In this order: the servers end before their folder goes.
    server: FirestoreServer,
    flags: RemoteConfigServer,
    folder: TempDir,
    completions: u64,
}

impl Show {
    fn begin(arguments: &Arguments) -> Result<Self, Failure> {
        let stage = Stage::new(arguments.json)?;
        let folder = temporary_folder()?;
        sample::fill(folder.path(), arguments.completions, 1)?;
        let server = FirestoreServer::hidane(Some(RULES)).map_err(|error| {
            Failure::Work(format!("the Firestore server of the demonstration did not start: {error}"))
        })?;
        stage.tell(&format!(
            "A Firestore server with the rules of firestore.rules listens on {}; {} completions of habits lie in {}.",
            server.address(),
            grouped(arguments.completions),
            sample::store_in(folder.path()).display(),
        ));
        let flags = RemoteConfigServer::start().map_err(|error| {
            Failure::Work(format!("the Remote Config server of the demonstration did not start: {error}"))
        })?;
        flags.set("backfillEnabled", "true");
        flags.set("backfillRolloutPercentage", "100");
        let token = folder.path().join(TOKEN);
        fs::write(&token, ADMIN_TOKEN).map_err(|error| Failure::file("written", &token, &error))?;
        Ok(Self { stage, server, flags, folder, completions: arguments.completions })
    }

    fn inspect(&self) -> Result<(), Failure> {
        let found = self.stage.result(&["inspect", &shown(&sample::store_in(self.folder.path()))])?;
        let entities = found["entities"].as_array().map(Vec::as_slice).unwrap_or_default();
        let rows = entities.iter().map(|entity| {
            let name = entity["name"].as_str().unwrap_or_default();
            Ok(format!("{} {name}", grouped(number(entity, "/rows")?)))
        });
        self.stage.tell(&format!("    {}", rows.collect::<Result<Vec<_>, Failure>>()?.join(", ")));
        Ok(())
    }

    fn rehearse(&self) -> Result<Value, Failure> {
        let (plan, store) = (sample::plan_in(self.folder.path()), sample::store_in(self.folder.path()));
        self.stage.result(&["rehearse", &shown(&plan), "--store", &shown(&store), "--user", USER])
    }

    fn run_until_killed(&self) -> Result<(), Failure> {
        let mut arguments = self.run_arguments("phone.journal");
        // As gently as a phone would, so that there is a half-way to be killed at.
        arguments.extend(["--rate".to_owned(), (self.completions / 4).to_string()]);
        let killed_at = self.stage.kill_half_way(&words(&arguments))?;
        self.stage.tell(&format!("Killed after {} records.", grouped(killed_at)));
        Ok(())
    }

    fn run_until_stopped(&self) -> Result<(), Failure> {
        let mut arguments = self.run_arguments("phone.journal");
        // More gently still: phones that hear of a change ask for it within three seconds, not all at once.
        let gently = ["--rate".to_owned(), (self.completions / 30).to_string(), "--batch".to_owned(), "50".to_owned()];
        arguments.extend(gently);
        let outcome = self.stage.meanwhile(&words(&arguments), || self.allow(false))?;
        if outcome["ended"] != "stopped" {
            return Err(Failure::Work(format!("a run that was stopped from afar ended as {}", outcome["ended"])));
        }
        self.stage.tell(&format!("Stopped after {} records.", grouped(number(&outcome, "/read")?)));
        Ok(())
    }

    /// What an operator types.
    fn allow(&self, is_allowed: bool) -> Result<(), Failure> {
        let (token, server) = (shown(&self.folder.path().join(TOKEN)), self.flags.url());
        let flag = format!("backfillEnabled={is_allowed}");
        let whose = ["--project", PROJECT, "--token-file", &token, "--server", &server];
        self.stage.result(&[&["flags", "set", &flag, "--yes"], &whose[..]].concat()).map(drop)
    }

    fn run_on(&self, journal: &str) -> Result<Value, Failure> {
        self.stage.result(&words(&self.run_arguments(journal)))
    }

    fn run_arguments(&self, journal: &str) -> Vec<String> {
        let mut arguments = vec!["run".to_owned()];
        arguments.extend(self.ends(journal));
        let steered = ["--remote-config", APP_ID, "--api-key", API_KEY, "--remote-config-server"];
        arguments.extend(steered.map(str::to_owned));
        arguments.push(self.flags.url());
        arguments
    }

    fn verify(&self) -> Result<Value, Failure> {
        let mut arguments = vec!["verify".to_owned(), "--settle".to_owned(), "0".to_owned()];
        arguments.extend(self.ends("phone.journal"));
        self.stage.result(&words(&arguments))
    }

    /// What `run` and `verify` are told alike.
    fn ends(&self, journal: &str) -> Vec<String> {
        let folder = self.folder.path();
        let path = |path: PathBuf| shown(&path);
        let flag = |flag: &str, value: String| [flag.to_owned(), value];
        let mut all = vec![path(sample::plan_in(folder))];
        all.extend(flag("--store", path(sample::store_in(folder))));
        all.extend(flag("--project", PROJECT.to_owned()));
        all.extend(flag("--user", USER.to_owned()));
        all.extend(flag("--emulator", self.server.address().to_string()));
        all.extend(flag("--journal", path(folder.join(journal))));
        all.extend(flag("--uploads", path(folder.join("uploads"))));
        all
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}
