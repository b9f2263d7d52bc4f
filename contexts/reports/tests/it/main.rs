//! Reports, from the news of a sale to the sums.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod access;
mod audits;
mod rebuilding;
mod sales;
mod sheets;
mod shop;
mod stock;
