//! The rows of reports, as answers and sheets have them.

use crate::effect::Figures;
use crate::store::rankings::{Seller, Spender};
use crate::store::sales::Group;
use crate::store::stock::{InStore, Level};
use kernel::{ClientId, Currency, Money, ProductId, StoreId};
use platform::DbError;
use serde::Serialize;
use utoipa::ToSchema;

/// What was sold and what came back. A cancelled order counts nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sums {
    /// Pieces ordered.
    pub units: i64,
    /// What they cost.
    pub gross: Money,
    /// Pieces that came back.
    pub returned_units: i64,
    /// What was booked for them.
    pub returns: Money,
    /// `gross` less `returns`.
    pub net: Money,
}

/// A product with what was sold of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BestSeller {
    pub product_id: ProductId,
    pub sku: Option<String>,
    pub name: Option<String>,
    /// Orders that asked for it.
    pub orders: i64,
    #[serde(flatten)]
    pub sums: Sums,
}

/// A client with what they bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HighestSpender {
    pub client_id: ClientId,
    pub orders: i64,
    #[serde(flatten)]
    pub sums: Sums,
}

/// Sales that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SalesGroup {
    /// `2026-11-20`, `2026-11`, an id or a country; `null` where it is not known.
    pub key: Option<String>,
    /// What the store or category is called.
    pub name: Option<String>,
    /// Not told of categories: an order may have products of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders: Option<i64>,
    #[serde(flatten)]
    pub sums: Sums,
}

/// What an order is worth on average, before returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AverageBasket {
    pub orders: i64,
    /// `gross` ÷ `orders`, half a minor unit rounded up.
    pub average: Money,
    /// Pieces per order in thousandths, rounded likewise: 2500 are two and a half.
    pub units_per_order_milli: i64,
    #[serde(flatten)]
    pub sums: Sums,
}

/// The stock of one product in one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockLevel {
    pub product_id: ProductId,
    pub sku: Option<String>,
    pub name: Option<String>,
    pub store_id: StoreId,
    pub store: Option<String>,
    pub on_hand: i64,
    pub reserved: i64,
    /// `on_hand` less `reserved`.
    pub available: i64,
    pub min_stock: Option<i64>,
    /// What is on hand at today's price.
    pub value: Option<Money>,
}

/// What a store holds in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StoreStock {
    pub store_id: StoreId,
    pub store: Option<String>,
    /// Products with stock or a threshold there.
    pub products: i64,
    pub on_hand: i64,
    pub reserved: i64,
    pub available: i64,
    /// Products at or below their threshold.
    pub low: i64,
    pub value: Option<Money>,
}

fn money(minor: i64, currency: &str) -> Result<Money, DbError> {
    let known = currency.parse::<Currency>();
    let known = known.map_err(|_| DbError::Bug(format!("currency {currency}")))?;
    Ok(Money::new(minor, known))
}

impl Sums {
    fn of(figures: Figures, currency: &str) -> Result<Self, DbError> {
        let (gross, returned) = (figures.gross_minor, figures.returned_minor);
        Ok(Self {
            units: figures.units,
            gross: money(gross, currency)?,
            returned_units: figures.returned_units,
            returns: money(returned, currency)?,
            net: money(gross.saturating_sub(returned), currency)?,
        })
    }
}

impl TryFrom<Seller> for BestSeller {
    type Error = DbError;

    fn try_from(row: Seller) -> Result<Self, DbError> {
        Ok(Self {
            product_id: row.product,
            sku: row.sku,
            name: row.name,
            orders: row.figures.orders,
            sums: Sums::of(row.figures, &row.currency)?,
        })
    }
}

impl TryFrom<Spender> for HighestSpender {
    type Error = DbError;

    fn try_from(row: Spender) -> Result<Self, DbError> {
        Ok(Self {
            client_id: row.client,
            orders: row.figures.orders,
            sums: Sums::of(row.figures, &row.currency)?,
        })
    }
}

impl SalesGroup {
    /// `of_lines`: it was counted from lines, which know no orders.
    pub fn of(row: Group, of_lines: bool) -> Result<Self, DbError> {
        Ok(Self {
            key: row.key,
            name: row.name,
            orders: (!of_lines).then_some(row.figures.orders),
            sums: Sums::of(row.figures, &row.currency)?,
        })
    }
}

impl AverageBasket {
    pub fn of((currency, figures): (String, Figures)) -> Result<Self, DbError> {
        let sums = Sums::of(figures, &currency)?;
        let orders = figures.orders;
        Ok(Self {
            orders,
            average: money(rounded(figures.gross_minor.into(), orders), &currency)?,
            units_per_order_milli: rounded(i128::from(figures.units) * 1000, orders),
            sums,
        })
    }
}

/// A quotient with a half rounded up; nothing of nothing.
fn rounded(sum: i128, count: i64) -> i64 {
    let count = i128::from(count);
    if count <= 0 {
        return 0;
    }
    i64::try_from((2 * sum + count).div_euclid(2 * count)).unwrap_or(i64::MAX)
}

impl TryFrom<Level> for StockLevel {
    type Error = DbError;

    fn try_from(row: Level) -> Result<Self, DbError> {
        let value = row
            .currency
            .map(|currency| money(row.value_minor, &currency));
        Ok(Self {
            product_id: row.product,
            sku: row.sku,
            name: row.name,
            store_id: row.store,
            store: row.store_name,
            on_hand: row.on_hand,
            reserved: row.reserved,
            available: row.on_hand - row.reserved,
            min_stock: row.min_stock,
            value: value.transpose()?,
        })
    }
}

impl TryFrom<InStore> for StoreStock {
    type Error = DbError;

    fn try_from(row: InStore) -> Result<Self, DbError> {
        let value = row
            .currency
            .map(|currency| money(row.value_minor, &currency));
        Ok(Self {
            store_id: row.store,
            store: row.name,
            products: row.products,
            on_hand: row.on_hand,
            reserved: row.reserved,
            available: row.on_hand - row.reserved,
            low: row.low,
            value: value.transpose()?,
        })
    }
}
