//! How messages go over the wire: out as bytes that are ready, in as what they are decoded to.

use std::marker::PhantomData;

use prost::Message;
use prost::bytes::{BufMut, Bytes};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// What stands before each message.
const HEADER_BYTES: usize = 5;

/// Sends bytes and receives `R`.
pub(super) struct Ready<R> {
    /// As large as the largest message, so that its buffer is made once.
    largest: usize,
    received: PhantomData<fn() -> R>,
}

impl<R> Ready<R> {
    pub(super) fn to_send(largest: usize) -> Self {
        Self { largest, received: PhantomData }
    }
}

impl<R: Message + Default + 'static> Codec for Ready<R> {
    type Encode = Bytes;
    type Decode = R;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self::to_send(self.largest)
    }

    fn decoder(&mut self) -> Self {
        Self::to_send(0)
    }
}

impl<R> Encoder for Ready<R> {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(message);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        let bytes = HEADER_BYTES + self.largest;
        BufferSettings::new(bytes, bytes)
    }
}

impl<R: Message + Default> Decoder for Ready<R> {
    type Item = R;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<R>, Status> {
        R::decode(from).map(Some).map_err(|_| Status::data_loss("a message that cannot be read"))
    }
}
