//! Firebase's own client for the web and ours ask the same double, and are told the same.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use rehome_core::remote_config::{Fetched, Problem, RemoteConfig, Told};
use rehome_servers::remote_config::{API_KEY, APP_ID, Asked, PROJECT, Trouble};
use serde_json::{Value, json};

use crate::phone::{Phone, hours};

/// Firebase's client, in Node. It ends with this value.
struct Web {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Web {
    fn beside(phone: &Phone) -> Self {
        let modules = std::env::var_os("REHOME_NODE_MODULES").filter(|path| !path.is_empty());
        let modules =
            modules.expect("REHOME_NODE_MODULES names no folder with Firebase's client; cargo xtask test sets it up");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/web/remote_config.cjs");
        let mut node = Command::new("node");
        node.arg(script).args([&phone.server.url(), PROJECT, API_KEY, APP_ID]).env("REHOME_NODE_MODULES", modules);
        let process = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = process.expect("node cannot be run; install Node 20 or later");
        let (commands, answers) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        Self { process, commands, answers }
    }

    /// What a command was answered: its result, or the code of its error.
    fn tell(&mut self, command: &Value) -> Result<Value, String> {
        writeln!(self.commands, "{command}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let mut answer: Value = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line:?}"));
        match answer.get("error").and_then(Value::as_str) {
            Some(code) => Err(code.to_owned()),
            None => Ok(answer["ok"].take()),
        }
    }

    fn fetch(&mut self) -> Result<Value, String> {
        self.tell(&json!({ "do": "fetch", "interval": 0 }))
    }

    fn activate(&mut self) -> bool {
        self.tell(&json!({ "do": "activate" })).unwrap() == json!(true)
    }

    fn values(&mut self) -> Value {
        self.tell(&json!({ "do": "values" })).unwrap()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn fetch(config: &RemoteConfig) -> Result<Fetched, Problem> {
    config.fetch_older_than(Duration::ZERO).await
}

fn values(config: &RemoteConfig) -> Value {
    json!(config.values().entries)
}

/// Both fetch, and the double is shown the same tag by both.
async fn both_fetch(phone: &Phone, web: &mut Web, config: &RemoteConfig) {
    assert_eq!(web.fetch(), Ok(json!("success")));
    assert_eq!(fetch(config).await, Ok(Fetched::Answered));
    let shown = phone.server.seen(Asked::Fetch).into_iter().rev().take(2);
    let tags: Vec<_> = shown.map(|seen| seen.header("if-none-match").unwrap().to_owned()).collect();
    assert_eq!(tags[0], tags[1]);
}

#[tokio::test]
async fn both_have_the_same_values_in_force_after_every_step() {
    let phone = Phone::new();
    let (mut web, config) = (Web::beside(&phone), phone.launch().await);
    both_fetch(&phone, &mut web, &config).await;
    assert_eq!(web.values(), values(&config));
    let template = json!({
        "conditions": [{ "name": "beta", "expression": "app.userProperty['beta'] == 'yes'" }],
        "parameters": {
            "dualWriteEnabled": { "defaultValue": { "value": "true" }, "valueType": "BOOLEAN" },
            "backfillRolloutPercentage": {
                "defaultValue": { "value": "10" },
                "conditionalValues": { "beta": { "value": "100" } },
                "valueType": "NUMBER",
            },
            "notes": { "defaultValue": { "value": "{\"t\":\"é \\\"日本\\\" 😀\\n\"}" }, "valueType": "JSON" },
            "empty": { "defaultValue": { "value": "" } },
            "left": { "defaultValue": { "useInAppDefault": true } },
        },
    });
    type Step<'a> = &'a dyn Fn();
    let steps: [Step<'_>; 5] = [
        &|| _ = phone.server.publish(template.clone()),
        &|| phone.server.hold("beta", true),
        &|| _ = phone.server.set("empty", "no longer"),
        &|| phone.server.hold("beta", false),
        &|| _ = phone.server.publish(json!({})),
    ];
    for step in steps {
        step();
        let before = values(&config);
        both_fetch(&phone, &mut web, &config).await;
        assert_eq!((web.values(), values(&config)), (before.clone(), before));
        assert_eq!((web.activate(), config.activate().await), (true, Ok(true)));
        assert_eq!(web.values(), values(&config));
        // And nothing new the second time, which the tag says.
        both_fetch(&phone, &mut web, &config).await;
        assert_eq!((web.activate(), config.activate().await), (false, Ok(false)));
    }
    assert_eq!(phone.server.count(Asked::CreateInstallation), 2);
}

#[tokio::test]
async fn both_leave_a_service_in_trouble_alone_and_ask_again_after_other_refusals() {
    for status in [429, 500, 503, 504] {
        let phone = Phone::new();
        phone.server.set("flag", "on");
        let (mut web, config) = (Web::beside(&phone), phone.launch().await);
        for _ in 0..2 {
            phone.server.next(Asked::Fetch, Trouble::status(status));
        }
        assert_eq!(web.fetch(), Err("remoteconfig/fetch-throttle".to_owned()), "{status}");
        assert!(matches!(fetch(&config).await, Err(Problem::Throttled { .. })), "{status}");
        assert_eq!(phone.server.count(Asked::Fetch), 2);
        // Whoever asks now is not heard, and nobody is asked.
        assert_eq!(web.fetch(), Err("remoteconfig/fetch-throttle".to_owned()), "{status}");
        assert!(matches!(fetch(&config).await, Err(Problem::Throttled { .. })), "{status}");
        assert_eq!(phone.server.count(Asked::Fetch), 2);
        // Their waits differ, and both end.
        phone.clock.pass(hours(1));
        assert_eq!(fetch(&config).await, Ok(Fetched::Answered));
    }
    let phone = Phone::new();
    phone.server.set("flag", "on");
    let (mut web, config) = (Web::beside(&phone), phone.launch().await);
    for status in [400, 403, 418] {
        for _ in 0..2 {
            phone.server.next(Asked::Fetch, Trouble::status(status));
        }
        assert_eq!(web.fetch(), Err("remoteconfig/fetch-status".to_owned()), "{status}");
        assert_eq!(fetch(&config).await, Err(Problem::Refused { status }));
    }
    both_fetch(&phone, &mut web, &config).await;
}

#[tokio::test]
async fn both_are_told_of_a_new_template_and_name_the_same_values() {
    let phone = Phone::new().with_chance(0.0);
    phone.server.split_streams(1);
    let value = |text: &str| json!({ "defaultValue": { "value": text } });
    phone.server.publish(json!({ "parameters": { "same": value("1"), "changed": value("1"), "gone": value("1") } }));
    let (mut web, config) = (Web::beside(&phone), phone.launch().await);
    both_fetch(&phone, &mut web, &config).await;
    assert_eq!((web.activate(), config.activate().await), (true, Ok(true)));
    web.tell(&json!({ "do": "listen" })).unwrap();
    let mut listening = config.listen();
    let ((), told) = tokio::join!(
        async {
            phone.server.until(|tally| tally.streams == 2).await;
            let template = json!({ "parameters": { "same": value("1"), "changed": value("2"), "new": value("1") } });
            phone.server.publish(template);
        },
        listening.next()
    );
    let Told::News { keys, .. } = told else { panic!("{told:?}") };
    assert_eq!(web.tell(&json!({ "do": "told" })), Ok(json!({ "keys": keys })));
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["changed", "gone", "new"]);
}
