//! Notifications on both engines: news of other contexts, and servers of mail and text messages
//! that behave badly.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed expectation is a failed test"
)]

mod audits;
mod canaries;
mod delivering;
mod low_stock;
mod migration;
mod orders;
mod people;
mod preferences;
mod prices;
mod quiet;
mod shop;
mod suppressions;
mod templates;
mod texting;
mod unsubscribing;
mod urgent;
mod webhooks;
