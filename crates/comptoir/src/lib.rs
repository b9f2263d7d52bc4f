//! The binary's parts, as a library so that tests can start the whole shop in-process.

pub mod asyncapi;
pub mod cli;
pub mod commands;
pub mod demo;
pub mod import_products;
pub mod import_sales;
pub mod serve;
pub mod variables;
pub mod wiring;
