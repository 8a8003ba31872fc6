//! What Ctrl-C and a request to end leave behind.

use rusqlite::Connection;

use super::*;

#[test]
fn an_interrupted_snapshot_is_taken_away() {
    let habits = Habits::new(&Options { completions: 10, ..Options::default() });
    // The tool waits for the app's lock, and cannot come to its end before it is interrupted.
    let app = Connection::open(&habits.store).unwrap();
    app.execute_batch("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").unwrap();
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let temporary = tempfile::tempdir().unwrap();
        let is_empty = || std::fs::read_dir(temporary.path()).unwrap().next().is_none();
        let mut inspecting = command(&["inspect", habits.store(), "--snapshot"]);
        let mut inspecting = inspecting.env("TMPDIR", temporary.path()).stdout(Stdio::null()).spawn().unwrap();
        while is_empty() && inspecting.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let sent = Command::new("kill").args([signal, &inspecting.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(inspecting.wait().unwrap().code(), Some(code));
        assert!(is_empty());
    }
}
