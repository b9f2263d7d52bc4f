//! The binary's parts, as a library so that tests can start the whole shop in-process.

pub mod cli;
pub mod commands;
pub mod serve;
pub mod wiring;
