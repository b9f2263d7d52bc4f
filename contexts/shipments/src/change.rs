//! A shipment is labelled anew, leaves, arrives, or is cancelled before it has left.

use crate::carrier::{self, LabelWish};
use crate::fault::ShipmentError;
use crate::pack::moment;
use crate::shipment::{Shipment, Status};
use crate::store::{fulfilment, orders, shipments};
use kernel::ShipmentId;
use platform::http::Problem;
use platform::{DbError, Host, Tx};

/// What shall be different.
#[derive(Debug, Default)]
pub struct Change {
    pub label: LabelWish,
    pub status: Option<Status>,
}

/// Changes a shipment; `check` refuses callers who may not. What changes nothing leaves the version
/// alone. Whoever moves shipments of the same order at the same time waits.
pub async fn change(
    host: &Host,
    id: ShipmentId,
    change: Change,
    check: impl FnOnce(&Shipment) -> Result<(), Problem>,
) -> Result<Shipment, Problem> {
    let mut tx = host.db.begin().await?;
    let order = shipments::order_of(&mut tx, id).await?;
    let order = order.ok_or(ShipmentError::NotFound)?;
    let order = orders::lock(&mut tx, order).await?;
    let order = order.ok_or(ShipmentError::NotFound)?;
    let before = shipments::find(&mut tx, id).await?;
    let before = before.ok_or(ShipmentError::NotFound)?;
    check(&before)?;
    let mut after = before.clone();
    relabel(host, &mut after, change.label)?;
    let to = change.status.filter(|status| *status != before.status);
    if let Some(status) = to {
        after.go(status, order.cancelled, host.source.now())?;
    }
    if after == before {
        return Ok(before);
    }
    after.version += 1;
    after.updated_at = host.source.now();
    let written = shipments::update(&mut tx, &after).await;
    written.map_err(ShipmentError::from)?;
    if let Some(status) = to {
        moved(&mut tx, &after, status).await?;
    }
    tx.commit().await?;
    Ok(after)
}

fn relabel(host: &Host, shipment: &mut Shipment, wish: LabelWish) -> Result<(), ShipmentError> {
    if wish.keeps_carrier() {
        let label = carrier::Label {
            estimated_delivery: wish
                .estimated_delivery
                .over(shipment.label.estimated_delivery),
            ..shipment.label.clone()
        };
        return shipment.relabel(label);
    }
    let label = carrier::label(Some(&shipment.label), wish, moment(host))?;
    shipment.relabel(label)
}

/// Tells of it, and takes the order out of the queue when that was the last of it.
async fn moved(tx: &mut Tx, shipment: &Shipment, to: Status) -> Result<(), DbError> {
    match to {
        Status::InTransit => {
            fulfilment::close_when_gone(tx, shipment.order_id).await?;
            tx.publish(&shipment.dispatched(), shipment.version)
        }
        Status::Delivered => tx.publish(&shipment.delivered(), shipment.version),
        Status::Processing | Status::Cancelled => Ok(()),
    }
}
