//! Real servers for tests and the demonstration, and the faults that can stand before them. Each listens on a free port
//! of this machine alone, and ends with the value that stands for it. This package knows the servers; no phone links it.

mod emulator;
mod hidane;
mod project;
pub mod proxy;
pub mod remote_config;
mod shortened;

use std::io;
use std::net::SocketAddr;

pub use project::{Project, owner_token, user_token, user_token_text};

/// A Firestore server of our own.
#[derive(Debug)]
pub struct FirestoreServer {
    address: SocketAddr,
    /// Held until the server is to end.
    _running: Running,
}

#[derive(Debug)]
enum Running {
    Hidane(#[allow(dead_code, reason = "dropping it ends the server")] hidane::Running),
    Emulator(#[allow(dead_code, reason = "dropping it ends the server")] emulator::Running),
}

impl FirestoreServer {
    /// hidane, in this process: ready in milliseconds. With rules, the text of a `firestore.rules`, they hold for
    /// whoever is not the owner; without rules everything is allowed.
    ///
    /// # Errors
    /// It cannot listen, or the rules are wrong.
    pub fn hidane(rules: Option<&str>) -> io::Result<Self> {
        let (address, running) = hidane::start(rules)?;
        Ok(Self { address, _running: Running::Hidane(running) })
    }

    /// Google's emulator with rules as above, where this machine has it. It runs in Java and takes seconds to be ready.
    ///
    /// # Errors
    /// It is installed and does not start.
    pub fn emulator(rules: Option<&str>) -> io::Result<Option<Self>> {
        let Some(jar) = emulator::jar() else { return Ok(None) };
        let (address, running) = emulator::start(&jar, rules)?;
        Ok(Some(Self { address, _running: Running::Emulator(running) }))
    }

    /// Where it listens: host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A project that nobody has used yet, so that those who share a server do not meet.
    pub fn project(&self) -> Project {
        Project::fresh(self.address)
    }

    /// The project of a name.
    pub fn project_named(&self, id: &str) -> Project {
        Project::named(self.address, id)
    }
}
