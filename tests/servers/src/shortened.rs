//! An answer of which only the beginning comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};

/// What follows on the beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    End,
    Break,
    Silence,
}

/// The first bytes of a body.
pub(crate) struct Shortened<B> {
    body: B,
    left: usize,
    then: Then,
}

impl<B> Shortened<B> {
    pub(crate) fn new(body: B, bytes: usize, then: Then) -> Self {
        Self { body, left: bytes, then }
    }

    fn end<E: From<io::Error>>(&self) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        match self.then {
            Then::End => Poll::Ready(None),
            Then::Break => Poll::Ready(Some(Err(io::Error::other("the answer breaks off").into()))),
            Then::Silence => Poll::Pending,
        }
    }
}

impl<B: Body<Data = Bytes, Error: From<io::Error>> + Unpin> Body for Shortened<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.left == 0 {
            return self.end();
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else { return Poll::Pending };
        match frame.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(mut data))) => {
                data.truncate(self.left);
                self.left -= data.len();
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            // The status would stand in the trailers, and it was to be lost.
            Some(Ok(Err(_))) | None => self.end(),
        }
    }
}
