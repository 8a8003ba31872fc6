//! A run that somebody steers from afar, as an app's is.

use std::process::{Command, Output, Stdio};

use rehome_core::testkit::habits::Options;
use rehome_servers::remote_config::{ADMIN_TOKEN, API_KEY, APP_ID, PROJECT, RemoteConfigServer};
use serde_json::{Value as Json, json};

use super::killed::read_until;
use super::rig::{Rig, result, told, tool};

/// A store, a Firestore server, and a Remote Config service beside it.
struct Operated {
    rig: Rig,
    flags: RemoteConfigServer,
}

impl Operated {
    fn new(completions: u64) -> Self {
        let rig = Rig::of_project(&Options { completions, ..Options::default() }, PROJECT);
        std::fs::write(rig.path("token"), ADMIN_TOKEN).unwrap();
        Self { rig, flags: RemoteConfigServer::start().unwrap() }
    }

    fn run(&self) -> Command {
        let mut command = self.rig.command("run", "ann", "phone.journal");
        command.args(["--remote-config", APP_ID, "--api-key", API_KEY, "--remote-config-server", &self.flags.url()]);
        command
    }

    fn set(&self, flags: &[&str]) {
        let (url, token) = (self.flags.url(), self.rig.text("token"));
        let whose = ["--yes", "--json", "--project", PROJECT, "--server", &url, "--token-file", &token];
        let set = result(&mut tool(&[&["flags", "set"], flags, &whose[..]].concat()));
        assert_eq!(set["published"], true, "{set}");
    }
}

/// What a command says that has not come to its end.
fn ended(output: &Output) -> Json {
    assert_eq!(output.status.code(), Some(1), "{}", told(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_flag_that_is_published_in_mid_run_stops_it_and_another_lets_it_finish() {
    let operated = Operated::new(4000);
    operated.set(&["backfillEnabled=true", "backfillRolloutPercentage=100"]);
    // So slow that it takes longer than the word may travel.
    let mut slow = operated.run();
    slow.args(["--rate", "150"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = slow.spawn().unwrap();
    read_until(&mut run, 300);
    operated.set(&["backfillEnabled=false"]);
    let stopped = ended(&run.wait_with_output().unwrap());
    assert_eq!((&stopped["ended"], &stopped["adds_up"]), (&json!("stopped"), &json!(true)), "{stopped}");
    assert!(stopped["why"].as_str().unwrap().contains("backfillEnabled is false"), "{stopped}");
    assert!(stopped["read"].as_u64().unwrap() < 4000, "{stopped}");

    // The next process knows of the stop, also where nobody can be asked.
    let known = ended(&operated.run().output().unwrap());
    assert_eq!(known["ended"], "stopped");

    operated.set(&["backfillEnabled=true"]);
    let finished = result(&mut operated.run());
    assert_eq!((&finished["ended"], &finished["adds_up"]), (&json!("complete"), &json!(true)), "{finished}");
    let verified = operated.rig.verify("phone.journal");
    assert_eq!(verified["verified"], true, "{verified}");
    assert_eq!(finished["documents"]["created"], verified["same"], "each was written once");
}

#[test]
fn a_user_outside_of_the_percentage_is_told_so_and_nothing_is_carried() {
    let rig = Rig::new(&Options { completions: 50, ..Options::default() });
    let flags = rig.text("flags.json");
    let run = |text: &str| {
        std::fs::write(&flags, text).unwrap();
        rig.command("run", "ann", "phone.journal").args(["--flags", &flags]).output().unwrap()
    };
    let out = run(r#"{"backfillEnabled": true, "backfillRolloutPercentage": "0.000001"}"#);
    assert_eq!(ended(&out)["ended"], "outside");
    assert!(told(&out).contains("rehome flags explain"), "{}", told(&out));
    assert_eq!(ended(&run(r#"{"backfillEnabled": true}"#))["ended"], "stopped", "0 is nobody");
    let wrong = run("{backfillEnabled: true}");
    assert!(told(&wrong).contains("flags.json"), "{}", told(&wrong));
    let all = run(r#"{"backfillEnabled": true, "backfillRolloutPercentage": 100}"#);
    assert!(all.status.success(), "{}", told(&all));
}
