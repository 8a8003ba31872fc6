//! Streams that clients hold open to be told when to fetch.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use serde_json::Value;
use tokio::sync::mpsc;

use super::reply::BoxError;

/// What is sent into a stream: a piece, or why it breaks.
type Piece = Result<Bytes, BoxError>;

/// The open streams.
#[derive(Debug)]
pub(super) struct Streams {
    open: Vec<Open>,
    pub(super) piece: usize,
    pub(super) quiet: bool,
}

#[derive(Debug)]
struct Open {
    pieces: mpsc::UnboundedSender<Piece>,
    /// Messages stand in one array that never ends, as Google writes them: what comes before the next one.
    before: &'static str,
}

impl Default for Streams {
    fn default() -> Self {
        Self { open: Vec::new(), piece: usize::MAX, quiet: false }
    }
}

/// The body of a stream, which comes as it is told.
pub(super) struct Stream(mpsc::UnboundedReceiver<Piece>);

impl Streams {
    pub(super) fn open(&mut self) -> Stream {
        let (pieces, told) = mpsc::unbounded_channel();
        self.open.push(Open { pieces, before: "[" });
        Stream(told)
    }

    /// Tells the stream that was opened last.
    pub(super) fn tell_newest(&mut self, message: &Value) {
        let piece = self.piece;
        if let Some(open) = self.open.last_mut() {
            open.tell(message, piece);
        }
    }

    /// Tells all.
    pub(super) fn tell(&mut self, message: &Value) {
        let piece = self.piece;
        self.open.iter_mut().for_each(|open| open.tell(message, piece));
    }

    pub(super) fn say(&mut self, pieces: &[&[u8]]) {
        for piece in pieces {
            self.send(|| Ok(Bytes::copy_from_slice(piece)));
        }
    }

    pub(super) fn close(&mut self, broken: bool) {
        if broken {
            self.send(|| Err(BoxError::from("the stream breaks")));
        }
        self.open.clear();
    }

    fn send(&self, piece: impl Fn() -> Piece) {
        for open in &self.open {
            // Whoever has gone hears nothing.
            let _ = open.pieces.send(piece());
        }
    }

    pub(super) fn count(&mut self) -> u64 {
        self.open.retain(|open| !open.pieces.is_closed());
        u64::try_from(self.open.len()).unwrap_or(u64::MAX)
    }
}

impl Open {
    fn tell(&mut self, message: &Value, piece: usize) {
        let text = format!("{}{message:#}\n", self.before);
        self.before = ",\r\n";
        for piece in text.as_bytes().chunks(piece) {
            let _ = self.pieces.send(Ok(Bytes::copy_from_slice(piece)));
        }
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
