//! Payments on both engines: through the news of sales, the operations of staff, and providers that
//! behave badly.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

mod audits;
mod charges;
mod daily;
mod hosted;
mod hosted_canaries;
mod ledger;
mod lost;
mod payfast_notices;
mod races;
mod reconciliation;
mod redirect;
mod sale;
mod shop;
mod staff;
mod stripe_calls;
mod stripe_faults;
mod stripe_webhooks;
mod traces;
