//! Orders as a sheet, a row a line, or as a list in JSON; in portions, so that their number does
//! not matter.

use crate::order::{Line, Order};
use crate::store::{self, After, Filter, Sort};
use crate::view::OrderView;
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

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// CSV.
    Sheet,
    /// A JSON array, an order a line.
    List,
}

/// An export under way.
pub struct Export {
    host: Host,
    filter: Filter,
    form: Form,
    after: Option<After>,
    begun: bool,
    done: bool,
}

impl Export {
    pub fn new(host: &Host, filter: Filter, form: Form) -> Self {
        let host = host.clone();
        Self {
            host,
            filter,
            form,
            after: None,
            begun: false,
            done: false,
        }
    }

    /// The next portion; `None` after the last.
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
        let begins = !std::mem::replace(&mut self.begun, true);
        let written = match self.form {
            Form::Sheet => sheet(&orders, begins).map_err(|error| error.to_string()),
            Form::List => list(&orders, begins, self.done).map_err(|error| error.to_string()),
        };
        written.map(Some).map_err(DbError::Bug)
    }
}

fn list(orders: &[Order], begins: bool, ends: bool) -> Result<Vec<u8>, serde_json::Error> {
    let mut written = Vec::new();
    if begins {
        written.push(b'[');
    }
    for (nth, order) in orders.iter().enumerate() {
        if !(begins && nth == 0) {
            written.push(b',');
        }
        written.push(b'\n');
        serde_json::to_writer(&mut written, &OrderView::from(order))?;
    }
    if ends {
        written.extend_from_slice(b"\n]\n");
    }
    Ok(written)
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
