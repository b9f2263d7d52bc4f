//! Orders on both engines. Inventory is not at home in these tests: its answers are published as
//! if they came from another database, so orders pass through `pending`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod audits;
mod carts;
mod checkout;
mod country;
mod guests;
mod holding;
mod life;
mod migration;
mod placing;
mod races;
mod sagas;
mod sale;
mod shop;
mod stories;
mod waiting;
