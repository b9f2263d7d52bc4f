//! Use case: goods came in.

use crate::lines::{Line, Lines};
use crate::movement::{Because, Kind, Movement};
use crate::moving::{self, Inventory};
use crate::refusal::{StockError, Verdict};
use crate::stock::{Delta, Place};
use crate::store::lists::{self, Recorded};
use kernel::{Money, ProductId, Quantity, StoreId};

/// Goods that came into one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restock {
    pub place: Place,
    pub quantity: Quantity,
    pub reason: Option<String>,
    pub document: Option<String>,
    pub unit_cost: Option<Money>,
}

impl Line for Restock {
    fn product(&self) -> ProductId {
        self.place.product
    }

    fn stores(&self) -> Vec<(&'static str, StoreId)> {
        vec![("store_id", self.place.store)]
    }
}

/// Receives all lines or none.
pub async fn restock(
    inventory: &Inventory,
    actor: &str,
    lines: Lines<Restock>,
) -> Result<Vec<Recorded>, StockError> {
    let Inventory { host, feed } = inventory;
    let mut tx = host.db.begin().await?;
    let mut stock = moving::lock(&mut tx, &lines).await?;
    let mut verdict = Verdict::default();
    let mut made = Vec::new();
    for (nth, line) in lines.iter().enumerate() {
        let delta = Delta::on_hand(line.quantity.get());
        let outcome = stock.apply(line.place, delta);
        verdict.note(&lines, nth, line.quantity.get(), outcome);
        made.push(Movement {
            id: host.source.id(),
            place: line.place,
            kind: Kind::Receive,
            delta,
            cause: Because::Actor(actor.to_owned()),
            document: line.document.clone(),
            reason: line.reason.clone(),
            unit_cost: line.unit_cost,
            occurred_at: host.source.now(),
        });
    }
    verdict.reach()?;
    moving::write(&mut tx, feed, &stock, &made).await?;
    let recorded = lists::recorded(&mut tx, made).await?;
    tx.commit().await?;
    Ok(recorded)
}
