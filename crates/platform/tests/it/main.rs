//! The door and the event core on both engines, with a context made for the purpose.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod db;
mod events;
mod log;
mod sample;
mod split;
