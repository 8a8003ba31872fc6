//! An operator's side: what is fetched, changed, published and taken back, at a double of Remote Config.

use rehome_servers::remote_config::{ADMIN_TOKEN, Asked, PROJECT, RemoteConfigServer, Trouble};

use super::*;

/// A Remote Config service, and an administrator's token in a file.
struct Desk {
    server: RemoteConfigServer,
    folder: Folder,
    url: String,
    token: String,
}

impl Desk {
    fn new() -> Self {
        let server = RemoteConfigServer::start().unwrap();
        server.publish(json!({
            "conditions": [{ "name": "beta", "expression": "app.userInGroup('beta')" }],
            "parameters": {
                "backfillEnabled": {
                    "defaultValue": { "value": "true" },
                    "valueType": "BOOLEAN",
                    "description": "the app's own words",
                    "unknownToUs": { "kept": [1, 2.5] },
                },
                "theme": { "defaultValue": { "rolloutValue": { "rolloutId": "r1", "value": "dark", "percent": 10 } } },
            },
            "parameterGroups": { "migration": { "parameters": {
                "dualWriteEnabled": {
                    "defaultValue": { "value": "false" },
                    "conditionalValues": { "beta": { "value": "true" } },
                    "valueType": "BOOLEAN",
                },
            } } },
        }));
        let folder = Folder::new();
        let (url, token) = (server.url(), folder.path("token"));
        std::fs::write(&token, format!("{ADMIN_TOKEN}\n")).unwrap();
        Self { server, folder, url, token }
    }

    fn with<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        [command, &["--project", PROJECT, "--server", &self.url, "--token-file", &self.token]].concat()
    }

    fn published(&self) -> Json {
        self.server.template().unwrap()
    }

    fn puts(&self) -> u64 {
        self.server.count(Asked::PutTemplate)
    }
}

#[test]
fn a_flag_is_set_after_a_yes_and_nothing_else_changes() {
    let desk = Desk::new();
    let mut expected = desk.published();
    let shown = printed(&desk.with(&["set", "backfillEnabled=No", "--yes"]));
    assert!(shown.contains("parameters.backfillEnabled.defaultValue.value: \"true\" -> \"false\""), "{shown}");
    assert!(shown.contains("Published as version 2."), "{shown}");
    expected["parameters"]["backfillEnabled"]["defaultValue"]["value"] = json!("false");
    let mut published = desk.published();
    assert_eq!(published["version"]["description"], "backfillEnabled=false");
    published["version"] = expected["version"].clone();
    assert_eq!(published, expected);
    let again = printed_json(&desk.with(&["set", "backfillEnabled=false", "--yes"]));
    assert_eq!((&again["published"], &again["version"]), (&json!(false), &json!("2")));
    assert_eq!(desk.server.version(), 2, "what is so already is not published again");
}

#[test]
fn nothing_is_published_without_a_yes() {
    let desk = Desk::new();
    assert_ends(&desk.with(&["set", "backfillEnabled=false"]), 2, &["--yes"]);
    assert_ends(&desk.with(&["set", "backfillEnabled=false", "--json"]), 2, &["--yes"]);
    let dry = printed_json(&desk.with(&["set", "backfillEnabled=false", "--dry-run"]));
    assert_eq!(dry["published"], false);
    assert_eq!(
        dry["changes"],
        json!([{
            "path": "parameters.backfillEnabled.defaultValue.value", "before": "true", "after": "false",
        }])
    );
    assert_eq!(desk.server.version(), 1);
    assert!(desk.puts() > 0, "the service was asked whether it would take it");
}

#[test]
fn values_that_no_phone_would_take_are_refused_before_anything_is_sent() {
    let desk = Desk::new();
    let wrong = [
        "set",
        "backfillRolloutPercentage=101",
        "backfillEnable=false",
        "logLevel=loud",
        "logLevel=off",
        "logLevel=off",
        "--yes",
    ];
    let says = [
        "backfillRolloutPercentage may be a number from 0 to 100",
        "is backfillEnabled meant?",
        "logLevel may be off, error, warning, info, debug, and not \"loud\"",
        "logLevel is set twice",
    ];
    assert_ends(&desk.with(&wrong), 2, &says);
    assert_eq!(desk.server.count(Asked::GetTemplate), 0);
    printed(&desk.with(&["set", "ownFlag=7", "--force", "--yes"]));
    assert_eq!(desk.published()["parameters"]["ownFlag"], json!({ "defaultValue": { "value": "7" } }));
}

#[test]
fn a_new_flag_comes_with_its_type_and_what_it_is_for() {
    let desk = Desk::new();
    printed(&desk.with(&["set", "backfillRolloutPercentage=0.50", "--yes", "--note", "the first of all"]));
    let flag = &desk.published()["parameters"]["backfillRolloutPercentage"];
    assert_eq!((&flag["defaultValue"]["value"], &flag["valueType"]), (&json!("0.5"), &json!("NUMBER")));
    assert!(flag["description"].as_str().unwrap().contains("drops nobody"));
    assert_eq!(desk.published()["version"]["description"], "the first of all");
}

#[test]
fn a_flag_in_a_group_is_set_there_and_its_values_by_condition_are_told_or_dropped() {
    let desk = Desk::new();
    let output = rehome(&desk.with(&["set", "dualWriteEnabled=true", "--yes"]));
    assert!(told(&output).contains("dualWriteEnabled keeps its values by condition (beta)"), "{}", told(&output));
    let flag = |desk: &Desk| desk.published()["parameterGroups"]["migration"]["parameters"]["dualWriteEnabled"].clone();
    assert_eq!(flag(&desk)["conditionalValues"]["beta"]["value"], "true");
    printed(&desk.with(&["set", "dualWriteEnabled=false", "--yes", "--for-everybody"]));
    assert_eq!(flag(&desk), json!({ "defaultValue": { "value": "false" }, "valueType": "BOOLEAN" }));
    assert!(desk.published()["parameters"].get("dualWriteEnabled").is_none());
}

#[test]
fn a_template_is_fetched_changed_and_published() {
    let desk = Desk::new();
    let file = desk.folder.path("T.json");
    printed(&desk.with(&["get", "--out", &file]));
    let mut template: Json = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(template["etag"], "etag-123456789012-1");
    assert_eq!(template, serde_json::from_str::<Json>(&printed(&desk.with(&["get"]))).unwrap());
    template["parameters"]["theme"]["description"] = json!("of the screen");
    desk.folder.write("T.json", &template);
    let published = printed_json(&desk.with(&["publish", &file, "--yes"]));
    assert_eq!((&published["published"], &published["version"]), (&json!(true), &json!("2")));
    assert_eq!(published["changes"][0]["path"], "parameters.theme.description");
    assert_eq!(desk.published()["parameters"]["theme"]["defaultValue"]["rolloutValue"]["rolloutId"], "r1");
}

#[test]
fn a_template_that_is_stale_is_not_published() {
    let desk = Desk::new();
    let file = desk.folder.path("T.json");
    printed(&desk.with(&["get", "--out", &file]));
    desk.server.set("theme", "light");
    assert_ends(&desk.with(&["publish", &file, "--yes"]), 1, &["version 1", "version 2", "somebody else", "nothing"]);
    assert_eq!((desk.server.version(), desk.puts()), (2, 0));
}

#[test]
fn somebody_who_publishes_at_the_same_moment_is_not_overwritten() {
    let desk = Desk::new();
    for status in [409, 412] {
        desk.server.next(Asked::PutTemplate, Trouble::status(status));
        assert_ends(&desk.with(&["set", "backfillEnabled=false", "--yes"]), 1, &["somebody else", "nothing of yours"]);
        assert_eq!(desk.server.version(), 1);
    }
}

#[test]
fn a_template_in_which_a_flag_is_wrong_is_not_published() {
    let desk = Desk::new();
    let template = json!({
        "conditions": [{ "name": "beta", "expression": "true" }],
        "parameters": { "backfillBatchSize": {
            "defaultValue": { "value": "0" },
            "conditionalValues": { "beta": { "value": "1000" } },
        } },
    });
    let file = desk.folder.write("T.json", &template);
    let says = [
        "parameter \"backfillBatchSize\": it may be a whole number from 1 to 500, and not \"0\"",
        "parameter \"backfillBatchSize\", condition \"beta\": it may be a whole number from 1 to 500, and not \"1000\"",
    ];
    assert_ends(&desk.with(&["publish", &file, "--yes"]), 1, &says);
    assert_eq!(desk.server.count(Asked::GetTemplate), 0);
    let refused = json!({ "parameters": { "no name": { "defaultValue": { "value": "" } } } });
    let file = desk.folder.write("T.json", &refused);
    assert_ends(&desk.with(&["publish", &file, "--yes"]), 1, &["does not take this", "no name"]);
    assert_eq!(desk.server.version(), 1);
}

#[test]
fn a_former_version_is_published_once_more() {
    let desk = Desk::new();
    let first = desk.published()["parameters"].clone();
    printed(&desk.with(&["set", "backfillEnabled=false", "--yes"]));
    assert_ends(&desk.with(&["rollback", "--to", "1"]), 2, &["--yes"]);
    let shown = printed(&desk.with(&["rollback", "--to", "1", "--yes"]));
    assert!(shown.contains("\"false\" -> \"true\"") && shown.contains("Published as version 3."), "{shown}");
    assert_eq!(desk.published()["parameters"], first);
    assert_ends(&desk.with(&["rollback", "--to", "9", "--yes"]), 1, &["rehome flags versions"]);
    let versions = printed(&desk.with(&["versions"]));
    assert_golden("versions.txt", &versions);
    assert_eq!(printed_json(&desk.with(&["versions", "--most", "2"])).as_array().unwrap().len(), 2);
}

#[test]
fn the_server_may_come_from_the_environment_as_for_firebases_own_libraries() {
    let desk = Desk::new();
    let mut command = command(&["get", "--project", PROJECT, "--token-file", &desk.token]);
    let output = command.env("FIREBASE_REMOTE_CONFIG_URL_BASE", &desk.url).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn each_refusal_says_what_to_do() {
    let desk = Desk::new();
    let get = desk.with(&["get"]);
    desk.server.enable(false);
    assert_ends(&get, 1, &["API is turned off", PROJECT]);
    desk.server.enable(true);
    for (status, says) in
        [(403, "Remote Config Admin"), (429, "in a minute"), (503, "trouble of its own"), (404, "versions")]
    {
        desk.server.next(Asked::GetTemplate, Trouble::status(status));
        assert_ends(&get, 1, &[says]);
    }
    desk.server.next(Asked::GetTemplate, Trouble::Answer(b"<html>".to_vec()));
    assert_ends(&get, 1, &["does not answer as Remote Config does"]);
    desk.server.next(Asked::PutTemplate, Trouble::Cut(10));
    assert_ends(&desk.with(&["set", "backfillEnabled=false", "--yes"]), 1, &["not known", "rehome flags get"]);
    std::fs::write(&desk.token, "another").unwrap();
    assert_ends(&get, 1, &["token is not taken"]);
    std::fs::write(&desk.token, "two words\n").unwrap();
    assert_ends(&get, 1, &["holds no token"]);
    let bare = ["get", "--project", PROJECT, "--server", &desk.url];
    assert_ends(&bare, 2, &["by what right", "--token-file", "--service-account", "GOOGLE_APPLICATION_CREDENTIALS"]);
    let with_no_key = [&bare[..], &["--service-account", &desk.token]].concat();
    assert_ends(&with_no_key, 1, &[&desk.token, "no key of a service account"]);
    let away = ["get", "--project", PROJECT, "--token-file", &desk.token, "--server", "http://example.com"];
    assert_ends(&away, 2, &["https"]);
    assert_ends(&desk.with(&["get", "--project", "a/b"]), 2, &["--project"]);
}
