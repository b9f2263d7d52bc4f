//! The door and the event core on both engines, with a context made for the purpose.

mod db;
mod events;
mod log;
mod sample;
mod split;
