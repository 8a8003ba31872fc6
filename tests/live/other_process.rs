//! A second process that writes to the same store: this test binary, started once more.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Names the store for the second process.
const STORE: &str = "REHOME_TEST_OTHER_PROCESS_STORE";
const REPLY: &str = "reply:";

/// A process that does what it is told, one line at a time, and never waits for a lock.
pub(crate) struct OtherProcess {
    child: Child,
    orders: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl OtherProcess {
    /// Starts it; `entry` is the name of the test that calls [`obey`].
    pub(crate) fn on(store: &Path, entry: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", entry, "--ignored", "--nocapture", "--test-threads=1"])
            .env(STORE, store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let replies = BufReader::new(child.stdout.take().unwrap());
        Self { child, orders, replies }
    }

    /// Gives an order without waiting for the answer.
    pub(crate) fn order(&mut self, sql: &str) {
        writeln!(self.orders, "{sql}").unwrap();
    }

    /// The answer to the oldest order that was not yet answered: `ok`, or `busy` where somebody holds the lock.
    pub(crate) fn reply(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(self.replies.read_line(&mut line).unwrap(), 0, "the other process ended early");
            if let Some(at) = line.find(REPLY) {
                return line[at + REPLY.len()..].trim().to_owned();
            }
        }
    }

    /// Gives an order and waits for its answer.
    pub(crate) fn run(&mut self, sql: &str) -> String {
        self.order(sql);
        self.reply()
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the second process does: runs each line as SQL, until there are no more.
pub(crate) fn obey() {
    let Some(store) = std::env::var_os(STORE) else { return println!("this is no second process") };
    let connection = rusqlite::Connection::open(store).unwrap();
    connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    for line in std::io::stdin().lock().lines() {
        let answer = match connection.execute_batch(&line.unwrap()) {
            Ok(()) => "ok".to_owned(),
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => "busy".to_owned(),
            Err(error) => format!("failed: {error}"),
        };
        println!("{REPLY}{answer}");
    }
}
