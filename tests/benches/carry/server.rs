//! The server, in a process of its own, so that its work is nobody's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rehome_servers::FirestoreServer;
use rehome_servers::proxy::Line;

use crate::measure::Result;

/// A server that nobody has written to.
pub(crate) struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// One to which the way there and back takes so many milliseconds longer.
    pub(crate) fn start(round_trip: u64) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", &round_trip.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = Self { process: command.spawn()?, address: String::new() };
        let said = server.process.stdout.take().ok_or("the server cannot be listened to")?;
        BufReader::new(said).read_line(&mut server.address)?;
        server.address.truncate(server.address.trim_end().len());
        if server.address.is_empty() { Err("the server did not start".into()) } else { Ok(server) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Is that server, until whoever started it is gone.
pub(crate) fn serve(round_trip: u64) -> Result<()> {
    let server = FirestoreServer::hidane(None)?;
    if round_trip == 0 {
        return tell_and_wait(server.address());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let line = Line::with_round_trip(server.address(), Duration::from_millis(round_trip)).await?;
        let address = line.address();
        tokio::task::spawn_blocking(move || tell_and_wait(address)).await?
    })
}

fn tell_and_wait(address: SocketAddr) -> Result<()> {
    println!("{address}");
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
