//! A disk that is full under the journal.

use std::process::{Command, Output};

use rehome_core::testkit::habits::Options;
use serde_json::Value as Json;

use super::rig::{Rig, told};

/// Runs a command in a process whose files may not grow beyond so many blocks of 512 bytes, as on a disk with no more
/// space: what goes beyond fails.
fn with_little_space(command: &Command, blocks: u64) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    shell.arg(command.get_program()).args(command.get_args()).output().unwrap()
}

#[test]
fn a_run_whose_journal_has_no_space_says_so_and_goes_on_when_there_is_some() {
    let rig = Rig::new(&Options { completions: 1_500, ..Options::default() });
    let mut command = rig.command("run", "ann", "phone.journal");
    // From a journal that cannot even be made to one that is nearly large enough.
    for blocks in [0, 100, 400] {
        let output = with_little_space(&command, blocks);
        let told = told(&output);
        assert!(!told.contains("panicked"), "{told}");
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("phone.journal") && told.contains("space"), "{blocks}: {told}");
    }
    let outcome: Json = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert_eq!((&outcome["ended"], &outcome["adds_up"]), (&Json::from("complete"), &Json::from(true)));
    assert_eq!(outcome["documents"]["replaced"], 0, "nothing was written twice");
    let receipt = rig.verify("phone.journal");
    assert_eq!(receipt["verified"], true, "{receipt}");
    assert_eq!((&receipt["same"], &receipt["others"]), (&receipt["documents"], &Json::from(0)));
}
