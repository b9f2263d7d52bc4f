//! Orders as a sheet, a row a line, in portions, so that their number does not matter.

use crate::order::{Line, Order};
use crate::store::{self, After, Filter, Sort};
use kernel::Limit;
use platform::cells::neutral;
use platform::{DbError, Host};

/// The columns, in order.
const COLUMNS: [&str; 15] = [
    "number",
    "status",
    "payment_status",
    "placed_at",
    "client_id",
    "store_id",
    "employee_id",
    "sku",
    "name",
    "quantity",
    "returned",
    "unit_price",
    "line_total",
    "currency",
    "reference",
];

/// An export under way.
pub struct Export {
    host: Host,
    filter: Filter,
    after: Option<After>,
    begun: bool,
    done: bool,
}

impl Export {
    pub fn new(host: &Host, filter: Filter) -> Self {
        let host = host.clone();
        Self {
            host,
            filter,
            after: None,
            begun: false,
            done: false,
        }
    }

    /// The next portion of the sheet; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DbError> {
        if self.done {
            return Ok(None);
        }
        let portion = Limit::new(Limit::MAX).unwrap_or_default();
        let mut orders = {
            let mut tx = self.host.db.read().await?;
            store::list(&mut tx, &self.filter, Sort::Oldest, self.after, portion).await?
        };
        self.done = orders.len() as i64 <= portion.get();
        orders.truncate(usize::try_from(portion.get()).unwrap_or(usize::MAX));
        let last = orders.last().map(|last| After {
            id: last.id,
            placed_at: last.placed_at,
        });
        self.after = last.or(self.after);
        let header = !std::mem::replace(&mut self.begun, true);
        let sheet = sheet(&orders, header);
        sheet
            .map(Some)
            .map_err(|error| DbError::Bug(error.to_string()))
    }
}

fn sheet(orders: &[Order], header: bool) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if header {
        writer.write_record(COLUMNS)?;
    }
    for order in orders {
        for line in &order.lines {
            writer.write_record(row(order, line))?;
        }
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

fn row(order: &Order, line: &Line) -> [String; COLUMNS.len()] {
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        order.number(),
        order.status.as_str().to_owned(),
        order.payment_status.as_str().to_owned(),
        text(order.placed_at.map(|at| at.to_string())),
        order.client_id.to_string(),
        text(order.store_id.map(|id| id.to_string())),
        text(order.employee_id.map(|id| id.to_string())),
        neutral(&line.sku).into_owned(),
        neutral(&line.name).into_owned(),
        line.quantity.get().to_string(),
        line.returned.to_string(),
        line.unit_price.to_string(),
        line.total().unwrap_or(line.unit_price).to_string(),
        order.total.currency().to_string(),
        text(
            order
                .reference
                .as_deref()
                .map(|text| neutral(text).into_owned()),
        ),
    ]
}
