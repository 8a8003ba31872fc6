//! The demonstration is the README's first command: its numbers add up, or it fails.

use super::rig::{result, tool};

#[test]
fn the_demonstration_is_killed_and_stopped_on_its_way_and_ends_with_numbers_that_add_up() {
    let ending = result(&mut tool(&["demo", "--json", "--completions", "3000"]));
    for name in ["killed", "stopped_from_afar", "verified", "adds_up"] {
        assert_eq!(ending[name], true, "{name}: {ending}");
    }
    let number = |name: &str| ending[name].as_u64().unwrap();
    let accounted = number("written") + number("already_there") + number("left_out") + number("quarantined");
    assert_eq!(number("read"), accounted);
    assert!(number("quarantined") > 0 && number("written") > 3_000);
}
