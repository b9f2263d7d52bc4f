//! Reading carts: a client's, a guest's, a shared one; to look at, or to change.

use crate::cart::lines::{Cart, CartLine, List};
use kernel::{CartId, ClientId, Currency, Money, Quantity, Timestamp};
use platform::auth::same_secret;
use platform::db::Row;
use platform::{DbError, Engine, Rows, Tx};
use std::collections::HashMap;

/// A query for whole carts; `$1` is what it is found by, `$2` the time.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select c.id, c.client_id, c.token_hash, c.share_hash, c.version, c.created_at, ",
            "c.updated_at, c.expires_at ",
            $rest
        )
    };
}

/// A client's cart, unless it has expired.
pub async fn of_client(
    tx: &mut Tx,
    client: ClientId,
    now: Timestamp,
) -> Result<Option<Cart>, DbError> {
    let sql = select!("from orders_cart c where c.client_id = $1 and c.expires_at > $2");
    let row = tx.query(sql).bind(client).bind(now);
    let row = row.fetch_optional().await?;
    one(tx, row).await
}

/// The cart of the guest whose token hashes so, unless it has expired.
pub async fn of_guest(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<Option<Cart>, DbError> {
    let sql = select!("from orders_cart c where c.token_hash = $1 and c.expires_at > $2");
    let row = tx.query(sql).bind(hash.to_vec()).bind(now);
    let row = row.fetch_optional().await?;
    one(tx, held(row, "token_hash", hash)?).await
}

/// The cart that is shared under a token which hashes so, unless it has expired.
pub async fn shared(tx: &mut Tx, hash: &[u8], now: Timestamp) -> Result<Option<Cart>, DbError> {
    let sql = select!("from orders_cart c where c.share_hash = $1 and c.expires_at > $2");
    let row = tx.query(sql).bind(hash.to_vec()).bind(now);
    let row = row.fetch_optional().await?;
    one(tx, held(row, "share_hash", hash)?).await
}

/// As [`of_guest`], and nobody else changes the cart until this transaction ends.
pub async fn lock_of_guest(
    tx: &mut Tx,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Cart>, DbError> {
    let query = tx.query_for(
        select!("from orders_cart c where c.token_hash = $1 and c.expires_at > $2"),
        select!(
            "from orders_cart c where c.token_hash = $1 and c.expires_at > $2 for no key update"
        ),
    );
    let row = query.bind(hash.to_vec()).bind(now).fetch_optional().await?;
    one(tx, held(row, "token_hash", hash)?).await
}

/// The carts of those `clients` who have one; nobody else changes them until this transaction
/// ends. Locked in the order of the clients' ids, so that no two who lock many wait in a circle.
pub async fn lock_of_clients(
    tx: &mut Tx,
    mut clients: Vec<ClientId>,
    now: Timestamp,
) -> Result<Vec<Cart>, DbError> {
    clients.sort_unstable();
    clients.dedup();
    if clients.is_empty() {
        return Ok(Vec::new());
    }
    let sql = match tx.engine() {
        Engine::Sqlite => select!(
            "from {rows} cross join orders_cart c
             where c.client_id = r.client_id and c.expires_at > {1}"
        ),
        Engine::Postgres => select!(
            "from {rows} cross join lateral (
                 select * from orders_cart c
                 where c.client_id = r.client_id and c.expires_at > {1} for no key update) c"
        ),
    };
    let rows = Rows::new().id("client_id", clients);
    let rows = tx.bulk(sql, rows).bind(now).fetch_all().await?;
    // The lines are read after the locks are held: a statement of its own sees what is committed
    // by then.
    with_lines(tx, rows.iter().map(cart).collect::<Result<_, _>>()?).await
}

/// Leaves the row to whoever really has the secret; takes as long whoever asks.
fn held(row: Option<Row>, column: &str, hash: &[u8]) -> Result<Option<Row>, DbError> {
    let Some(row) = row else { return Ok(None) };
    let kept: Vec<u8> = row.get(column)?;
    Ok(same_secret(&kept, hash).then_some(row))
}

async fn one(tx: &mut Tx, row: Option<Row>) -> Result<Option<Cart>, DbError> {
    let Some(row) = row else { return Ok(None) };
    Ok(with_lines(tx, vec![cart(&row)?]).await?.pop())
}

async fn with_lines(tx: &mut Tx, mut carts: Vec<Cart>) -> Result<Vec<Cart>, DbError> {
    if carts.is_empty() {
        return Ok(carts);
    }
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "select l.cart_id, l.saved, l.product_id, l.place, l.quantity, l.added_price_minor,
                 l.currency
             from {rows} cross join orders_cart_line l where l.cart_id = r.id
             order by l.cart_id, l.place"
        }
        // The lateral keeps a plan made while the table was small on the index.
        Engine::Postgres => {
            "select l.cart_id, l.saved, l.product_id, l.place, l.quantity, l.added_price_minor,
                 l.currency
             from {rows} cross join lateral (
                 select * from orders_cart_line l where l.cart_id = r.id offset 0) l
             order by l.cart_id, l.place"
        }
    };
    let rows = Rows::new().id("id", carts.iter().map(|cart| cart.id));
    let rows = tx.bulk(sql, rows).fetch_all().await?;
    let places = carts.iter().enumerate();
    let places: HashMap<CartId, usize> = places.map(|(place, cart)| (cart.id, place)).collect();
    for row in &rows {
        if let Some(&place) = places.get(&row.get("cart_id")?) {
            carts[place].lines.push(line(row)?);
        }
    }
    Ok(carts)
}

fn cart(row: &Row) -> Result<Cart, DbError> {
    Ok(Cart {
        id: row.get("id")?,
        client_id: row.get("client_id")?,
        lines: Vec::new(),
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        expires_at: row.get("expires_at")?,
    })
}

fn line(row: &Row) -> Result<CartLine, DbError> {
    let quantity = Quantity::new(row.get("quantity")?);
    Ok(CartLine {
        list: List::of(row.get("saved")?),
        product_id: row.get("product_id")?,
        place: row.get("place")?,
        quantity: quantity.map_err(|error| DbError::Bug(error.to_string()))?,
        added_price: Money::new(row.get("added_price_minor")?, currency(row)?),
    })
}

pub(super) fn currency(row: &Row) -> Result<Currency, DbError> {
    let text: String = row.get("currency")?;
    let unknown = |_| DbError::Bug(format!("currency {text}"));
    text.parse().map_err(unknown)
}
