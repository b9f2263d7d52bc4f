//! Reaction: what products are called and cost. A new price is gathered for those who asked to be
//! told of prices; where nobody did, nothing is.

use crate::kind::Kind;
use crate::notice::PATIENCE;
use crate::notifications::Notifications;
use crate::price_news::{self, Heard};
use crate::store::names::{self, ProductName};
use crate::store::{people, prices};
use contracts::catalog::ProductChanged;
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeMap;

pub struct OnProduct(pub Notifications);

impl Reaction for OnProduct {
    type Event = ProductChanged;
    const NAME: &'static str = "notifications.on-product";
    const TURN: Turn = Turn::Leisurely;

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<ProductChanged>],
    ) -> Result<(), DbError> {
        let last: BTreeMap<_, _> = batch
            .iter()
            .map(|one| (one.event.product_id, name(one)))
            .collect();
        let known = prices::known(tx, last.keys().copied().collect()).await?;
        let now = self.0.host.source.now();
        let heard = batch.iter().map(|one| Heard {
            product: one.event.product_id,
            version: one.version,
            price_minor: one.event.price_minor,
            currency: &one.event.currency,
            is_news: one.event.status == "active" && now < one.occurred_at.plus(PATIENCE),
        });
        let changes = price_news::changes(known, heard);
        names::keep_products(tx, last.into_values().collect()).await?;
        if changes.is_empty() || people::who_want(tx, Kind::PriceChanged).await?.is_empty() {
            return Ok(());
        }
        prices::gather(tx, changes, now).await
    }
}

fn name(one: &Delivered<ProductChanged>) -> ProductName {
    ProductName {
        id: one.event.product_id,
        sku: one.event.sku.clone(),
        name: one.event.name.clone(),
        price_minor: one.event.price_minor,
        currency: one.event.currency.clone(),
        version: one.version,
    }
}
