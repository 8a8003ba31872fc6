//! The connections to a server: one as long as there is room on it, more while there is none.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tonic::transport::Channel;

use crate::network::Server;

/// So many bytes a connection may be sent before the server has to have taken some of them, as Google's front end and most
/// servers of HTTP/2 have it. Where the way is long, what is sent beyond them waits for a whole round trip.
const ROOM: usize = 1 << 20;

/// A server sees one client, and no more connections of it than this.
const MOST: usize = 4;

/// The connections to a server. What a phone sends at once has room on one; the others are not made then.
pub(super) struct Connections {
    server: Server,
    all: [Connection; MOST],
}

#[derive(Default)]
struct Connection {
    /// Made at the first call, because a channel belongs to the runtime that it was made in.
    channel: OnceLock<Channel>,
    /// How many bytes were sent over it that are not answered.
    under_way: AtomicUsize,
}

/// A call's bytes, which are under way on a connection until this is dropped.
pub(super) struct Sending<'c> {
    connection: &'c Connection,
    bytes: usize,
}

impl Connections {
    pub(super) fn over(server: Server) -> Self {
        Self { server, all: Default::default() }
    }

    /// A channel over which so many bytes are sent now.
    pub(super) fn send(&self, bytes: usize) -> (Channel, Sending<'_>) {
        let under_way = |connection: &Connection| connection.under_way.load(Ordering::Relaxed);
        let has_room =
            |connection: &&Connection| matches!(under_way(connection), before if before == 0 || before + bytes <= ROOM);
        let fullest = self.all.iter().find(has_room);
        let least = || self.all.iter().min_by_key(|connection| under_way(connection));
        let connection = fullest.or_else(least).unwrap_or(&self.all[0]);
        connection.under_way.fetch_add(bytes, Ordering::Relaxed);
        let channel = connection.channel.get_or_init(|| self.server.channel()).clone();
        (channel, Sending { connection, bytes })
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.connection.under_way.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[tokio::test]
    async fn a_connection_is_made_when_there_is_no_room_on_those_before() {
        let network = Network::new(std::time::Duration::from_secs(1)).expect("a way out");
        let connections = Connections::over(network.server("http://127.0.0.1:1").expect("an address"));
        let made = || connections.all.iter().filter(|connection| connection.channel.get().is_some()).count();
        let small: Vec<_> = (0..16).map(|_| connections.send(ROOM / 16)).collect();
        assert_eq!(made(), 1);
        let large: Vec<_> = (0..2 * MOST).map(|_| connections.send(2 * ROOM)).collect();
        assert_eq!(made(), MOST);
        drop((small, large));
        let under_way = connections.all.iter().map(|connection| connection.under_way.load(Ordering::Relaxed));
        assert_eq!(under_way.sum::<usize>(), 0);
    }
}
