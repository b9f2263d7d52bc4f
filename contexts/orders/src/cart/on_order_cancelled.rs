//! An order from a cart ends without its buyer having wished so: stock was refused from afar, or no
//! money came. Its lines go back into the cart, so that a refused checkout leaves it as it was.

use super::lines::{Cart, CartLine};
use super::store::{self, Edited};
use crate::sale::REQUESTED;
use contracts::orders::OrderCancelled;
use kernel::{ClientId, OrderId, Timestamp};
use platform::{DbError, Delivered, Reaction, Tx};
use std::collections::{HashMap, HashSet};

/// Gives the lines of refused orders back to the carts they came from. What the buyer or the shop's
/// people asked for is no refusal.
pub struct OnOrderCancelled;

impl Reaction for OnOrderCancelled {
    type Event = OrderCancelled;
    const NAME: &'static str = "orders.on-checkout-refused";

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<OrderCancelled>],
    ) -> Result<(), DbError> {
        let refused = batch.iter().filter(|one| one.event.reason != REQUESTED);
        let orders: Vec<OrderId> = refused.map(|one| one.event.order_id).collect();
        if orders.is_empty() {
            return Ok(());
        }
        let now = tx.db().source().now();
        let given_back = store::mark_given_back(tx, orders, now).await?;
        give_back(tx, given_back, now).await
    }
}

async fn give_back(
    tx: &mut Tx,
    orders: Vec<(OrderId, ClientId)>,
    now: Timestamp,
) -> Result<(), DbError> {
    let clients: HashSet<ClientId> = orders.iter().map(|(_, client)| *client).collect();
    if clients.is_empty() {
        return Ok(());
    }
    let clients = crate::store::live_clients(tx, &clients).await?;
    let mut lines: HashMap<ClientId, Vec<CartLine>> = HashMap::new();
    let owners: HashMap<OrderId, ClientId> = orders.iter().copied().collect();
    let ids = owners.keys().copied().collect();
    for (order, line) in store::ordered_lines(tx, ids).await? {
        if let Some(owner) = owners.get(&order).filter(|owner| clients.contains(owner)) {
            lines.entry(*owner).or_default().push(line);
        }
    }
    let source = tx.db().source().clone();
    let new = |client: &ClientId| Cart::new(source.id(), Some(*client), now);
    let mut new: Vec<Cart> = lines.keys().map(new).collect();
    new.sort_unstable_by_key(|cart| cart.client_id);
    store::make_of_clients(tx, &new).await?;
    let carts = store::lock_of_clients(tx, lines.keys().copied().collect(), now).await?;
    let edit = |before: Cart| {
        let mut after = before.clone();
        let back = before.client_id.and_then(|client| lines.remove(&client));
        after.take_in(back.unwrap_or_default());
        after.changed(now);
        Edited { before, after }
    };
    let edits: Vec<Edited> = carts.into_iter().map(edit).collect();
    store::write(tx, &edits).await
}
