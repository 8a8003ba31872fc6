//! hidane, a Firestore server in Rust, on a thread of this process.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use hidane::Admin;
use tokio::sync::oneshot;

#[derive(Debug)]
pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A panic in there was printed, and the test that needed the server has failed.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A runtime of its own: a test's ends with the test's first thread, and would take the server along.
pub(crate) fn start(rules: Option<&str>) -> io::Result<(SocketAddr, Running)> {
    let admin = Admin::default();
    if let Some(rules) = rules {
        set_rules(&admin, rules)?;
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let (listening, listens) = mpsc::channel();
    let serve = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listeners = hidane::bind("127.0.0.1", 0).await?;
            let address = listeners.first().ok_or_else(|| io::Error::other("hidane listens nowhere"))?.local_addr()?;
            let (grpc, http) = (hidane::grpc_routes(&admin), hidane::http_routes(admin.clone()));
            // Whoever started it has gone: then it ends at once.
            let _ = listening.send(address);
            tokio::select! {
                ended = hidane::serve(listeners, grpc, http, std::future::pending()) => ended,
                // Whoever is still connected is cut off: nobody waits for the streams of a test that is over.
                _ = stopped => Ok(()),
            }
        })
    };
    let thread = std::thread::Builder::new().name("hidane".to_owned()).spawn(move || {
        if let Err(error) = serve() {
            eprintln!("hidane ended: {error}");
        }
    })?;
    let address = listens.recv().map_err(|_| io::Error::other("hidane cannot listen on 127.0.0.1"))?;
    Ok((address, Running { stop: Some(stop), thread: Some(thread) }))
}

/// They are read from a file alone.
fn set_rules(admin: &Admin, rules: &str) -> io::Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), rules)?;
    let (problems, compiled) = hidane::rules::load(file.path());
    let (content, ruleset) = compiled.ok_or_else(|| io::Error::other(problems.join("\n")))?;
    admin.rules().set_default(Path::new("firestore.rules"), content, ruleset);
    Ok(())
}
