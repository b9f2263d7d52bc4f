//! Sharing: whoever has the link sees what is in a cart to be bought, and what it costs today.

use super::Carts;
use super::error::CartError;
use super::lines::List;
use super::price::{Priced, priced};
use super::shopper::{self, Shopper};
use super::show::prices_of;
use super::store;
use super::token::{Opens, Token};

/// Shares the shopper's cart under a new token; one it was shared under before opens nothing more.
pub async fn share(carts: &Carts, shopper: &Shopper) -> Result<Token, CartError> {
    let host = &carts.host;
    let now = host.source.now();
    let mut tx = host.db.begin().await?;
    let cart = shopper::open(&mut tx, host, shopper, now).await?;
    let cart = cart.ok_or(CartError::NoCart)?;
    let token = Token::new(host.source.random());
    let hash = token.hash(&host.vault, Opens::SharedCart);
    store::share(&mut tx, cart.id, Some(hash)).await?;
    tx.commit().await?;
    Ok(token)
}

/// Ends the sharing, if there is any.
pub async fn unshare(carts: &Carts, shopper: &Shopper) -> Result<(), CartError> {
    let host = &carts.host;
    let mut tx = host.db.begin().await?;
    if let Some(cart) = shopper::open(&mut tx, host, shopper, host.source.now()).await? {
        store::share(&mut tx, cart.id, None).await?;
    }
    Ok(tx.commit().await?)
}

/// What can be bought of a shared cart, at today's prices.
pub async fn read_shared(carts: &Carts, token: &str) -> Result<Priced, CartError> {
    let host = &carts.host;
    let token = Token::parse(token).ok_or(CartError::NoSuchShare)?;
    let hash = token.hash(&host.vault, Opens::SharedCart);
    let mut tx = host.db.read().await?;
    let cart = store::shared(&mut tx, &hash, host.source.now()).await?;
    let cart = cart.ok_or(CartError::NoSuchShare)?;
    let products = prices_of(&mut tx, &cart).await?;
    let mut shared = priced(&cart, &products, host.settings.currency)?;
    shared
        .lines
        .retain(|line| line.for_sale && line.line.list == List::Buy);
    Ok(shared)
}
