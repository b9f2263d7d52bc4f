//! Best sellers and highest spenders.

use super::{SOMETHING, SUMS, figures, spans};
use crate::ask::Asked;
use crate::effect::Figures;
use kernel::{CategoryId, ClientId, ProductId};
use platform::db::Row;
use platform::{DbError, Tx};

/// A product with what was sold of it.
#[derive(Clone, Debug)]
pub struct Seller {
    pub product: ProductId,
    /// Not there before catalog has told of it.
    pub sku: Option<String>,
    pub name: Option<String>,
    pub currency: String,
    pub figures: Figures,
}

/// A client with what they bought.
#[derive(Clone, Debug)]
pub struct Spender {
    pub client: ClientId,
    pub currency: String,
    pub figures: Figures,
}

/// Most pieces kept first, then most money; one more row than asked for.
pub async fn products(tx: &mut Tx, asked: &Asked) -> Result<Vec<Seller>, DbError> {
    let closed = spans::closed(tx).await?;
    let build = tx
        .build("select s.*, p.sku, p.name from (select f.product_id, f.currency,")
        .push(SUMS);
    let build = of_category(spans::of_products(build, asked, closed), asked.category);
    let rows = build
        .push("group by f.product_id, f.currency")
        .push(SOMETHING)
        .push(
            "order by sum(f.units) - sum(f.returned_units) desc,
                 sum(f.gross_minor) - sum(f.returned_minor) desc, f.product_id limit ?) s",
        )
        .bind(most(asked))
        .push(
            "left join reports_product p on p.id = s.product_id
             order by s.units - s.returned_units desc,
                 s.gross_minor - s.returned_minor desc, s.product_id",
        )
        .fetch_all()
        .await?;
    rows.iter().map(seller).collect()
}

/// Most money kept first, currency by currency; one more row a currency than asked for.
pub async fn clients(tx: &mut Tx, asked: &Asked) -> Result<Vec<Spender>, DbError> {
    let closed = spans::closed(tx).await?;
    let build = tx
        .build(
            "select * from (select s.*, row_number() over (partition by s.currency
                 order by s.gross_minor - s.returned_minor desc, s.client_id) as nth
             from (select f.client_id, f.currency,",
        )
        .push(SUMS);
    let rows = spans::of_clients(build, asked, closed)
        .push("group by f.client_id, f.currency")
        .push(SOMETHING)
        .push(") s) ranked where nth <= ? order by currency, nth")
        .bind(most(asked))
        .fetch_all()
        .await?;
    rows.iter().map(spender).collect()
}

fn most(asked: &Asked) -> i64 {
    i64::try_from(asked.limit)
        .unwrap_or(i64::MAX)
        .saturating_add(1)
}

/// Narrows a statement over the products of a table `f`.
pub fn of_category(
    build: platform::db::Build<'_>,
    category: Option<CategoryId>,
) -> platform::db::Build<'_> {
    build.and(
        "and f.product_id in (select c.id from reports_product c where c.category_id = ?)",
        category,
    )
}

fn seller(row: &Row) -> Result<Seller, DbError> {
    Ok(Seller {
        product: row.get("product_id")?,
        sku: row.get("sku")?,
        name: row.get("name")?,
        currency: row.get("currency")?,
        figures: figures(row)?,
    })
}

fn spender(row: &Row) -> Result<Spender, DbError> {
    Ok(Spender {
        client: row.get("client_id")?,
        currency: row.get("currency")?,
        figures: figures(row)?,
    })
}
