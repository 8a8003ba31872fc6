//! What the show comes to: the numbers, and whether they add up.

use std::io::Write;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::act::{Stage, number};
use crate::failure::Failure;
use crate::terminal::{self, cell, laid_out, number as shown, table};

#[derive(Serialize)]
pub(super) struct Ending {
    read: u64,
    written: u64,
    already_there: u64,
    left_out: u64,
    quarantined: u64,
    documents: u64,
    killed: bool,
    stopped_from_afar: bool,
    verified: bool,
    second_device: SecondDevice,
    adds_up: bool,
    seconds: f64,
}

#[derive(Serialize)]
struct SecondDevice {
    written: u64,
    already_there: u64,
}

impl Ending {
    pub(super) fn of(
        rehearsed: &Value,
        outcome: &Value,
        receipt: &Value,
        second: &Value,
        took: Duration,
    ) -> Result<Self, Failure> {
        let (read, written) = (number(outcome, "/read")?, number(outcome, "/written")?);
        let (already_there, left_out) = (number(outcome, "/already_there")?, number(outcome, "/left_out")?);
        let quarantined = number(outcome, "/quarantined")?;
        let documents = number(receipt, "/same")?;
        let second_device =
            SecondDevice { written: number(second, "/written")?, already_there: number(second, "/already_there")? };
        let as_rehearsed = read == number(rehearsed, "/read")?
            && quarantined == number(rehearsed, "/quarantined/total")?
            && documents == number(rehearsed, "/documents")?;
        let accounted = read == written + already_there + left_out + quarantined;
        let nothing_twice = second_device.written == 0 && second_device.already_there == written + already_there;
        Ok(Self {
            read,
            written,
            already_there,
            left_out,
            quarantined,
            documents,
            killed: true,
            stopped_from_afar: true,
            verified: receipt["verified"] == true,
            adds_up: as_rehearsed && accounted && nothing_twice,
            second_device,
            seconds: took.as_secs_f64(),
        })
    }

    /// Prints the numbers; a failure where they do not add up.
    pub(super) fn tell(&self, stage: &Stage, json: bool) -> Result<(), Failure> {
        if json {
            terminal::print_json(self)?;
        } else {
            stage.title("The numbers");
            self.print()?;
        }
        if self.verified && self.adds_up {
            return Ok(());
        }
        Err(Failure::Work("the numbers do not add up: that is a mistake of ours, please report it".to_owned()))
    }

    fn print(&self) -> Result<(), Failure> {
        let mut out = terminal::out();
        let mut rows = table(&["", "records"]);
        let all = [
            ("read from the app's store", self.read),
            ("written to Firestore, once each, across crash and stop", self.written),
            ("found there already", self.already_there),
            ("left out by the plan", self.left_out),
            ("damaged, set aside with a reason", self.quarantined),
            ("verified in Firestore, document by document", self.documents),
            ("written again by the second device", self.second_device.written),
        ];
        for (what, count) in all {
            rows.add_row(vec![cell(what), shown(count)]);
        }
        writeln!(out, "{}", laid_out(rows))?;
        writeln!(out, "\nDone in {:.1} s. With a store of your own:", self.seconds)?;
        writeln!(out, "    rehome inspect STORE                                  what is in it")?;
        writeln!(out, "    rehome draft STORE > plan.toml                        a plan to begin with")?;
        writeln!(out, "    rehome rehearse plan.toml --store STORE --user UID    what would become of it")?;
        writeln!(out, "    rehome run plan.toml --store STORE --user UID --project ID --emulator HOST:PORT")?;
        Ok(out.flush()?)
    }
}
