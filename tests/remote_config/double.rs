//! The double keeps to what Google documents of the service: as clients see it, and as administrators do.

use rehome_servers::remote_config::{
    ADMIN_TOKEN, API_KEY, APP_ID, Asked, PROJECT, PROJECT_NUMBER, RemoteConfigServer, Trouble,
};
use serde_json::{Value, json};

use crate::asking::{Answered, ask};

const FID: &str = "cAAAAAAAAAAAAAAAAAAAAA";

struct Double(RemoteConfigServer);

impl Double {
    fn start() -> Self {
        Self(RemoteConfigServer::start().unwrap())
    }

    async fn admin(&self, method: &str, rest: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answered {
        let right = format!("Bearer {ADMIN_TOKEN}");
        let headers = [headers, &[("authorization", right.as_str())]].concat();
        ask(self.0.address(), method, &format!("/v1/projects/{PROJECT}/{rest}"), &headers, body).await
    }

    async fn client(&self, rest: &str, headers: &[(&str, &str)], body: Value) -> Answered {
        let path = format!("/v1/projects/{PROJECT}/{rest}?key={API_KEY}");
        ask(self.0.address(), "POST", &path, headers, Some(body)).await
    }

    async fn installed(&self) -> String {
        let body = json!({ "fid": FID, "authVersion": "FIS_v2", "appId": APP_ID, "sdkVersion": "t:1" });
        let answer = self.client("installations", &[], body).await.json();
        answer["authToken"]["token"].as_str().unwrap().to_owned()
    }

    async fn fetch(&self, token: &str, etag: &str) -> Answered {
        let body = json!({ "app_instance_id": FID, "app_instance_id_token": token, "app_id": APP_ID });
        self.client("namespaces/firebase:fetch", &[("if-none-match", etag)], body).await
    }
}

#[tokio::test]
async fn what_an_administrator_publishes_is_what_clients_fetch_and_streams_are_told() {
    let double = Double::start();
    let token = double.installed().await;
    assert_eq!(double.fetch(&token, "*").await.json(), json!({ "state": "NO_TEMPLATE" }));
    let before = double.admin("GET", "remoteConfig", &[], None).await;
    assert_eq!(before.json(), json!({}));
    let template = json!({
        "conditions": [{ "name": "ios", "expression": "device.os == 'ios'" }],
        "parameters": {
            "dualWriteEnabled": { "defaultValue": { "value": "true" }, "valueType": "BOOLEAN" },
            "batchSize": {
                "defaultValue": { "value": "100" },
                "conditionalValues": { "ios": { "value": "50" } },
                "valueType": "NUMBER",
            },
            "left": { "defaultValue": { "useInAppDefault": true } },
        },
        "parameterGroups": { "pace": { "parameters": { "retries": { "defaultValue": { "value": "3" } } } } },
    });
    let matching = [("if-match", before.headers["etag"].as_str())];
    let published = double.admin("PUT", "remoteConfig", &matching, Some(template)).await;
    assert_eq!(published.status, 200, "{}", published.body);
    assert_eq!(published.json()["version"]["versionNumber"], "1");
    assert_eq!(published.headers["etag"], format!("etag-{PROJECT_NUMBER}-1"));
    let fetched = double.fetch(&token, "*").await;
    let entries = json!({ "dualWriteEnabled": "true", "batchSize": "100", "retries": "3" });
    assert_eq!(fetched.json(), json!({ "state": "UPDATE", "templateVersion": "1", "entries": entries }));
    let tag = fetched.headers["etag"].as_str();
    let again = double.fetch(&token, tag).await;
    assert_eq!(again.json(), json!({ "state": "NO_CHANGE", "templateVersion": "1" }));
    double.0.hold("ios", true);
    assert_eq!(double.fetch(&token, tag).await.json()["entries"]["batchSize"], "50");
    let empty = double.admin("PUT", "remoteConfig", &[("if-match", "*")], Some(json!({}))).await;
    assert_eq!(empty.json()["version"]["updateType"], "FORCED_UPDATE");
    assert_eq!(double.fetch(&token, tag).await.json(), json!({ "state": "EMPTY_CONFIG", "templateVersion": "2" }));
    assert_eq!(double.0.count(Asked::Fetch), 5);
}

#[tokio::test]
async fn an_administrator_who_is_late_is_refused_and_who_only_checks_changes_nothing() {
    let double = Double::start();
    let template = |value: &str| json!({ "parameters": { "flag": { "defaultValue": { "value": value } } } });
    double.0.publish(template("one"));
    let tag = double.admin("GET", "remoteConfig", &[], None).await.headers["etag"].clone();
    let matching = [("if-match", tag.as_str())];
    let checked = double.admin("PUT", "remoteConfig?validate_only=true", &matching, Some(template("two"))).await;
    assert_eq!((checked.status, double.0.version()), (200, 1));
    assert_eq!(checked.headers["etag"], format!("etag-{PROJECT_NUMBER}-0"));
    double.0.set("flag", "meanwhile");
    let late = double.admin("PUT", "remoteConfig", &matching, Some(template("two"))).await;
    assert_eq!((late.status, late.json()["error"]["status"].clone()), (409, json!("ABORTED")));
    assert_eq!(double.admin("PUT", "remoteConfig", &[], Some(template("two"))).await.status, 400);
    let wrong = json!({ "parameters": { "flag": { "conditionalValues": { "nobody": { "value": "" } } } } });
    let refused = double.admin("PUT", "remoteConfig", &[("if-match", "*")], Some(wrong)).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("nobody"), "{}", refused.body);
    let path = format!("/v1/projects/{PROJECT}/remoteConfig");
    assert_eq!(ask(double.0.address(), "GET", &path, &[], None).await.status, 401);
}

#[tokio::test]
async fn an_earlier_version_can_be_read_listed_and_published_again() {
    let double = Double::start();
    for value in ["one", "two", "three"] {
        double.0.set("flag", value);
    }
    let first = double.admin("GET", "remoteConfig?versionNumber=1", &[], None).await.json();
    assert_eq!(first["parameters"]["flag"]["defaultValue"]["value"], "one");
    let back = double.admin("POST", "remoteConfig:rollback", &[], Some(json!({ "versionNumber": "1" }))).await.json();
    assert_eq!(back["parameters"], first["parameters"]);
    assert_eq!((&back["version"]["rollbackSource"], &back["version"]["versionNumber"]), (&json!("1"), &json!("4")));
    let page = double.admin("GET", "remoteConfig:listVersions?pageSize=3", &[], None).await.json();
    let numbers: Vec<_> = page["versions"].as_array().unwrap().iter().map(|about| &about["versionNumber"]).collect();
    assert_eq!(numbers, ["4", "3", "2"]);
    assert_eq!(page["nextPageToken"], "3");
    let missing = double.admin("POST", "remoteConfig:rollback", &[], Some(json!({ "versionNumber": 9 }))).await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_servers_template_is_another_one() {
    let double = Double::start();
    let path = "namespaces/firebase-server/serverRemoteConfig";
    assert_eq!(double.admin("GET", path, &[], None).await.status, 404);
    let template = json!({ "parameters": { "server": { "defaultValue": { "value": "yes" } } } });
    double.0.set_server_template(template.clone());
    assert_eq!(double.admin("GET", path, &[], None).await.json(), template);
}

#[tokio::test]
async fn clients_are_turned_away_for_the_reasons_that_google_gives() {
    let double = Double::start();
    let fetch = format!("/v1/projects/{PROJECT}/namespaces/firebase:fetch");
    let asked = async |path: String| ask(double.0.address(), "POST", &path, &[], Some(json!({}))).await;
    let reason = |answer: &Answered| answer.json()["error"]["details"][0]["reason"].clone();
    assert_eq!(asked(fetch.clone()).await.status, 403);
    let wrong = asked(format!("{fetch}?key=another")).await;
    assert_eq!((wrong.status, reason(&wrong)), (400, json!("API_KEY_INVALID")));
    assert_eq!(double.fetch("a-strangers-token", "*").await.status, 401);
    double.0.restrict_key(&[("x-ios-bundle-identifier", "com.example.habits")]);
    let blocked = double.fetch("", "*").await;
    assert_eq!((blocked.status, reason(&blocked)), (403, json!("API_KEY_IOS_APP_BLOCKED")));
    double.0.enable(false);
    let off = double.fetch("", "*").await;
    assert_eq!((off.status, reason(&off)), (403, json!("SERVICE_DISABLED")));
    assert_eq!(asked("/v1/projects/another/namespaces/firebase:fetch".to_owned()).await.status, 404);
}

#[tokio::test]
async fn what_is_to_go_wrong_goes_wrong_once() {
    let double = Double::start();
    double.0.set("flag", "on");
    let token = double.installed().await;
    double.0.next(Asked::Fetch, Trouble::Refuse { status: 429, retry_after: Some(7) });
    double.0.next(Asked::Fetch, Trouble::Answer(b"<html>".to_vec()));
    let refused = double.fetch(&token, "*").await;
    assert_eq!((refused.status, refused.headers["retry-after"].as_str()), (429, "7"));
    assert_eq!(double.fetch(&token, "*").await.body, "<html>");
    assert_eq!(double.fetch(&token, "*").await.json()["entries"]["flag"], "on");
}

/// A page of another origin may only do so if it is asked for beforehand.
#[tokio::test]
async fn a_browser_may_send_what_the_web_client_sends_and_read_the_tag() {
    let double = Double::start();
    let wanted = "content-encoding,content-type,if-none-match";
    let path = format!("/v1/projects/{PROJECT}/namespaces/firebase:fetch");
    let headers = [("access-control-request-headers", wanted), ("access-control-request-method", "POST")];
    let allowed = ask(double.0.address(), "OPTIONS", &path, &headers, None).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.headers["access-control-allow-headers"], wanted);
    assert_eq!(allowed.headers["access-control-allow-origin"], "*");
    let token = double.installed().await;
    assert_eq!(double.fetch(&token, "*").await.headers["access-control-expose-headers"], "ETag");
    assert_eq!(double.0.count(Asked::Fetch), 1);
}
