//! Forgetting what was counted, before it is counted anew.

use platform::{DbError, Tx};

/// Every table of reports. Nothing is closed then.
const CLEAR: [&str; 13] = [
    "delete from reports_order",
    "delete from reports_sale_day",
    "delete from reports_product_day",
    "delete from reports_client_day",
    "delete from reports_span",
    "delete from reports_running_total",
    "update reports_closed set until_day = 0",
    "delete from reports_level",
    "delete from reports_stock",
    "delete from reports_product",
    "delete from reports_category",
    "delete from reports_store",
    "delete from reports_clock",
];

/// Empties all of them.
pub async fn everything(tx: &mut Tx) -> Result<(), DbError> {
    for statement in CLEAR {
        tx.query(statement).execute().await?;
    }
    Ok(())
}
