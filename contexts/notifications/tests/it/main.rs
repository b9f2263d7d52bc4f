//! Notifications, from what happens in the shop to whoever is told of it.

#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

mod webhooks;
