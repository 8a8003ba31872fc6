//! An answer that ends with a status when somebody says so.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use tonic::Status;

/// A body up to the moment that something comes to its end.
pub(crate) struct Ended<B> {
    body: B,
    end: Option<End>,
}

/// When it comes, and with what.
struct End {
    when: Pin<Box<dyn Future<Output = ()> + Send>>,
    with: Status,
}

impl<B> Ended<B> {
    pub(crate) fn new(body: B, when: impl Future<Output = ()> + Send + 'static, with: Status) -> Self {
        Self { body, end: Some(End { when: Box::pin(when), with }) }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Ended<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let Some(End { when, with }) = &mut self.end else { return Poll::Ready(None) };
        if when.as_mut().poll(context).is_pending() {
            return Pin::new(&mut self.body).poll_frame(context);
        }
        let mut trailers = HeaderMap::new();
        // One whose words are no header has none, and its call ends without a status.
        let _ = with.add_header(&mut trailers);
        self.end = None;
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }
}
