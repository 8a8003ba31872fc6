//! What a flag is for somebody.

use super::*;

fn table(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_published_value_is_the_one_that_is_explained() {
    let folder = Folder::new();
    for case in table("remote_config/values.json").as_array().unwrap() {
        let [template, context, defaults] =
            ["template", "context", "defaults"].map(|name| folder.write(name, &case[name]));
        let user = case["context"]["randomizationId"].as_str().unwrap_or("somebody");
        for (flag, value) in case["values"].as_object().unwrap() {
            let explained = printed_json(&[
                "explain",
                "--template",
                &template,
                "--context",
                &context,
                "--defaults",
                &defaults,
                "--flag",
                flag,
                "--user",
                user,
            ]);
            assert_eq!([&explained["value"], &explained["source"]], [&value["text"], &value["source"]], "{case}");
        }
    }
}

#[test]
fn buckets_are_those_that_firebase_publishes() {
    for case in table("rollout/buckets.json")["buckets"].as_array().unwrap() {
        let [seed, id] = ["seed", "id"].map(|name| case[name].as_str().unwrap());
        if [seed, id].iter().any(|text| text.contains('\0')) {
            continue; // No system hands that to a process.
        }
        let place = printed_json(&["bucket", "--seed", seed, "--id", id]);
        assert_eq!(place, json!({ "seed": seed, "id": id, "micro_percent": case["micro_percent"] }));
        assert_eq!(printed(&["bucket", "--seed", seed, "--id", id]).trim(), case["micro_percent"].to_string());
    }
}

#[test]
fn an_explanation_says_who_decided_and_by_which_number() {
    let folder = Folder::new();
    let template = folder.write("T.json", &in_the_middle());
    let explain = |flag: &str, user: &str, more: &[&str]| {
        printed(&[&["explain", "--template", &template, "--flag", flag, "--user", user], more].concat())
    };
    let all = [
        explain("backfillRolloutPercentage", "1234", &["--signal", "tier=paid"]),
        explain("backfillRolloutPercentage", "1234", &[]),
        explain("backfillRolloutPercentage", "user-2", &[]),
        explain("theme", "user-2", &[]),
        explain("backfillEnabled", "ann", &[]),
        explain("dualWriteEnabled", "ann", &[]),
        explain("unknown", "ann", &[]),
        explain("backfillRolloutPercentage", "1234", &["--signal", "tier=paid", "--json"]),
    ];
    assert_golden("explain.txt", &all.join("\n"));
}

#[test]
fn a_value_that_no_phone_takes_is_remarked_on() {
    let folder = Folder::new();
    let template = json!({ "parameters": { "backfillBatchSize": { "defaultValue": { "value": "501" } } } });
    let template = folder.write("T.json", &template);
    let explained = printed_json(&["explain", "--template", &template, "--flag", "backfillBatchSize", "--user", "ann"]);
    assert_eq!(explained["remarks"][0]["allowed"], "a whole number from 1 to 500");
    let shown = printed_json(&["show", "--template", &template]);
    let shown = shown.as_array().unwrap().iter().find(|one| one["flag"] == "backfillBatchSize").unwrap();
    assert_eq!(shown["template"]["is_allowed"], false);
}

#[test]
fn the_flags_are_listed_with_all_that_an_operator_has_to_know() {
    let folder = Folder::new();
    let template = folder.write("T.json", &in_the_middle());
    assert_golden("show.txt", &printed(&["show", "--template", &template]));
    let shown = printed_json(&["show"]);
    for flag in shown.as_array().unwrap() {
        assert!(["flag", "allowed", "default", "effect", "about"].iter().all(|name| flag[name].is_string()), "{flag}");
    }
}
