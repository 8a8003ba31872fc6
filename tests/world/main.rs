//! What tests and demonstrations in Swift and Kotlin live in: a Firestore server with our rules, a double of Remote Config,
//! and stores to move. `rehome-world FOLDER` makes stores in that folder, says on its first line where it listens, and
//! ends when its standard input is closed, as it is when whoever started it is gone.
//!
//! | `GET` | what it does |
//! |---|---|
//! | `/` | says where everything is |
//! | `/store?file=NAME&completions=N&damaged=SHARE&seed=N` | makes a habit app's SwiftData store |
//! | `/habit?file=NAME&title=TEXT&at=MOMENT` | adds a habit to such a store, as the app does |
//! | `/complete?file=NAME&habit=ID&at=MOMENT` | notes in it that a habit was done |
//! | `/token?user=UID` | a user's ID token |
//! | `/flag?name=NAME&value=TEXT` | publishes a flag in Remote Config |
//! | `/stop?stop=true` | writes the stop document, as an administrator does |
//! | `/count?collection=PATH` | how many documents lie in a collection |

mod app;
mod question;
mod world;

use std::io::{self, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use question::Question;
use world::World;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("Usage: rehome-world FOLDER");
        return ExitCode::from(2);
    };
    match run(folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rehome-world: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: PathBuf) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let world = Arc::new(World::new(folder)?);
    println!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let world = world.clone();
            // Whoever goes before the answer does not want it.
            thread::spawn(move || Question::read(stream).and_then(|question| question.answer(&world)));
        }
    });
    // The servers end with the process.
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}
