//! Who gets what among many.

use super::*;

#[test]
fn the_picture_is_the_same_for_everybody() {
    let folder = Folder::new();
    let template = folder.write("T.json", &in_the_middle());
    let simulate = ["simulate", "--template", &template, "--users", "2000", "--signal", "tier=paid"];
    let picture = printed(&simulate);
    assert_golden("simulate.txt", &picture);
    assert!(!picture.contains('█'), "there is no terminal to draw in");
}

/// Firebase's own tests allow three standard deviations.
#[test]
fn of_a_hundred_thousand_users_as_many_are_in_as_a_percentage_says() {
    let folder = Folder::new();
    let template = folder.write("T.json", &in_the_middle());
    let simulated = printed_json(&["simulate", "--template", &template]);
    assert_eq!(simulated["users"], 100_000);
    let within = |users: u64, expected: u64, tolerance: u64| users.abs_diff(expected) <= tolerance;
    for ladder in simulated["ladders"].as_array().unwrap() {
        let steps = ladder["steps"].as_array().unwrap();
        let at = |percent: u64| {
            let step = steps.iter().find(|step| step["micro_percent"] == percent * 1_000_000).unwrap();
            step["users"].as_u64().unwrap()
        };
        assert_eq!((at(0), at(100)), (0, 100_000), "{ladder}");
        assert!(within(at(10), 10_000, 284) && within(at(50), 50_000, 474), "{ladder}");
        let users: Vec<u64> = steps.iter().map(|step| step["users"].as_u64().unwrap()).collect();
        assert!(users.is_sorted(), "raising a percentage drops nobody: {ladder}");
    }
    for flag in simulated["flags"].as_array().unwrap() {
        let users = flag["values"].as_array().unwrap().iter().map(|value| value["users"].as_u64().unwrap());
        assert_eq!(users.sum::<u64>(), 100_000, "{flag}");
    }
}

#[test]
fn a_simulation_agrees_with_what_is_explained_for_each_user() {
    let folder = Folder::new();
    let template = folder.write("T.json", &in_the_middle());
    let ids: Vec<String> = (0..20).map(|number| format!("somebody-{number}")).collect();
    std::fs::write(folder.path("ids"), ids.join("\n\n")).unwrap();
    let simulated =
        printed_json(&["simulate", "--template", &template, "--ids", &folder.path("ids"), "--flag", "theme"]);
    assert_eq!(simulated["users"], 20);
    let dark = ids.iter().filter(|id| {
        printed_json(&["explain", "--template", &template, "--flag", "theme", "--user", id])["value"] == "dark"
    });
    assert_eq!(simulated["flags"][0]["values"][0]["users"], dark.count());
}
