//! Use case: stock goes from one store to another: two movements, one transaction.

use crate::lines::{Line, Lines};
use crate::movement::{Because, Kind, Movement};
use crate::moving::{self, Inventory};
use crate::refusal::{StockError, Verdict};
use crate::stock::{Delta, Place, Stock};
use crate::store::lists::{self, Recorded};
use kernel::{ProductId, Quantity, StoreId, TransferId};
use platform::Host;

/// Pieces of one product that change stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub product: ProductId,
    pub source: StoreId,
    pub target: StoreId,
    pub quantity: Quantity,
    pub reason: Option<String>,
    pub document: Option<String>,
}

/// A transfer that was made, with both its sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferred {
    pub id: TransferId,
    pub out: Recorded,
    pub into: Recorded,
}

impl Line for Transfer {
    fn product(&self) -> ProductId {
        self.product
    }

    fn stores(&self) -> Vec<(&'static str, StoreId)> {
        vec![
            ("source_store_id", self.source),
            ("target_store_id", self.target),
        ]
    }
}

impl Transfer {
    fn from(&self) -> Place {
        Place {
            product: self.product,
            store: self.source,
        }
    }

    fn to(&self) -> Place {
        Place {
            product: self.product,
            store: self.target,
        }
    }
}

/// Transfers all lines or none; what is reserved in the source stays.
pub async fn transfer(
    inventory: &Inventory,
    actor: &str,
    lines: Lines<Transfer>,
) -> Result<Vec<Transferred>, StockError> {
    check_distinct(&lines)?;
    let Inventory { host, feed } = inventory;
    let mut tx = host.db.begin().await?;
    let mut stock = moving::lock(&mut tx, &lines).await?;
    let mut verdict = Verdict::default();
    let (mut made, mut ids) = (Vec::new(), Vec::new());
    for (nth, line) in lines.iter().enumerate() {
        let wanted = line.quantity.get();
        verdict.note(&lines, nth, wanted, carry(&mut stock, line));
        let id = host.source.id();
        ids.push(id);
        made.extend(both_sides(host, line, id, actor));
    }
    verdict.reach()?;
    moving::write(&mut tx, feed, &stock, &made).await?;
    let mut recorded = lists::recorded(&mut tx, made).await?.into_iter();
    tx.commit().await?;
    let pair = |id| {
        let (out, into) = (recorded.next()?, recorded.next()?);
        Some(Transferred { id, out, into })
    };
    Ok(ids.into_iter().filter_map(pair).collect())
}

fn check_distinct(lines: &Lines<Transfer>) -> Result<(), StockError> {
    let same = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.source == line.target);
    let fault = |(nth, _)| {
        let message = "the target is the source".to_owned();
        lines.fault(nth, "target_store_id", "SAME_STORE", message)
    };
    let faults: Vec<_> = same.map(fault).collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(StockError::Invalid(faults))
    }
}

fn carry(stock: &mut Stock, line: &Transfer) -> Result<(), crate::stock::Refused> {
    stock.apply(line.from(), Delta::on_hand(-line.quantity.get()))?;
    stock.apply(line.to(), Delta::on_hand(line.quantity.get()))
}

fn both_sides(host: &Host, line: &Transfer, id: TransferId, actor: &str) -> [Movement; 2] {
    let side = |kind, place, pieces| Movement {
        id: host.source.id(),
        place,
        kind,
        delta: Delta::on_hand(pieces),
        cause: Because::Transfer(id, actor.to_owned()),
        document: line.document.clone(),
        reason: line.reason.clone(),
        unit_cost: None,
        occurred_at: host.source.now(),
    };
    let pieces = line.quantity.get();
    [
        side(Kind::TransferOut, line.from(), -pieces),
        side(Kind::TransferIn, line.to(), pieces),
    ]
}
