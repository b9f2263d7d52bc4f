//! How carts look on the wire.

use super::lines::List;
use super::overview::{Entry, Summary};
use super::price::{Priced, PricedLine};
use super::show::Shown;
use kernel::{CartId, ClientId, Currency, Money, ProductId, Timestamp};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// A cart at today's prices.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartView {
    /// Null until something was put in.
    pub id: Option<CartId>,
    /// What a checkout buys.
    pub items: Vec<CartItemView>,
    /// Kept, but neither counted nor checked out.
    pub saved_for_later: Vec<CartItemView>,
    /// The lines that can be bought.
    pub subtotal: Money,
    pub total: Money,
    /// A guest's token, told once: when the cart is made. Send it as `Cart-Token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub token: Option<String>,
    /// Null until something was put in.
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// Thirty days after it was last touched.
    pub expires_at: Option<Timestamp>,
}

/// A line of a cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartItemView {
    pub product_id: ProductId,
    /// Null once the product is gone.
    pub sku: Option<String>,
    /// Null once the product is gone.
    pub name: Option<String>,
    pub quantity: i64,
    /// Today's; of what is not for sale, the price when it was put in.
    pub unit_price: Money,
    pub line_total: Money,
    /// Whether the price is another one than when the line was put in or set.
    pub price_changed: bool,
    /// That price, when it was another one.
    pub previous_price: Option<Money>,
    /// Pieces free to sell over all stores; null where nobody can tell now.
    pub available: Option<i64>,
    /// Whether fewer are available than wanted, as far as anybody can tell.
    pub insufficient_stock: bool,
    /// Not for sale any more: counts for nothing, and no checkout takes it.
    pub unavailable: bool,
}

impl CartView {
    pub fn of(shown: &Shown, available: &HashMap<ProductId, i64>) -> Self {
        let items = |list: List| {
            let on = shown
                .prices
                .lines
                .iter()
                .filter(|one| one.line.list == list);
            on.map(|line| CartItemView::of(line, available)).collect()
        };
        let cart = shown.cart.as_ref();
        Self {
            id: cart.map(|cart| cart.id),
            items: items(List::Buy),
            saved_for_later: items(List::Later),
            subtotal: shown.prices.total,
            total: shown.prices.total,
            token: shown.token.as_ref().map(|token| token.reveal().to_owned()),
            created_at: cart.map(|cart| cart.created_at),
            updated_at: cart.map(|cart| cart.updated_at),
            expires_at: cart.map(|cart| cart.expires_at),
        }
    }
}

impl CartItemView {
    fn of(priced: &PricedLine, available: &HashMap<ProductId, i64>) -> Self {
        let (line, previous_price) = (&priced.line, priced.previous_price());
        let available = available.get(&line.product_id).copied();
        Self {
            product_id: line.product_id,
            sku: priced.sku.clone(),
            name: priced.name.clone(),
            quantity: line.quantity.get(),
            unit_price: priced.unit_price,
            line_total: priced.total,
            price_changed: previous_price.is_some(),
            previous_price,
            available,
            insufficient_stock: available.is_some_and(|count| count < line.quantity.get()),
            unavailable: !priced.for_sale,
        }
    }
}

/// A link under which others see the cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareView {
    /// Told once: sharing again makes another, and this one opens nothing more.
    pub token: String,
    #[schema(example = "/v1/shared-carts/3rYQ…")]
    pub path: String,
}

/// What can be bought of a shared cart, at today's prices.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedCartView {
    pub items: Vec<SharedItemView>,
    pub total: Money,
}

/// A line of a shared cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedItemView {
    pub product_id: ProductId,
    pub sku: Option<String>,
    pub name: Option<String>,
    pub quantity: i64,
    pub unit_price: Money,
    pub line_total: Money,
}

impl From<Priced> for SharedCartView {
    fn from(shared: Priced) -> Self {
        let item = |line: PricedLine| SharedItemView {
            product_id: line.line.product_id,
            sku: line.sku,
            name: line.name,
            quantity: line.line.quantity.get(),
            unit_price: line.unit_price,
            line_total: line.total,
        };
        Self {
            items: shared.lines.into_iter().map(item).collect(),
            total: shared.total,
        }
    }
}

/// A cart as the shop's people see it: sums, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartEntryView {
    pub id: CartId,
    /// Null: a guest's.
    pub client_id: Option<ClientId>,
    /// Lines to be bought.
    pub lines: i64,
    pub pieces: i64,
    /// What they cost today; what is not for sale costs nothing.
    pub value: Money,
    /// Pieces of the product that was asked for, to be bought.
    pub product_quantity: Option<i64>,
    /// Pieces of it that are saved for later.
    pub product_saved_for_later: Option<i64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub expires_at: Timestamp,
}

impl CartEntryView {
    pub fn of(entry: &Entry, asked_for_product: bool, shop: Currency) -> Self {
        let of_product = asked_for_product.then_some(entry.of_product);
        Self {
            id: entry.cart.id,
            client_id: entry.cart.client_id,
            lines: entry.sums.lines,
            pieces: entry.sums.pieces,
            value: entry.sums.value(shop),
            product_quantity: of_product.map(|(bought, _)| bought),
            product_saved_for_later: of_product.map(|(_, saved)| saved),
            created_at: entry.cart.created_at,
            updated_at: entry.cart.updated_at,
            expires_at: entry.cart.expires_at,
        }
    }
}

/// All carts together: what is in them to be bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartSummaryView {
    /// Carts with something to be bought.
    pub open_carts: i64,
    /// Those of them that are guests'.
    pub guest_carts: i64,
    /// Those of them that nobody changed for 24 hours.
    pub abandoned_carts: i64,
    pub lines: i64,
    pub pieces: i64,
    /// At today's prices; what is not for sale costs nothing.
    pub value: Money,
    pub as_of: Timestamp,
}

impl CartSummaryView {
    pub fn of(summary: &Summary, shop: Currency) -> Self {
        Self {
            open_carts: summary.counted.open,
            guest_carts: summary.counted.of_guests,
            abandoned_carts: summary.counted.abandoned,
            lines: summary.sums.lines,
            pieces: summary.sums.pieces,
            value: summary.sums.value(shop),
            as_of: summary.as_of,
        }
    }
}
