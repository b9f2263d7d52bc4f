//! Writing carts: what an edit changed and no more, for any number of carts at once.

use crate::cart::lines::{Cart, CartLine, List};
use kernel::{CartId, ClientId, ProductId, Timestamp};
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;

/// A cart before and after it was changed.
pub struct Edited {
    pub before: Cart,
    pub after: Cart,
}

/// Makes carts of clients who have none; leaves those that are there as they are.
pub async fn make_of_clients(tx: &mut Tx, carts: &[Cart]) -> Result<(), DbError> {
    let of_clients = || {
        carts
            .iter()
            .filter_map(|cart| Some((cart, cart.client_id?)))
    };
    let clients: Vec<ClientId> = of_clients().map(|(_, client)| client).collect();
    let Some(now) = carts.iter().map(|cart| cart.created_at).max() else {
        return Ok(());
    };
    tx.bulk(
        "delete from orders_cart where client_id in (select client_id from {rows})
             and expires_at <= {1}",
        Rows::new().id("client_id", clients.iter().copied()),
    )
    .bind(now)
    .execute()
    .await?;
    let rows = Rows::new()
        .id("id", of_clients().map(|(cart, _)| cart.id))
        .id("client_id", clients.iter().copied())
        .time("created_at", of_clients().map(|(cart, _)| cart.created_at))
        .time("expires_at", of_clients().map(|(cart, _)| cart.expires_at));
    tx.bulk(
        "insert into orders_cart (id, client_id, version, created_at, updated_at, expires_at)
         select id, client_id, 0, created_at, created_at, expires_at from {rows} where true
         on conflict do nothing",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Makes a guest's cart.
pub async fn make_of_guest(tx: &mut Tx, cart: &Cart, hash: &[u8]) -> Result<(), DbError> {
    tx.query(
        "insert into orders_cart (id, token_hash, version, created_at, updated_at, expires_at)
         values ($1, $2, $3, $4, $4, $5)",
    )
    .bind(cart.id)
    .bind(hash.to_vec())
    .bind(cart.version)
    .bind(cart.created_at)
    .bind(cart.expires_at)
    .execute()
    .await
    .map(drop)
}

/// Writes the difference: at most three statements for all carts together.
pub async fn write(tx: &mut Tx, edits: &[Edited]) -> Result<(), DbError> {
    if edits.is_empty() {
        return Ok(());
    }
    let (mut put, mut gone) = (Vec::new(), Vec::new());
    for Edited { before, after } in edits {
        let key = |line: &CartLine| (line.list, line.product_id);
        let mut old: HashMap<_, _> = before.lines.iter().map(|line| (key(line), line)).collect();
        for line in &after.lines {
            if old.remove(&key(line)) != Some(line) {
                put.push((after.id, line));
            }
        }
        gone.extend(
            old.into_keys()
                .map(|(list, product)| (after.id, list, product)),
        );
    }
    drop_lines(tx, &gone).await?;
    put_lines(tx, &put).await?;
    let carts = || edits.iter().map(|edit| &edit.after);
    let rows = Rows::new()
        .id("id", carts().map(|cart| cart.id))
        .bigint("version", carts().map(|cart| cart.version).collect())
        .time("updated_at", carts().map(|cart| cart.updated_at))
        .time("expires_at", carts().map(|cart| cart.expires_at));
    tx.bulk(
        "update orders_cart set version = r.version, updated_at = r.updated_at,
             expires_at = r.expires_at
         from {rows} where orders_cart.id = r.id",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

async fn drop_lines(tx: &mut Tx, gone: &[(CartId, List, ProductId)]) -> Result<(), DbError> {
    if gone.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .id("cart_id", gone.iter().map(|line| line.0))
        .boolean("saved", gone.iter().map(|line| line.1.is_saved()).collect())
        .id("product_id", gone.iter().map(|line| line.2));
    tx.bulk(
        "delete from orders_cart_line where (cart_id, saved, product_id) in (
             select cart_id, saved, product_id from {rows})",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

async fn put_lines(tx: &mut Tx, put: &[(CartId, &CartLine)]) -> Result<(), DbError> {
    if put.is_empty() {
        return Ok(());
    }
    let lines = || put.iter().map(|(_, line)| *line);
    let rows = Rows::new()
        .id("cart_id", put.iter().map(|(cart, _)| *cart))
        .boolean("saved", lines().map(|line| line.list.is_saved()).collect())
        .id("product_id", lines().map(|line| line.product_id))
        .bigint("place", lines().map(|line| line.place).collect())
        .bigint(
            "quantity",
            lines().map(|line| line.quantity.get()).collect(),
        )
        .bigint(
            "added_price_minor",
            lines().map(|line| line.added_price.minor()).collect(),
        )
        .text(
            "currency",
            lines()
                .map(|line| line.added_price.currency().code().to_owned())
                .collect(),
        );
    tx.bulk(
        "insert into orders_cart_line (cart_id, saved, product_id, place, quantity,
             added_price_minor, currency)
         select cart_id, saved, product_id, place, quantity, added_price_minor, currency
         from {rows} where true
         on conflict (cart_id, saved, product_id) do update set place = excluded.place,
             quantity = excluded.quantity, added_price_minor = excluded.added_price_minor,
             currency = excluded.currency",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Lets a cart that was looked at live longer.
pub async fn renew(tx: &mut Tx, id: CartId, expires_at: Timestamp) -> Result<(), DbError> {
    tx.query("update orders_cart set expires_at = $2 where id = $1 and expires_at < $2")
        .bind(id)
        .bind(expires_at)
        .execute()
        .await
        .map(drop)
}

/// Shares a cart under a token which hashes so; `None` ends the sharing.
pub async fn share(tx: &mut Tx, id: CartId, hash: Option<Vec<u8>>) -> Result<(), DbError> {
    tx.query("update orders_cart set share_hash = $2 where id = $1")
        .bind(id)
        .bind(hash)
        .execute()
        .await
        .map(drop)
}

/// Removes a cart with its lines.
pub async fn delete(tx: &mut Tx, id: CartId) -> Result<(), DbError> {
    tx.query("delete from orders_cart where id = $1")
        .bind(id)
        .execute()
        .await
        .map(drop)
}

/// Removes the carts of these clients.
pub async fn delete_of_clients(tx: &mut Tx, clients: Vec<ClientId>) -> Result<(), DbError> {
    tx.bulk(
        "delete from orders_cart where client_id in (select client_id from {rows})",
        Rows::new().id("client_id", clients),
    )
    .execute()
    .await
    .map(drop)
}

/// Removes at most `most` carts that have expired by `now`; answers how many. The time is asked
/// twice: a cart that is renewed meanwhile stays.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp, most: i64) -> Result<u64, DbError> {
    tx.query(
        "delete from orders_cart where expires_at <= $1 and id in (
             select id from orders_cart where expires_at <= $1 order by expires_at limit $2)",
    )
    .bind(now)
    .bind(most)
    .execute()
    .await
}
