//! Showing a cart, at today's prices and with what is available.

use super::Carts;
use super::error::CartError;
use super::lines::Cart;
use super::merge::merge_if_any;
use super::price::{Priced, priced};
use super::shopper::Shopper;
use super::store;
use super::token::Token;
use crate::price::ProductCopy;
use kernel::{Money, ProductId, Timestamp};
use platform::{DbError, Tx};
use std::collections::{HashMap, HashSet};

/// A cart as a use case leaves it.
#[derive(Debug)]
pub struct Shown {
    pub cart: Option<Cart>,
    pub prices: Priced,
    /// The token of a guest's new cart: the only time it can be had.
    pub token: Option<Token>,
}

impl Shown {
    /// Where no cart is, an empty one is shown.
    pub fn nothing(carts: &Carts) -> Self {
        let (lines, total) = (Vec::new(), Money::zero(carts.host.settings.currency));
        Self {
            cart: None,
            prices: Priced { lines, total },
            token: None,
        }
    }
}

/// The shopper's cart. Looking at it keeps it alive, and a guest's joins the client's.
pub async fn show(carts: &Carts, shopper: &Shopper) -> Result<Shown, CartError> {
    let host = &carts.host;
    let now = host.source.now();
    merge_if_any(carts, shopper).await?;
    let mut tx = host.db.read().await?;
    let Some(cart) = find(&mut tx, shopper, now).await? else {
        return Ok(Shown::nothing(carts));
    };
    let products = prices_of(&mut tx, &cart).await?;
    drop(tx);
    let prices = priced(&cart, &products, host.settings.currency)?;
    let cart = renew(carts, cart, now).await?;
    Ok(Shown {
        cart: Some(cart),
        prices,
        token: None,
    })
}

async fn find(tx: &mut Tx, shopper: &Shopper, now: Timestamp) -> Result<Option<Cart>, DbError> {
    match (shopper.client, &shopper.guest) {
        (Some(client), _) => store::of_client(tx, client, now).await,
        (None, Some(guest)) => store::of_guest(tx, guest, now).await,
        (None, None) => Ok(None),
    }
}

/// Written at most once a day, so that looking stays cheap.
async fn renew(carts: &Carts, mut cart: Cart, now: Timestamp) -> Result<Cart, DbError> {
    if let Some(expires_at) = cart.renewed(now) {
        let mut tx = carts.host.db.begin().await?;
        store::renew(&mut tx, cart.id, expires_at).await?;
        tx.commit().await?;
        cart.expires_at = expires_at;
    }
    Ok(cart)
}

/// What the shop knows of the products in a cart.
pub async fn prices_of(
    tx: &mut Tx,
    cart: &Cart,
) -> Result<HashMap<ProductId, ProductCopy>, DbError> {
    let ids: HashSet<_> = cart.lines.iter().map(|line| line.product_id).collect();
    match ids.is_empty() {
        true => Ok(HashMap::new()),
        false => crate::store::products(tx, &ids).await,
    }
}
