//! Inventory on both engines, through its operations and the events it hears.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

mod audits;
mod ledger;
mod levels;
mod listing;
mod moves;
mod orders;
mod parcels;
mod property;
mod races;
mod shop;
mod stores;
mod stream;
