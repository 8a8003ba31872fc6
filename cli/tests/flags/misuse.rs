//! How `rehome flags` answers when something is wrong.

use super::*;

#[test]
fn everything_that_is_wrong_with_a_template_is_told_at_once_with_its_place() {
    let folder = Folder::new();
    let template = json!({
        "conditions": [
            { "name": "a", "condition": { "percent": { "percentOperator": "LESS_OR_EQUAL", "microPercent": "10" } } },
            { "name": "a", "condition": { "true": {} } },
            { "condition": { "true": {} } },
            { "name": "b", "condition": { "orCondition": { "conditions": [{ "customSignal": {
                "customSignalOperator": "STRING_CONTAINS_REGEX",
                "customSignalKey": "tier",
                "targetCustomSignalValues": ["fine", "(", 5],
            } }] } } },
            { "name": "c" },
            "d",
        ],
        "parameters": {
            "x": { "defaultValue": { "value": true } },
            "y": { "defaultValue": "text", "conditionalValues": { "a": 1 } },
            "z": 5,
        },
    });
    let path = folder.write("T.json", &template);
    let says = [
        "condition \"a\".percent.microPercent: a number of millionths of a percent is expected, not a text",
        "conditions[1]: there is a condition \"a\" already",
        "conditions[2]: this condition needs a \"name\"",
        "condition \"b\".orCondition.conditions[0].customSignal.targetCustomSignalValues[1]: this is no regular expression",
        "condition \"b\".orCondition.conditions[0].customSignal.targetCustomSignalValues[2]: a text in quotes is expected",
        "condition \"c\": it says nothing",
        "conditions[5]: an object with \"name\" and \"condition\" is expected, not a text",
        "parameter \"x\".defaultValue.value: a text in quotes is expected, not true or false: \"true\"",
        "parameter \"y\".defaultValue: an object is expected",
        "parameter \"y\".conditionalValues.a: an object is expected",
        "parameter \"z\": an object with \"defaultValue\" is expected, not a number",
    ];
    for command in [&["explain", "--flag", "x", "--user", "ann"][..], &["simulate"], &["show"]] {
        assert_ends(&[command, &["--template", &path]].concat(), 1, &says);
    }
    for (text, says) in [("", "no JSON"), ("{", "line 1"), ("[]", "an object"), ("5", "a number")] {
        std::fs::write(&path, text).unwrap();
        assert_ends(&["show", "--template", &path], 1, &[&path, says]);
    }
    assert_ends(&["show", "--template", &folder.path("nowhere")], 1, &["nowhere", "nothing at that path"]);
}

#[test]
fn what_firebase_holds_for_not_met_is_told_and_no_mistake() {
    let folder = Folder::new();
    let deep = (0..5).fold(json!({ "true": {} }), |inner, _| json!({ "andCondition": { "conditions": [inner] } }));
    let template = json!({
        "conditions": [
            { "name": "deep", "condition": deep },
            { "name": "later", "condition": { "moonPhase": {} } },
            { "name": "half", "condition": { "percent": { "percentOperator": "ABOUT" } } },
        ],
        "parameters": { "x": {
            "defaultValue": { "value": "no" },
            "conditionalValues": {
                "deep": { "value": "yes" }, "later": { "value": "yes" }, "half": { "value": "yes" }, "gone": { "value": "yes" },
            },
        } },
    });
    let path = folder.write("T.json", &template);
    let arguments = ["explain", "--template", &path, "--flag", "x", "--user", "ann"];
    assert!(printed(&arguments).starts_with("x is \"no\" for ann"));
    assert_ends(
        &arguments,
        0,
        &["deeper than Firebase looks", "moonPhase", "\"ABOUT\" is not known", "conditionalValues.gone"],
    );
}

#[test]
fn what_google_alone_can_evaluate_is_said_to_be_so() {
    let folder = Folder::new();
    let template = json!({
        "conditions": [{ "name": "tenth", "expression": "percent <= 10" }],
        "parameters": {
            "x": { "defaultValue": { "value": "no" }, "conditionalValues": { "tenth": { "value": "yes" } } },
            "backfillRolloutPercentage": { "defaultValue": { "value": "10" } },
        },
    });
    let path = folder.write("T.json", &template);
    assert_ends(&["explain", "--template", &path, "--flag", "x", "--user", "ann"], 1, &["\"tenth\"", "Google"]);
    assert_ends(&["simulate", "--template", &path], 1, &["\"tenth\"", "Google"]);
    let explain = ["explain", "--template", &path, "--flag", "backfillRolloutPercentage", "--user", "ann"];
    assert_eq!(printed_json(&explain)["threshold"], 10_000_000);
}

#[test]
fn what_is_typed_wrongly_ends_with_2() {
    let folder = Folder::new();
    let template = folder.write("T.json", &in_the_middle());
    assert_ends(&["bucket", "--seed", "s"], 2, &["--id"]);
    assert_ends(&["bucket", "--seed", "s", "--id", ""], 2, &["empty id"]);
    assert_ends(&["explain", "--template", &template, "--flag", "x"], 2, &["--user"]);
    assert_ends(&["explain", "--template", &template, "--flag", "x", "--user", ""], 2, &["--user"]);
    assert_ends(
        &["explain", "--template", &template, "--flag", "x", "--user", "u", "--signal", "paid"],
        2,
        &["tier=paid"],
    );
    assert_ends(&["simulate", "--template", &template, "--users", "0"], 2, &["--users"]);
    assert_ends(&["simulate", "--template", &template, "--flag", "nothing"], 2, &["no flag nothing"]);
    let ids = folder.write("ids", &json!(""));
    std::fs::write(&ids, "\n \n").unwrap();
    assert_ends(&["simulate", "--template", &template, "--ids", &ids], 2, &["an id a line"]);
    let context = folder.write("context.json", &json!({ "tier": ["paid"] }));
    let explain = ["explain", "--template", &template, "--flag", "x", "--user", "u", "--context", &context];
    assert_ends(&explain, 1, &["context.json", "tier", "a text, a number, true or false is expected, not a list"]);
}
