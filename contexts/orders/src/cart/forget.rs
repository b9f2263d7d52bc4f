//! A client is erased: so is their cart, which tells what they were about to buy.

use super::store;
use kernel::ClientId;
use platform::{DbError, Tx};

/// Removes the carts of erased clients.
pub async fn forget(tx: &mut Tx, erased: Vec<ClientId>) -> Result<(), DbError> {
    match erased.is_empty() {
        true => Ok(()),
        false => store::delete_of_clients(tx, erased).await,
    }
}
