//! Books the cash that staff took when they placed an order. Placing does not wait for it: a
//! moment later it is written down here, many orders at a time. Orders knows of this money from
//! the start, so no news of it is told.

use crate::case::{Beginning, Case, Moment};
use crate::payments::Payments;
use crate::sale::Sale;
use crate::save::{at_once, save};
use crate::store::sales;
use kernel::{OrderId, PaymentId};
use platform::{Cause, DbError};
use std::time::Instant;
use uuid::Uuid;

/// Orders in one transaction.
const BATCH: i64 = 256;

impl Payments {
    /// Books what waits.
    pub async fn book_cash(&self) -> Result<(), DbError> {
        loop {
            let begun = Instant::now();
            if self.book_some().await? < BATCH {
                return Ok(());
            }
            self.host.load.give_way(begun.elapsed()).await;
        }
    }

    async fn book_some(&self) -> Result<i64, DbError> {
        let mut tx = self.host.db.read().await?;
        let waits = sales::anything_unbooked(&mut tx).await?;
        drop(tx);
        if !waits {
            return Ok(0);
        }
        let mut tx = self.host.db.begin().await?;
        let sales = sales::lock_unbooked(&mut tx, BATCH).await?;
        let orders: Vec<OrderId> = sales.iter().map(|sale| sale.id).collect();
        let booked = i64::try_from(orders.len()).unwrap_or(BATCH);
        let cases = at_once(&self.host.source, |moment| {
            let cases = sales.into_iter().filter_map(|sale| taken(sale, moment));
            cases.collect::<Vec<_>>()
        });
        if !cases.is_empty() {
            save(&mut tx, cases, &self.bell, |_| Cause::system()).await?;
            sales::booked(&mut tx, orders).await?;
        }
        tx.commit().await?;
        Ok(booked)
    }
}

/// The payment of an order that was paid over the counter.
fn taken(sale: Sale, moment: &mut Moment<'_>) -> Option<Case> {
    let placed = sale.placed.clone()?;
    let how = Beginning {
        id: PaymentId::from_uuid(moment.id()),
        method: placed.method.clone(),
        provider: placed.method.clone(),
        amount: placed.total,
        correlation: Uuid::nil(),
    };
    let mut case = Case::take(sale, &placed, how, moment);
    case.changes.news.clear();
    Some(case)
}
