//! Merging: what a guest gathered joins the cart of the client they turn out to be. Once: the
//! guest's cart is gone afterwards.

use super::Carts;
use super::error::CartError;
use super::shopper::{self, Shopper};
use super::show::{Shown, show};
use super::store;

/// Merges on request.
pub async fn merge(carts: &Carts, shopper: &Shopper) -> Result<Shown, CartError> {
    if shopper.guest.is_none() {
        return Err(CartError::TokenMissing);
    }
    show(carts, shopper).await
}

/// Merges when somebody who is signed in shows the token of a guest's cart that is still there.
pub async fn merge_if_any(carts: &Carts, shopper: &Shopper) -> Result<(), CartError> {
    let (Some(_), Some(guest)) = (shopper.client, &shopper.guest) else {
        return Ok(());
    };
    let host = &carts.host;
    let now = host.source.now();
    let found = store::of_guest(&mut host.db.read().await?, guest, now).await?;
    if found.is_none() {
        return Ok(());
    }
    let mut tx = host.db.begin().await?;
    shopper::open(&mut tx, host, shopper, now).await?;
    Ok(tx.commit().await?)
}
