//! The evaluator beside what Firebase publishes and what its library for Node answers. `tests/golden/remote_config` has
//! the tables: `node` and `go` are published cases, `edge` are more, each with Node's own answer.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::*;

fn table(name: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/golden/remote_config/{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn context(given: &Given) -> Context<'_> {
    Context { id: given.id.as_deref(), signals: &given.signals }
}

fn given(json: &Json) -> Given {
    Given::read(json.as_object().unwrap()).unwrap()
}

/// Whether a condition is met, or that the template is refused where Node's library throws.
fn is_met(condition: &Json, context: &Json) -> Json {
    let text = json!({ "conditions": [{ "name": "c", "condition": condition }] }).to_string();
    let Ok(template) = Template::read(&text) else { return json!("throws") };
    match &template.conditions[0].rule {
        Rule::Tree(condition) => json!(condition.is_met(self::context(&given(context)), &mut |_| {})),
        Rule::Expression => json!("an expression"),
    }
}

#[test]
fn every_published_condition_has_its_published_answer() {
    for case in table("conditions") {
        assert_eq!(is_met(&case["condition"], &case["context"]), case["met"], "{case}");
    }
}

#[test]
fn every_published_percentage_has_its_published_answer() {
    for case in table("percents") {
        let context = json!({ "randomizationId": case["id"] });
        assert_eq!(is_met(&json!({ "percent": case["percent"] }), &context), case["met"], "{case}");
    }
}

fn signal_is_met(case: &Json) -> Json {
    let rule = json!({
        "customSignalOperator": case["operator"],
        "customSignalKey": "s",
        "targetCustomSignalValues": case["targets"],
    });
    is_met(&json!({ "customSignal": rule }), &json!({ "s": case["actual"] }))
}

#[test]
fn every_published_signal_has_its_published_answer() {
    for case in table("signals") {
        assert_eq!(signal_is_met(&case), case["met"], "{case}");
    }
}

#[test]
fn texts_numbers_versions_and_patterns_are_javascripts() {
    let differs = table("signals_of_javascript").into_iter().filter(|case| signal_is_met(case) != case["met"]);
    let differs: Vec<String> = differs.map(|case| case.to_string()).collect();
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

#[test]
fn every_value_is_the_one_that_nodes_library_gives() {
    for case in table("values") {
        let given = given(&case["context"]);
        let defaults = defaults(case["defaults"].as_object().unwrap()).unwrap();
        let template = Template::read(&case["template"].to_string()).unwrap();
        for (name, expected) in case["values"].as_object().unwrap() {
            let value =
                template.value(name, &defaults, &mut |_, condition| condition.is_met(context(&given), &mut |_| {}));
            let value = value.unwrap();
            let found = json!({ "text": value.text, "source": value.source.word() });
            let expected = json!({ "text": expected["text"], "source": expected["source"] });
            assert_eq!(found, expected, "{}: {name}", case["says"]);
        }
    }
}
