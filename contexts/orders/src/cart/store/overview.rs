//! What the shop's people may know of carts: which hold a product, and what all of them hold.

use super::rows::currency;
use kernel::{CartId, ClientId, Limit, Money, ProductId, Timestamp};
use platform::db::Build;
use platform::{DbError, Engine, Rows, Tx};

/// A cart in a list.
pub struct Listed {
    pub id: CartId,
    pub client_id: Option<ClientId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A line of a listed cart at today's price; `None` when it is not for sale.
pub struct ListedLine {
    pub cart_id: CartId,
    pub product_id: ProductId,
    pub saved: bool,
    pub quantity: i64,
    pub price: Option<Money>,
}

/// What all carts hold of one product.
pub struct Held {
    pub lines: i64,
    pub pieces: i64,
    pub price: Option<Money>,
}

/// How many carts there are.
pub struct Counted {
    pub open: i64,
    pub of_guests: i64,
    pub abandoned: i64,
}

/// Carts that hold something, the newest first, one more than `limit`; with `product` only those
/// that hold it.
pub async fn list(
    tx: &mut Tx,
    product: Option<ProductId>,
    after: Option<CartId>,
    (limit, now): (Limit, Timestamp),
) -> Result<Vec<Listed>, DbError> {
    let query = tx.build(
        "select c.id, c.client_id, c.created_at, c.updated_at, c.expires_at from orders_cart c",
    );
    let rows = with_product(query, product, now)
        .and("and c.id < ?", after)
        .push("order by c.id desc limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    let listed = |row: &platform::db::Row| {
        Ok(Listed {
            id: row.get("id")?,
            client_id: row.get("client_id")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            expires_at: row.get("expires_at")?,
        })
    };
    rows.iter().map(listed).collect()
}

/// How many carts [`list`] would show on all its pages.
pub async fn count(
    tx: &mut Tx,
    product: Option<ProductId>,
    now: Timestamp,
) -> Result<i64, DbError> {
    let query = tx.build("select count(*) as total from orders_cart c");
    with_product(query, product, now)
        .fetch_one()
        .await?
        .get("total")
}

fn with_product<'t>(query: Build<'t>, product: Option<ProductId>, now: Timestamp) -> Build<'t> {
    query
        .push("where c.expires_at > ?")
        .bind(now)
        .push_if(
            product.is_none(),
            "and exists (select 1 from orders_cart_line l where l.cart_id = c.id)",
        )
        .and(
            "and c.id in (select l.cart_id from orders_cart_line l where l.product_id = ?)",
            product,
        )
}

/// The lines of these carts.
pub async fn lines_of(tx: &mut Tx, carts: &[Listed]) -> Result<Vec<ListedLine>, DbError> {
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "select l.cart_id, l.product_id, l.saved, l.quantity, p.price_minor, p.currency
             from {rows} cross join orders_cart_line l
             left join orders_product p on p.id = l.product_id and p.status = 'active'
             where l.cart_id = r.id"
        }
        Engine::Postgres => {
            "select l.cart_id, l.product_id, l.saved, l.quantity, p.price_minor, p.currency
             from {rows} cross join lateral (
                 select * from orders_cart_line l where l.cart_id = r.id offset 0) l
             left join orders_product p on p.id = l.product_id and p.status = 'active'"
        }
    };
    let rows = Rows::new().id("id", carts.iter().map(|cart| cart.id));
    let rows = tx.bulk(sql, rows).fetch_all().await?;
    let line = |row: &platform::db::Row| {
        Ok(ListedLine {
            cart_id: row.get("cart_id")?,
            product_id: row.get("product_id")?,
            saved: row.get("saved")?,
            quantity: row.get("quantity")?,
            price: price(row)?,
        })
    };
    rows.iter().map(line).collect()
}

/// What carts that have not expired hold to be bought, a row a product.
pub async fn held(tx: &mut Tx, now: Timestamp) -> Result<Vec<Held>, DbError> {
    let rows = tx
        .query(
            "select l.product_id, p.price_minor, p.currency, count(*) as lines,
                 cast(sum(l.quantity) as bigint) as pieces
             from orders_cart c join orders_cart_line l on l.cart_id = c.id and not l.saved
             left join orders_product p on p.id = l.product_id and p.status = 'active'
             where c.expires_at > $1 group by l.product_id, p.price_minor, p.currency",
        )
        .bind(now)
        .fetch_all()
        .await?;
    let held = |row: &platform::db::Row| {
        Ok(Held {
            lines: row.get("lines")?,
            pieces: row.get("pieces")?,
            price: price(row)?,
        })
    };
    rows.iter().map(held).collect()
}

/// Carts that hold something to be bought; abandoned are those that nobody changed since `quiet`.
pub async fn counted(tx: &mut Tx, now: Timestamp, quiet: Timestamp) -> Result<Counted, DbError> {
    let row = tx
        .query(
            "select count(*) as open, count(*) filter (where c.client_id is null) as of_guests,
                 count(*) filter (where c.updated_at < $2) as abandoned
             from orders_cart c where c.expires_at > $1 and exists (
                 select 1 from orders_cart_line l where l.cart_id = c.id and not l.saved)",
        )
        .bind(now)
        .bind(quiet)
        .fetch_one()
        .await?;
    Ok(Counted {
        open: row.get("open")?,
        of_guests: row.get("of_guests")?,
        abandoned: row.get("abandoned")?,
    })
}

fn price(row: &platform::db::Row) -> Result<Option<Money>, DbError> {
    match row.get("price_minor")? {
        Some(minor) => Ok(Some(Money::new(minor, currency(row)?))),
        None => Ok(None),
    }
}
