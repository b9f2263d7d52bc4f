//! Changing a cart: put in, set, take out, clear, save for later and back.

use super::Carts;
use super::error::CartError;
use super::lines::{Cart, List};
use super::price::priced;
use super::shopper::{self, Shopper};
use super::show::{Shown, prices_of};
use super::store::{self, Edited};
use kernel::{Currency, Money, ProductId, Quantity};
use platform::Tx;
use platform::http::IfMatch;
use std::collections::HashSet;

/// What shall change.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    Add(ProductId, Quantity),
    /// How many; none takes the line out.
    Set(ProductId, Option<Quantity>),
    Remove(List, ProductId),
    /// To which list.
    Move(List, ProductId),
    Clear,
}

/// Changes the shopper's cart; only putting in makes one.
pub async fn change(
    carts: &Carts,
    shopper: &Shopper,
    edit: Edit,
    if_match: &IfMatch,
) -> Result<Shown, CartError> {
    let host = &carts.host;
    let now = host.source.now();
    let mut tx = host.db.begin().await?;
    let (before, token) = match edit {
        Edit::Add(..) => shopper::open_or_make(&mut tx, host, shopper, now).await?,
        _ => match shopper::open(&mut tx, host, shopper, now).await? {
            Some(cart) => (cart, None),
            None if matches!(edit, Edit::Clear) => return Ok(Shown::nothing(carts)),
            None => return Err(CartError::NoSuchLine),
        },
    };
    let moved = |_| CartError::Moved(before.version);
    if_match.check(before.version).map_err(moved)?;
    let mut after = before.clone();
    apply(&mut tx, &mut after, edit, host.settings.currency).await?;
    after.changed(now);
    let products = prices_of(&mut tx, &after).await?;
    let prices = priced(&after, &products, host.settings.currency)?;
    let cart = after.clone();
    store::write(&mut tx, &[Edited { before, after }]).await?;
    tx.commit().await?;
    Ok(Shown {
        cart: Some(cart),
        prices,
        token,
    })
}

async fn apply(tx: &mut Tx, cart: &mut Cart, edit: Edit, shop: Currency) -> Result<(), CartError> {
    match edit {
        Edit::Add(product, quantity) => {
            cart.add(product, quantity, price(tx, product, shop).await?)
        }
        Edit::Set(product, None) => cart.remove(List::Buy, product).map(drop),
        Edit::Set(product, Some(quantity)) => {
            cart.find(List::Buy, product)?;
            cart.set(product, quantity, price(tx, product, shop).await?)
        }
        Edit::Remove(list, product) => cart.remove(list, product).map(drop),
        Edit::Move(list, product) => cart.move_to(list, product),
        Edit::Clear => {
            cart.clear();
            Ok(())
        }
    }
}

/// What a product costs today.
async fn price(tx: &mut Tx, product: ProductId, shop: Currency) -> Result<Money, CartError> {
    let found = crate::store::products(tx, &HashSet::from([product])).await?;
    let copy = found.get(&product).ok_or(CartError::UnknownProduct)?;
    match copy.active && copy.price.currency() == shop {
        true => Ok(copy.price),
        false => Err(CartError::NotForSale),
    }
}
