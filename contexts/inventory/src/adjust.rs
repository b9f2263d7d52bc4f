//! Use case: correct what is on hand by a difference, with a reason: found, lost, broken.

use crate::lines::{Line, Lines};
use crate::movement::{Because, Kind, Movement};
use crate::moving::{self, Inventory};
use crate::refusal::{StockError, Verdict};
use crate::stock::{Delta, Place};
use crate::store::lists::{self, Recorded};
use kernel::{ProductId, StoreId};

/// A difference in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub place: Place,
    /// More or less than there was; not zero.
    pub pieces: i64,
    pub reason: String,
    pub document: Option<String>,
}

impl Line for Adjustment {
    fn product(&self) -> ProductId {
        self.place.product
    }

    fn stores(&self) -> Vec<(&'static str, StoreId)> {
        vec![("store_id", self.place.store)]
    }
}

/// Adjusts all lines or none; what is reserved stays.
pub async fn adjust(
    inventory: &Inventory,
    actor: &str,
    lines: Lines<Adjustment>,
) -> Result<Vec<Recorded>, StockError> {
    let Inventory { host, feed } = inventory;
    let mut tx = host.db.begin().await?;
    let mut stock = moving::lock(&mut tx, &lines).await?;
    let mut verdict = Verdict::default();
    let mut made = Vec::new();
    for (nth, line) in lines.iter().enumerate() {
        let delta = Delta::on_hand(line.pieces);
        let outcome = stock.apply(line.place, delta);
        verdict.note(&lines, nth, line.pieces.saturating_abs(), outcome);
        made.push(Movement {
            id: host.source.id(),
            place: line.place,
            kind: Kind::Adjust,
            delta,
            cause: Because::Actor(actor.to_owned()),
            document: line.document.clone(),
            reason: Some(line.reason.clone()),
            unit_cost: None,
            occurred_at: host.source.now(),
        });
    }
    verdict.reach()?;
    moving::write(&mut tx, feed, &stock, &made).await?;
    let recorded = lists::recorded(&mut tx, made).await?;
    tx.commit().await?;
    Ok(recorded)
}
