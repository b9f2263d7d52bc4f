//! Reaction: a level has fallen to its threshold. Whoever manages that store, or all of them, is
//! told.

use crate::kind::Kind;
use crate::news::News;
use crate::notice::PATIENCE;
use crate::notifications::Notifications;
use crate::store::names::{self, Names};
use crate::store::notices;
use crate::store::people::{self, Recipient};
use contracts::inventory::AvailabilityChanged;
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use serde_json::json;

pub struct OnLowStock(pub Notifications);

impl Reaction for OnLowStock {
    type Event = AvailabilityChanged;
    const NAME: &'static str = "notifications.on-low-stock";
    const TURN: Turn = Turn::Leisurely;

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<AvailabilityChanged>],
    ) -> Result<(), DbError> {
        let low = |one: &&Delivered<AvailabilityChanged>| one.event.low && !one.event.was_low;
        let low: Vec<_> = batch.iter().filter(low).collect();
        if low.is_empty() {
            return Ok(());
        }
        let recipients = people::who_manage(tx).await?;
        if recipients.is_empty() {
            return Ok(());
        }
        let products = low.iter().map(|one| one.event.product_id);
        let stores = low.iter().map(|one| one.event.store_id);
        let names = names::read(tx, products.collect(), stores.collect()).await?;
        let news = low.iter().flat_map(|one| told(one, &recipients, &names));
        notices::insert(tx, &self.0, news.collect()).await
    }
}

fn told<'a>(
    one: &'a Delivered<AvailabilityChanged>,
    recipients: &'a [Recipient],
    names: &Names,
) -> impl Iterator<Item = News> + use<'a> {
    let event = &one.event;
    let (product, sku) = names.product(event.product_id);
    let details = json!({"product": product, "sku": sku, "store": names.store(event.store_id),
        "available": event.available, "min_stock": event.min_stock});
    let concerned = recipients
        .iter()
        .filter(move |who| who.manages(event.store_id));
    concerned.map(move |who| News {
        kind: Kind::LowStock,
        // Each fall is told once to each.
        about: format!(
            "{}.{}/{}",
            event.level_id.uuid().simple(),
            one.version,
            who.id.simple()
        ),
        order_id: None,
        person_id: Some(who.id),
        details: details.clone(),
        sealed: None,
        deadline: one.occurred_at.plus(PATIENCE),
    })
}
