//! What requests about carts say, checked into what use cases take; and how a cart is answered.

use crate::cart::Carts;
use crate::cart::show::Shown;
use crate::cart::view::CartView;
use crate::http::words::PaymentInput;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use kernel::{BadQuantity, Country, MoneyInput, ProductId, Quantity, StoreId, Text};
use platform::http::{GUEST_HEADER, Json, Problem, WithTag};
use serde::Deserialize;
use std::hash::{DefaultHasher, Hasher as _};
use utoipa::ToSchema;

/// What is put in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartItemInput {
    pub product_id: ProductId,
    /// How many more; left out: one.
    pub quantity: Option<Quantity>,
}

/// How many of a product shall be in the cart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartItemQuantity {
    /// 0 takes the line out.
    pub quantity: QuantityOrNone,
}

/// QuantityOrNone, from none to 1,000,000,000.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(try_from = "serde_json::Number")]
#[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000, example = 2)]
pub struct QuantityOrNone(pub Option<Quantity>);

impl TryFrom<serde_json::Number> for QuantityOrNone {
    type Error = BadQuantity;

    /// JSON has one kind of number: `2.0` is the integer 2 there.
    fn try_from(number: serde_json::Number) -> Result<Self, BadQuantity> {
        let text = number.to_string();
        let whole = text.strip_suffix(".0").unwrap_or(&text);
        match whole {
            "0" | "-0" => Ok(Self(None)),
            _ => whole.parse().map(|quantity| Self(Some(quantity))),
        }
    }
}

/// How the cart shall be bought.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutInput {
    /// Which store serves it; left out: the first, by code, that can fill all of it.
    pub store_id: Option<StoreId>,
    /// Where it shall go. Kept sealed, and shown with the order to its owner and the staff.
    pub shipping_address: Option<Text<500>>,
    /// The country of that address, of which reports tell.
    pub country: Option<Country>,
    pub payment: Option<PaymentInput>,
    /// The total the buyer was shown; 409 `PRICE_CHANGED` when it is another one by now.
    pub expected_total: Option<MoneyInput>,
}

/// A cart with a tag that changes with its version and with what it shows beside (prices, stock):
/// `"<version>.<hash>"`, of which `If-Match` looks at the version only.
pub async fn answer(carts: &Carts, shown: Shown) -> Result<WithTag, Problem> {
    let products = shown.prices.lines.iter().map(|line| line.line.product_id);
    let available = carts.available(products.collect()).await;
    let json = serde_json::to_vec(&CartView::of(&shown, &available)).map_err(Problem::bug)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&json);
    let version = shown.cart.as_ref().map_or(0, |cart| cart.version);
    let tag = format!("\"{version}.{:016x}\"", hasher.finish());
    let json = serde_json::value::RawValue::from_string(into_text(json)?);
    let mut response = Json(json.map_err(Problem::bug)?).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::ETAG,
        HeaderValue::try_from(tag).map_err(Problem::bug)?,
    );
    if let Some(token) = &shown.token {
        let mut value = HeaderValue::try_from(token.reveal()).map_err(Problem::bug)?;
        value.set_sensitive(true);
        headers.insert(GUEST_HEADER, value);
    }
    Ok(response.into())
}

fn into_text(json: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(json).map_err(Problem::bug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_and_may_be_none() {
        let read = |text: &str| serde_json::from_str::<QuantityOrNone>(text).map(|pieces| pieces.0);
        assert_eq!(read("0").unwrap(), None);
        assert_eq!(read("0.0").unwrap(), None);
        assert_eq!(read("3").unwrap(), Quantity::new(3).ok());
        assert_eq!(read("3.0").unwrap(), Quantity::new(3).ok());
        for wrong in ["-1", "1.5", "1000000001", "1e400", "\"3\"", "null"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
