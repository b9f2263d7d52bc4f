//! The answer to people's question: where the orders of a client were to go.

use crate::store;
use contracts::ports::{Asking, PortError, ShippingAddress, ShippingAddresses};
use kernel::ClientId;
use platform::{DbError, Host};

/// Opens what was sealed at checkouts.
pub struct Addresses(pub Host);

impl ShippingAddresses for Addresses {
    fn of_client(&self, client: ClientId) -> Asking<'_, Vec<ShippingAddress>> {
        Box::pin(async move { open(&self.0, client).await.map_err(PortError::new) })
    }
}

async fn open(host: &Host, client: ClientId) -> Result<Vec<ShippingAddress>, DbError> {
    let mut tx = host.db.read().await?;
    let (orders, sealed): (Vec<_>, Vec<_>) = store::sealed_addresses(&mut tx, client)
        .await?
        .into_iter()
        .map(|(order, sealed)| (order, (client.uuid(), sealed)))
        .unzip();
    let opened = host.vault.open_many(&mut tx, &sealed).await?;
    let told = orders
        .into_iter()
        .zip(opened)
        .filter_map(|(order, address)| {
            Some(ShippingAddress {
                order_id: order.id,
                order_number: order.number(),
                address: address?,
            })
        });
    Ok(told.collect())
}
