//! The columns of each report as a sheet.

use crate::sheet::Sheet;
use crate::views::{AverageBasket, BestSeller, HighestSpender, SalesGroup, StockLevel, Sums};

impl Sums {
    fn cells(&self) -> [String; 6] {
        [
            self.gross.currency().to_string(),
            self.units.to_string(),
            self.gross.to_string(),
            self.returned_units.to_string(),
            self.returns.to_string(),
            self.net.to_string(),
        ]
    }
}

/// Sums stand in this order in every sheet.
macro_rules! columns {
    ($($column:literal),*) => {
        &[$($column,)* "currency", "units", "gross", "returned_units", "returns", "net"]
    };
}

fn text(value: &Option<String>) -> String {
    platform::cells::neutral(value.as_deref().unwrap_or_default()).into_owned()
}

fn number(value: Option<i64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Sheet for BestSeller {
    const COLUMNS: &'static [&'static str] = columns!("product_id", "sku", "name", "orders");

    fn cells(&self) -> Vec<String> {
        let (id, orders) = (self.product_id.to_string(), self.orders.to_string());
        let mut cells = vec![id, text(&self.sku), text(&self.name), orders];
        cells.extend(self.sums.cells());
        cells
    }
}

impl Sheet for HighestSpender {
    const COLUMNS: &'static [&'static str] = columns!("client_id", "orders");

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.client_id.to_string(), self.orders.to_string()];
        cells.extend(self.sums.cells());
        cells
    }
}

impl Sheet for SalesGroup {
    const COLUMNS: &'static [&'static str] = columns!("key", "name", "orders");

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![text(&self.key), text(&self.name), number(self.orders)];
        cells.extend(self.sums.cells());
        cells
    }
}

impl Sheet for AverageBasket {
    const COLUMNS: &'static [&'static str] = columns!("orders", "average", "units_per_order_milli");

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![
            self.orders.to_string(),
            self.average.to_string(),
            self.units_per_order_milli.to_string(),
        ];
        cells.extend(self.sums.cells());
        cells
    }
}

impl Sheet for StockLevel {
    const COLUMNS: &'static [&'static str] = &[
        "product_id",
        "sku",
        "name",
        "store_id",
        "store",
        "on_hand",
        "reserved",
        "available",
        "min_stock",
        "value",
        "currency",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.product_id.to_string(),
            text(&self.sku),
            text(&self.name),
            self.store_id.to_string(),
            text(&self.store),
            self.on_hand.to_string(),
            self.reserved.to_string(),
            self.available.to_string(),
            number(self.min_stock),
            self.value
                .map(|value| value.to_string())
                .unwrap_or_default(),
            self.value
                .map(|value| value.currency().to_string())
                .unwrap_or_default(),
        ]
    }
}
