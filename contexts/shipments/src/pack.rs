//! Packing: pieces of a confirmed order go into a shipment.

use crate::carrier::{self, LabelWish, Moment};
use crate::fault::ShipmentError;
use crate::packing::{Line, choose};
use crate::shipment::{Item, Shipment, Status};
use crate::store::orders::{self, Order};
use crate::store::{fulfilment, lines, shipments};
use kernel::OrderId;
use platform::auth::Principal;
use platform::config::Environment;
use platform::{DbError, Host, Tx};

/// What shall be sent, and how.
#[derive(Debug, Default)]
pub struct Packing {
    /// `None`: everything that is in no shipment yet.
    pub items: Option<Vec<Item>>,
    pub label: LabelWish,
}

/// Packs a shipment. Whoever packs for the same order at the same time waits.
pub async fn pack(
    host: &Host,
    principal: &Principal,
    id: OrderId,
    packing: Packing,
) -> Result<Shipment, ShipmentError> {
    let mut tx = host.db.begin().await?;
    let order = orders::lock(&mut tx, id).await?;
    let order = order.ok_or(ShipmentError::NotFound)?;
    let store = fulfilment::store_of(&mut tx, id).await?;
    if store.is_some_and(|store| !principal.may_act_in(store)) {
        return Err(ShipmentError::NotFound);
    }
    if order.cancelled {
        return Err(ShipmentError::OrderCancelled);
    }
    let store_id = store.ok_or(ShipmentError::NotConfirmed)?;
    let lines = lines_of(&mut tx, &order).await?;
    let items = choose(&lines, packing.items.as_deref())?;
    let now = host.source.now();
    let shipment = Shipment {
        id: host.source.id(),
        order_id: id,
        client_id: order.client_id,
        store_id,
        status: Status::Processing,
        recalled: false,
        label: carrier::label(None, packing.label, moment(host))?,
        items,
        dispatched_at: None,
        delivered_at: None,
        cancelled_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    shipments::insert(&mut tx, &shipment).await?;
    tx.commit().await?;
    Ok(shipment)
}

/// The lines of an order, made if this is its first shipment.
async fn lines_of(tx: &mut Tx, order: &Order) -> Result<Vec<Line>, DbError> {
    let found = lines::of(tx, [order.id]).await?.remove(&order.id);
    if let Some(found) = found {
        return Ok(found);
    }
    lines::make(tx, order.id, &order.items).await?;
    let fresh = |item: &Item| Line {
        product_id: item.product_id,
        ordered: item.quantity,
        packed: 0,
    };
    Ok(order.items.iter().map(fresh).collect())
}

/// What a carrier goes by. The sandbox is closed where real parcels leave.
pub fn moment(host: &Host) -> Moment {
    Moment {
        now: host.source.now(),
        chance: host.source.random(),
        sandbox: host.settings.environment != Environment::Production,
    }
}
