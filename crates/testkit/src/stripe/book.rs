//! What the provider has on record, for tests to look at.

use kernel::{OrderId, PaymentId};

/// All payments that were ever begun, in that order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    pub payments: Vec<Entry>,
}

/// One payment. Amounts are in the currency's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the provider calls it.
    pub reference: String,
    pub payment_id: PaymentId,
    pub order_id: Option<OrderId>,
    pub currency: String,
    pub amount: i64,
    /// Set aside now, and not taken.
    pub held: i64,
    pub captured: i64,
    /// How often money was taken.
    pub captures: usize,
    pub refunded: i64,
    /// How often money was given back.
    pub refunds: usize,
}

impl Book {
    /// The payments of one payment of ours; more than one is a double charge in the making.
    pub fn of(&self, payment: PaymentId) -> Vec<&Entry> {
        let ours = |entry: &&Entry| entry.payment_id == payment;
        self.payments.iter().filter(ours).collect()
    }

    /// What the buyer of an order is out of pocket: taken and not given back.
    pub fn kept(&self, order: OrderId) -> i64 {
        let ours = self
            .payments
            .iter()
            .filter(|entry| entry.order_id == Some(order));
        ours.map(|entry| entry.captured - entry.refunded).sum()
    }

    /// How often money was taken for an order.
    pub fn captures(&self, order: OrderId) -> usize {
        let ours = self
            .payments
            .iter()
            .filter(|entry| entry.order_id == Some(order));
        ours.map(|entry| entry.captures).sum()
    }

    /// What is set aside for an order and not taken.
    pub fn held(&self, order: OrderId) -> i64 {
        let ours = self
            .payments
            .iter()
            .filter(|entry| entry.order_id == Some(order));
        ours.map(|entry| entry.held).sum()
    }
}
