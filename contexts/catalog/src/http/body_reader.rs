//! A request's body as a [`Read`] for a thread that blocks, with a short queue between.

use axum::body::{Body, Bytes};
use futures::StreamExt as _;
use platform::http::{Problem, unreadable};
use std::io::{self, Read};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Frames in the queue; hyper's are at most some ten kilobytes.
const QUEUE: usize = 8;

/// The reading end.
pub struct BodyReader {
    frames: Receiver<Frame>,
    rest: Bytes,
}

/// A piece of the body, or that there is no more because it broke off.
pub enum Frame {
    Bytes(Bytes),
    Broken,
}

impl BodyReader {
    pub fn pair() -> (Sender<Frame>, Self) {
        let (sender, frames) = channel(QUEUE);
        (
            sender,
            Self {
                frames,
                rest: Bytes::new(),
            },
        )
    }
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.frames.blocking_recv() {
                Some(Frame::Bytes(bytes)) => self.rest = bytes,
                Some(Frame::Broken) => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => return Ok(0),
            }
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest.split_to(count));
        Ok(count)
    }
}

/// Puts the body into the queue, until its end or until nobody reads any more.
pub async fn forward(body: Body, sender: Sender<Frame>) -> Result<(), Problem> {
    let mut frames = body.into_data_stream();
    while let Some(frame) = frames.next().await {
        match frame {
            Ok(bytes) => {
                if sender.send(Frame::Bytes(bytes)).await.is_err() {
                    return Ok(());
                }
            }
            Err(fault) => {
                let _ = sender.send(Frame::Broken).await;
                return Err(unreadable(&fault));
            }
        }
    }
    Ok(())
}
