//! The door, the event core and retries on both engines, with contexts made for the purpose.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test"
)]

mod db;
mod events;
mod feed;
mod gathering;
mod holding;
mod later;
mod leases;
mod limits;
mod log;
mod rebuilding;
mod retries;
mod sample;
mod sequencers;
mod split;
mod starting;
