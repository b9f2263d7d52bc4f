//! Returns: what came back, and how many of each line.

use kernel::{Money, OrderId, ProductId, Timestamp};
use platform::{DbError, Rows, Tx};
use uuid::Uuid;

/// Goods that came back from one order.
#[derive(Clone, Debug)]
pub struct Return {
    pub id: Uuid,
    pub order_id: OrderId,
    pub reference: Option<String>,
    pub reason: Option<String>,
    pub restock: bool,
    pub returned_at: Timestamp,
    pub total: Money,
    pub lines: Vec<ReturnLine>,
}

/// One line of a return: pieces of the order's line `line`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnLine {
    pub line: i64,
    pub product_id: ProductId,
    pub quantity: i64,
    pub unit_price_minor: i64,
}

/// Books returns: the record, its lines, and the counts on the orders' lines.
pub async fn insert_returns(tx: &mut Tx, returns: &[Return]) -> Result<(), DbError> {
    if returns.is_empty() {
        return Ok(());
    }
    let heads = Rows::new()
        .uuid("id", returns.iter().map(|one| one.id).collect())
        .id("order_id", returns.iter().map(|one| one.order_id))
        .optional_text(
            "reference",
            returns.iter().map(|one| one.reference.clone()).collect(),
        )
        .optional_text(
            "reason",
            returns.iter().map(|one| one.reason.clone()).collect(),
        )
        .boolean("restock", returns.iter().map(|one| one.restock).collect())
        .bigint(
            "total_minor",
            returns.iter().map(|one| one.total.minor()).collect(),
        )
        .time("returned_at", returns.iter().map(|one| one.returned_at));
    tx.bulk(
        "insert into orders_return (id, order_id, reference, reason, restock, total_minor,
             returned_at)
         select id, order_id, reference, reason, restock, total_minor, returned_at from {rows}",
        heads,
    )
    .execute()
    .await?;
    insert_lines(tx, returns).await?;
    count_returned(tx, returns).await
}

async fn insert_lines(tx: &mut Tx, returns: &[Return]) -> Result<(), DbError> {
    let lines: Vec<(Uuid, i64, &ReturnLine)> = returns
        .iter()
        .flat_map(|one| {
            one.lines
                .iter()
                .zip(0..)
                .map(move |(line, nth)| (one.id, nth, line))
        })
        .collect();
    let rows = Rows::new()
        .uuid("return_id", lines.iter().map(|(id, ..)| *id).collect())
        .bigint("line", lines.iter().map(|(_, nth, _)| *nth).collect())
        .id("product_id", lines.iter().map(|(.., line)| line.product_id))
        .bigint(
            "quantity",
            lines.iter().map(|(.., line)| line.quantity).collect(),
        )
        .bigint(
            "price",
            lines
                .iter()
                .map(|(.., line)| line.unit_price_minor)
                .collect(),
        );
    tx.bulk(
        "insert into orders_return_line (return_id, line, product_id, quantity, unit_price_minor)
         select return_id, line, product_id, quantity, price from {rows}",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// The CHECK on `returned <= quantity` refuses more than was delivered, whatever races.
async fn count_returned(tx: &mut Tx, returns: &[Return]) -> Result<(), DbError> {
    let lines: Vec<(OrderId, &ReturnLine)> = returns
        .iter()
        .flat_map(|one| one.lines.iter().map(move |line| (one.order_id, line)))
        .collect();
    let rows = Rows::new()
        .id("order_id", lines.iter().map(|(id, _)| *id))
        .bigint("line", lines.iter().map(|(_, line)| line.line).collect())
        .bigint(
            "quantity",
            lines.iter().map(|(_, line)| line.quantity).collect(),
        );
    tx.bulk(
        "update orders_line set returned = returned + b.quantity
         from (select order_id, line, cast(sum(quantity) as bigint) as quantity
               from {rows} group by order_id, line) b
         where orders_line.order_id = b.order_id and orders_line.line = b.line",
        rows,
    )
    .execute()
    .await
    .map(drop)
}
