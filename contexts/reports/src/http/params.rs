//! What a request asks for, checked.

use crate::ask::{Asked, By, Scope};
use crate::calendar::Day;
use kernel::{CategoryId, StoreId};
use platform::Host;
use platform::auth::Principal;
use platform::http::Problem;
use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::IntoParams;

/// Days, when nothing is said.
const USUAL_DAYS: i64 = 30;
/// Rows, when nothing is said, and at most.
const USUAL_ROWS: usize = 100;
const MOST_ROWS: usize = 10_000;

/// How many rows.
#[derive(Clone, Copy, Debug)]
pub struct Rows(usize);

/// A number as JSON has it, or as it stands in an address.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Number(i64),
    Text(String),
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = match Said::deserialize(deserializer)? {
            Said::Number(rows) => usize::try_from(rows).ok(),
            Said::Text(text) => text.parse().ok(),
        };
        rows.filter(|rows| (1..=MOST_ROWS).contains(rows))
            .map(Self)
            .ok_or_else(|| D::Error::custom("a limit is a whole number from 1 to 10000"))
    }
}

/// Which days, stores and products, and how many rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeriodParams {
    /// The first day, in UTC; left out: 29 days before the last.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-01")]
    pub from: Option<Day>,
    /// The last day; left out: today.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-30")]
    pub to: Option<Day>,
    /// Rows at most; 100 when left out.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 10000)]
    pub limit: Option<Rows>,
    pub store_id: Option<StoreId>,
    /// Products that are in this category now.
    pub category_id: Option<CategoryId>,
}

/// As for the others, and what to group by.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SalesParams {
    /// By day when left out.
    #[serde(default)]
    pub by: By,
    /// The first day, in UTC; left out: 29 days before the last.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-01")]
    pub from: Option<Day>,
    /// The last day; left out: today.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-30")]
    pub to: Option<Day>,
    /// Rows at most; 100 when left out.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 10000)]
    pub limit: Option<Rows>,
    pub store_id: Option<StoreId>,
    /// Products that are in this category now; not with `employee` and `country`.
    pub category_id: Option<CategoryId>,
}

/// Without days: stock is as it is now.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StockParams {
    /// Rows at most; 100 when left out.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 10000)]
    pub limit: Option<Rows>,
    pub store_id: Option<StoreId>,
    /// Products that are in this category now.
    pub category_id: Option<CategoryId>,
}

impl PeriodParams {
    pub fn asked(self, host: &Host, principal: &Principal) -> Result<Asked, Problem> {
        let to = self.to.unwrap_or_else(|| Day::of(host.source.now()));
        let from = self.from.unwrap_or_else(|| to.before(USUAL_DAYS - 1));
        if from > to {
            let message = "the first day is after the last";
            return Err(Problem::invalid(message).detail("from", "AFTER_TO", message));
        }
        Ok(Asked {
            from,
            to,
            scope: scope(self.store_id, principal),
            category: self.category_id,
            limit: self.limit.map_or(USUAL_ROWS, |rows| rows.0),
        })
    }

    /// For reports that know no category.
    pub fn asked_of_orders(self, host: &Host, principal: &Principal) -> Result<Asked, Problem> {
        if self.category_id.is_some() {
            return Err(no_category("whole orders are counted here, not products"));
        }
        self.asked(host, principal)
    }
}

impl SalesParams {
    pub fn asked(self, host: &Host, principal: &Principal) -> Result<(By, Asked), Problem> {
        let by = self.by;
        if self.category_id.is_some() && !by.knows_categories() {
            return Err(no_category(
                "by employee and country, whole orders are counted",
            ));
        }
        let period = PeriodParams {
            from: self.from,
            to: self.to,
            limit: self.limit,
            store_id: self.store_id,
            category_id: self.category_id,
        };
        Ok((by, period.asked(host, principal)?))
    }
}

impl StockParams {
    pub fn asked(self, host: &Host, principal: &Principal) -> Result<Asked, Problem> {
        let period = PeriodParams {
            from: None,
            to: None,
            limit: self.limit,
            store_id: self.store_id,
            category_id: self.category_id,
        };
        period.asked(host, principal)
    }
}

fn no_category(message: &'static str) -> Problem {
    Problem::invalid(message).detail("category_id", "NOT_APPLICABLE", message)
}

fn scope(store: Option<StoreId>, principal: &Principal) -> Scope {
    Scope {
        store,
        only: principal.only_stores().map(<[_]>::to_vec),
    }
}
