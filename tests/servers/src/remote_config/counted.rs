//! An answer after which the open streams are counted anew, however it ends.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;

use super::reply::{Body, BoxError};
use super::state::Shared;

pub(super) struct Counted {
    // Is dropped first: it counts no more then.
    body: Body,
    _after: Count,
}

struct Count(Arc<Shared>);

impl Counted {
    pub(super) fn new(body: Body, shared: Arc<Shared>) -> Self {
        Self { body, _after: Count(shared) }
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.count_streams();
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
