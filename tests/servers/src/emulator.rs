//! Google's emulator, a process of its own.

use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PACKAGE: &str = "google-cloud-cli-firestore-emulator";
const MAIN: &str = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";
const READY: &str = "is now running";

#[derive(Debug)]
pub(crate) struct Running {
    process: Child,
    /// The emulator looks at the file again while it runs.
    _rules: Option<tempfile::NamedTempFile>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where Debian's package has put it.
pub(crate) fn jar() -> Option<PathBuf> {
    let listed = Command::new("dpkg").args(["-L", PACKAGE]).stderr(Stdio::null()).output().ok()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    listed.lines().find(|line| line.ends_with(".jar")).map(PathBuf::from)
}

pub(crate) fn start(jar: &Path, rules: Option<&str>) -> io::Result<(SocketAddr, Running)> {
    // It does not tell which port it took when it may choose; this one was free a moment ago.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let port = address.port().to_string();
    let mut command = Command::new("java");
    // Without a limit it takes gigabytes.
    command.args(["-Xmx512m", "-Duser.language=en", "-cp"]).arg(jar).arg(MAIN);
    command.args(["--host", "127.0.0.1", "--port", &port]);
    let rules = rules.map(write_rules).transpose()?;
    if let Some(file) = &rules {
        command.arg("--rules").arg(file.path());
    }
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let said = process.stdout.take();
    let running = Running { process, _rules: rules };
    let mut said = BufReader::new(said.ok_or_else(|| io::Error::other("the emulator cannot be listened to"))?).lines();
    while let Some(line) = said.next().transpose()? {
        if line.contains(READY) {
            // Read on, or it would wait for somebody to do so; the thread ends with the process.
            std::thread::spawn(move || said.for_each(drop));
            return Ok((address, running));
        }
    }
    Err(io::Error::other(format!("Google's emulator ended before it was ready on port {port}; is it taken?")))
}

fn write_rules(rules: &str) -> io::Result<tempfile::NamedTempFile> {
    let file = tempfile::Builder::new().suffix(".rules").tempfile()?;
    std::fs::write(file.path(), rules)?;
    Ok(file)
}
