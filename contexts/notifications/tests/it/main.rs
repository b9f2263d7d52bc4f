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
mod orders;
mod people;
mod preferences;
mod shop;
mod templates;
mod texting;
mod unsubscribing;
mod webhooks;
