//! The levels of many products at once, so many of each at most.

use crate::store::lists::{LevelFilter, LevelRow, level_row};
use kernel::{Limit, ProductId};
use platform::{DbError, Rows, Tx};

/// The first `limit` levels of each of `products` under the filter, in the order they were made.
pub async fn levels_of_each(
    tx: &mut Tx,
    products: &[ProductId],
    filter: LevelFilter,
    limit: Limit,
) -> Result<Vec<LevelRow>, DbError> {
    let rows = Rows::new().id("product_id", products.iter().copied());
    let rows = tx
        .bulk(
            "select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock,
                 l.max_stock, l.version, l.low_since, l.excess_since, l.created_at, l.updated_at,
                 p.sku, p.name as product_name, s.code as store_code, s.name as store_name
             from (select l.*, row_number() over (partition by l.product_id order by l.id) as nth
                 from {rows} join inventory_level l on l.product_id = r.product_id
                 where ({1} is null or l.store_id = {1})
                     and ({2} is null or (l.low_since is not null) = {2})
                     and ({3} is null or (l.on_hand > l.reserved) = {3})) l
             join inventory_store s on s.id = l.store_id
             left join inventory_product p on p.id = l.product_id
             where l.nth <= {4} order by l.id",
            rows,
        )
        .bind(filter.store)
        .bind(filter.low)
        .bind(filter.in_stock)
        .bind(limit.get())
        .fetch_all()
        .await?;
    rows.iter().map(level_row).collect()
}
