//! Every audit of payments, seen red.

use crate::shop::{app, paid};
use testkit::{Harm, TestApp, every_audit_is_seen_red, on_both};

const PAYMENT: &[&str] = &["payments_payment"];

const HARMS: &[Harm] = &[
    Harm::past(
        PAYMENT,
        "payment-sums-equal-the-ledger",
        &["update payments_payment set refunded_minor = 100"],
    ),
    Harm::past(
        PAYMENT,
        "entries-belong-to-a-payment",
        &["delete from payments_payment"],
    ),
    Harm::past(
        PAYMENT,
        "entries-belong-to-a-payment",
        &["update payments_payment set currency = 'USD'"],
    ),
    Harm::new(
        "no-order-is-charged-twice",
        &["update payments_order set total_minor = 499"],
    ),
    Harm::new(
        "payment-status-follows-its-sums",
        &["update payments_payment set status = 'refunded'"],
    ),
    Harm::past(
        PAYMENT,
        "refunds-equal-the-ledger",
        &["update payments_payment set refunded_minor = 100"],
    ),
    Harm::new(
        "unknown-payments-are-looked-into",
        &["update payments_payment set status = 'unknown'"],
    ),
];

on_both! {
    async fn the_audits_see_what_got_past_the_guards(app: TestApp) {
        paid(&app, 500).await;
        every_audit_is_seen_red(&app, payments::Payments::AUDITS, HARMS).await;
    }
}
