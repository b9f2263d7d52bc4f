//! Orders that came out of carts: from which version, where to, and what was given back.

use super::rows::currency;
use crate::cart::lines::{Cart, CartLine, List};
use kernel::{ClientId, Money, OrderId, Quantity, Timestamp};
use platform::{DbError, Rows, Tx};

/// An order and the cart it came out of, as the cart was.
pub struct Checked<'c> {
    pub order_id: OrderId,
    pub cart: &'c Cart,
    pub shipping_address_sealed: Option<Vec<u8>>,
}

/// Writes which carts orders came out of. [`DbError::Unique`] when a version was sold before.
pub async fn insert_checkouts(tx: &mut Tx, checked: &[Checked<'_>]) -> Result<(), DbError> {
    let carts = || checked.iter().map(|one| one.cart);
    let addresses = checked
        .iter()
        .map(|one| one.shipping_address_sealed.clone());
    let rows = Rows::new()
        .id("order_id", checked.iter().map(|one| one.order_id))
        .optional_id("client_id", carts().map(|cart| cart.client_id))
        .id("cart_id", carts().map(|cart| cart.id))
        .bigint("cart_version", carts().map(|cart| cart.version).collect())
        .optional_bytes("shipping_address_sealed", addresses.collect());
    tx.write(
        "insert into orders_checkout (order_id, client_id, cart_id, cart_version,
             shipping_address_sealed)
         select order_id, client_id, cart_id, cart_version, shipping_address_sealed from {rows}",
        rows,
    )
    .await
}

/// Where an order shall go, sealed with its client's key.
pub async fn sealed_address(tx: &mut Tx, order: OrderId) -> Result<Option<Vec<u8>>, DbError> {
    let sql = "select shipping_address_sealed from orders_checkout where order_id = $1";
    let row = tx.query(sql).bind(order).fetch_optional().await?;
    match row {
        Some(row) => row.get("shipping_address_sealed"),
        None => Ok(None),
    }
}

/// Marks those of `orders` that came out of a cart as given back, and answers those that were not
/// so marked before, with whose they are.
pub async fn mark_given_back(
    tx: &mut Tx,
    orders: Vec<OrderId>,
    now: Timestamp,
) -> Result<Vec<(OrderId, ClientId)>, DbError> {
    let rows = tx
        .bulk(
            "update orders_checkout set given_back_at = {1}
             where order_id in (select id from {rows}) and given_back_at is null
             returning order_id, client_id",
            Rows::new().id("id", orders),
        )
        .bind(now)
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("order_id")?, row.get("client_id")?)))
        .collect()
}

/// The lines of orders as they were in the carts.
pub async fn ordered_lines(
    tx: &mut Tx,
    orders: Vec<OrderId>,
) -> Result<Vec<(OrderId, CartLine)>, DbError> {
    let rows = tx
        .bulk(
            "select l.order_id, l.line, l.product_id, l.quantity, l.unit_price_minor, o.currency
             from {rows} join orders_order o on o.id = r.id
             join orders_line l on l.order_id = o.id order by l.order_id, l.line",
            Rows::new().id("id", orders),
        )
        .fetch_all()
        .await?;
    let line = |row: &platform::db::Row| {
        let quantity = Quantity::new(row.get("quantity")?);
        let line = CartLine {
            list: List::Buy,
            product_id: row.get("product_id")?,
            place: row.get("line")?,
            quantity: quantity.map_err(|error| DbError::Bug(error.to_string()))?,
            added_price: Money::new(row.get("unit_price_minor")?, currency(row)?),
        };
        Ok((row.get("order_id")?, line))
    };
    rows.iter().map(line).collect()
}
