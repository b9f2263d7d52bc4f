//! Shipments, from the news of an order to the doorstep.

#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

mod access;
mod audits;
mod guards;
mod moving;
mod orders;
mod packing;
mod queue;
mod races;
mod sandbox;
mod shop;
