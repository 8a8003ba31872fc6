//! A line between two ends: connections and bytes, and nothing of what they mean.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

const CHUNK: usize = 64 * 1024;
/// How many chunks are on their way in one direction at most: more than anybody sends in a round trip.
const UNDERWAY: usize = 1024;

/// A line to a server, which passes bytes on until it is told otherwise.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Nobody listens on it: it keeps the port while the line refuses connections.
    _port: TcpSocket,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    one_way: Duration,
    wanted: watch::Sender<Wanted>,
    seen: watch::Sender<Seen>,
    /// How many bytes of answers still pass before a connection is cut.
    left: Mutex<Option<u64>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    refusing: bool,
    silent: bool,
    /// How often all connections were cut.
    cuts: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    listening: bool,
    connections: u64,
}

impl Line {
    /// A line that is as fast as this machine.
    ///
    /// # Errors
    /// It cannot listen.
    pub async fn to(server: SocketAddr) -> io::Result<Self> {
        Self::with_round_trip(server, Duration::ZERO).await
    }

    /// A line on which a question and its answer together take this much longer, however many are underway.
    ///
    /// # Errors
    /// It cannot listen.
    pub async fn with_round_trip(server: SocketAddr, round_trip: Duration) -> io::Result<Self> {
        let port = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = port.local_addr()?;
        let shared = Arc::new(Shared {
            server,
            one_way: round_trip / 2,
            wanted: watch::Sender::default(),
            seen: watch::Sender::default(),
            left: Mutex::new(None),
        });
        let mut tasks = JoinSet::new();
        let listening = shared.clone();
        tasks.spawn(async move {
            if let Err(error) = listening.serve(address).await {
                eprintln!("the line at {address} ended: {error}");
            }
        });
        let line = Self { address, shared, _port: port, _tasks: tasks };
        line.seen(|seen| seen.listening).await;
        Ok(line)
    }

    /// Where it is entered.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has taken.
    pub fn connections(&self) -> u64 {
        self.shared.seen.borrow().connections
    }

    /// Waits until it has taken so many connections.
    pub async fn has_taken(&self, connections: u64) {
        self.seen(|seen| seen.connections >= connections).await;
    }

    /// Takes no more connections, as if nobody were there. Those that are open stay so.
    pub async fn refuse(&self) {
        self.shared.wanted.send_modify(|wanted| wanted.refusing = true);
        self.seen(|seen| !seen.listening).await;
    }

    /// Is half open: takes connections and passes nothing on, in either direction, not even an end.
    pub fn fall_silent(&self) {
        self.shared.wanted.send_modify(|wanted| wanted.silent = true);
    }

    /// Works again, after a refusal or a silence. What was said into the silence arrives now.
    pub async fn recover(&self) {
        self.shared.wanted.send_modify(|wanted| (wanted.refusing, wanted.silent) = (false, false));
        self.seen(|seen| seen.listening).await;
    }

    /// Breaks the connections that are open.
    pub fn cut(&self) {
        self.shared.wanted.send_modify(|wanted| wanted.cuts += 1);
    }

    /// Lets so many bytes of answers pass from now on, then breaks the connection that the next one was for: once.
    pub fn cut_after(&self, bytes: u64) {
        *self.shared.left() = Some(bytes);
    }

    async fn seen(&self, holds: impl FnMut(&Seen) -> bool) {
        // The sender lives as long as the line.
        let _ = self.shared.seen.subscribe().wait_for(holds).await;
    }
}

/// Two sockets with this option may have the same port, of which only one listens.
fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

impl Shared {
    fn left(&self) -> std::sync::MutexGuard<'_, Option<u64>> {
        // A number is never half written.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wanted(&self, holds: impl FnMut(&Wanted) -> bool) {
        // Whoever waits holds the sender too.
        let _ = self.wanted.subscribe().wait_for(holds).await;
    }

    async fn serve(self: Arc<Self>, address: SocketAddr) -> io::Result<()> {
        let mut connections = JoinSet::new();
        loop {
            self.wanted(|wanted| !wanted.refusing).await;
            let listener = bind(address)?.listen(1024)?;
            self.seen.send_modify(|seen| seen.listening = true);
            tokio::select! {
                failed = self.take(&listener, &mut connections) => return failed,
                () = self.wanted(|wanted| wanted.refusing) => {}
            }
            drop(listener);
            self.seen.send_modify(|seen| seen.listening = false);
        }
    }

    async fn take(self: &Arc<Self>, listener: &TcpListener, connections: &mut JoinSet<()>) -> io::Result<()> {
        loop {
            let (client, _) = listener.accept().await?;
            self.seen.send_modify(|seen| seen.connections += 1);
            let (line, cuts) = (self.clone(), self.wanted.borrow().cuts);
            connections.spawn(async move {
                tokio::select! {
                    // Whoever is at either end has gone, or breaks off: that is what the other one sees then.
                    _ = line.connect(client) => {}
                    () = line.wanted(|wanted| wanted.cuts > cuts) => {}
                }
            });
            while connections.try_join_next().is_some() {}
        }
    }

    async fn connect(&self, client: TcpStream) -> io::Result<()> {
        self.wanted(|wanted| !wanted.silent).await;
        let server = TcpStream::connect(self.server).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        let (ask, asked) = mpsc::channel(UNDERWAY);
        let (answer, answered) = mpsc::channel(UNDERWAY);
        tokio::try_join!(
            self.read(from_client, ask),
            self.write(asked, to_server, false),
            self.read(from_server, answer),
            self.write(answered, to_client, true),
        )?;
        Ok(())
    }

    async fn read(&self, mut from: impl AsyncRead + Unpin, to: mpsc::Sender<(Instant, Bytes)>) -> io::Result<()> {
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(CHUNK);
            if from.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            let due = Instant::now() + self.one_way;
            to.send((due, buffer.split().freeze())).await.map_err(io::Error::other)?;
        }
    }

    async fn write(
        &self,
        mut from: mpsc::Receiver<(Instant, Bytes)>,
        mut to: impl AsyncWrite + Unpin,
        answers: bool,
    ) -> io::Result<()> {
        while let Some((due, chunk)) = from.recv().await {
            sleep_until(due).await;
            self.wanted(|wanted| !wanted.silent).await;
            let passing = if answers { self.passing(chunk.len()) } else { chunk.len() };
            to.write_all(&chunk[..passing]).await?;
            if passing < chunk.len() {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        self.wanted(|wanted| !wanted.silent).await;
        to.shutdown().await
    }

    /// How many of so many bytes of an answer pass.
    fn passing(&self, bytes: usize) -> usize {
        let mut left = self.left();
        let Some(count) = *left else { return bytes };
        let passing = usize::try_from(count).unwrap_or(bytes).min(bytes);
        *left = (passing == bytes).then(|| count - passing as u64);
        passing
    }
}
