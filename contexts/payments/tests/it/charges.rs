//! Charges as the core makes them, for the tests of providers.

use kernel::{Currency, Id, Money, PaymentId};
use payments::provider::{Charge, Urls};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

pub const CAD: Currency = Currency::CAD;

/// Canadian dollars.
pub fn money(minor: i64) -> Money {
    Money::new(minor, CAD)
}

/// A new payment over so much.
pub fn charge(minor: i64) -> Charge {
    static MADE: AtomicU64 = AtomicU64::new(1);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let payment_id: PaymentId = Id::from_uuid(Uuid::from_u128(number.into()));
    Charge {
        payment_id,
        order_id: Id::from_uuid(Uuid::from_u128(u128::from(number) << 64)),
        order_number: format!("ORD-2026-{number:06}"),
        amount: money(minor),
        reference: None,
        key: format!("auth:{payment_id}"),
        automatic_capture: false,
        urls: Urls {
            success: "https://shop.example/thanks".to_owned(),
            cancel: "https://shop.example/cart".to_owned(),
        },
    }
}
