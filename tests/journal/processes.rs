//! An app and its extension are two processes with one journal.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rehome_core::error::ErrorKind;
use rehome_core::journal::{Journal, JournalOptions, SqliteJournal};

use super::{Place, at, begun, leased, scope, step};

const PATH: &str = "REHOME_TEST_JOURNAL";
const ROWS: i64 = 20;

/// What the other process does when a test starts this program again: it saves step after step, and says how many,
/// until its lease is lost.
#[tokio::test]
async fn the_other_process() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let journal = SqliteJournal::open(Path::new(&path), &JournalOptions::default()).unwrap().journal;
    let lease = begun(&journal).await;
    for number in 1.. {
        match journal.save(&lease, &step((number - 1) * ROWS..number * ROWS), at(number)).await {
            Ok(()) => println!("saved {number}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Fenced, "{error}");
                return println!("fenced");
            }
        }
    }
}

struct Other {
    process: Child,
    said: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Other {
    fn start(place: &Place) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::the_other_process", "--nocapture"])
            .env(PATH, &place.path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, said }
    }

    /// Waits until it says this, in a line with other things or alone.
    fn says(&mut self, what: &str) {
        assert!(self.said.by_ref().map(Result::unwrap).any(|line| line.contains(what)), "it never said {what}");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It has ended already where the test has come to its end.
        drop(self.process.kill());
        self.process.wait().unwrap();
    }
}

/// Every step is there whole: the ledger has as many rows as the run has counted.
async fn rows(journal: &SqliteJournal) -> u64 {
    let rows = journal.ledger(&scope(), 0, usize::MAX).await.unwrap().len() as u64;
    let counters = journal.run(&scope()).await.unwrap().unwrap().counters;
    assert_eq!((counters.carried, counters.add_up()), (rows, true));
    rows
}

#[tokio::test]
async fn a_process_whose_lease_another_one_takes_writes_nothing_more() {
    let place = Place::new();
    let mut other = Other::start(&place);
    other.says("saved 5");
    let journal = place.open();
    let lease = leased(&journal, "app").await;
    let before = rows(&journal).await;
    assert!(before >= 100);
    other.says("fenced");
    assert!(other.process.wait().unwrap().success());
    assert_eq!(rows(&journal).await, before);
    let next = i64::try_from(before).unwrap();
    journal.save(&lease, &step(next..next + 1), at(9)).await.unwrap();
    assert_eq!(rows(&journal).await, before + 1);
}

#[tokio::test]
async fn a_process_killed_at_any_moment_leaves_whole_steps_and_all_that_it_was_told_is_safe() {
    for told in [1, 3, 8] {
        let place = Place::new();
        let mut other = Other::start(&place);
        other.says(&format!("saved {told}"));
        other.process.kill().unwrap();
        other.process.wait().unwrap();
        let journal = place.open();
        let rows = rows(&journal).await;
        assert!(
            rows >= told * ROWS.cast_unsigned() && rows % ROWS.cast_unsigned() == 0,
            "{rows} rows after {told} steps"
        );
    }
}
