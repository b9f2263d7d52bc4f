//! Who shops: somebody who is signed in, a guest with a token, or a guest who has none yet; and how
//! each comes to their cart. What somebody gathered as a guest joins their own cart as soon as they
//! show both.

use super::error::CartError;
use super::lines::Cart;
use super::store::{self, Edited};
use super::token::{Opens, Token};
use kernel::{ClientId, Timestamp};
use platform::{DbError, Host, Tx};

/// Whoever asks for a cart.
#[derive(Clone, Debug)]
pub struct Shopper {
    pub client: Option<ClientId>,
    /// The hash of the guest's token that came along.
    pub guest: Option<Vec<u8>>,
}

/// The shopper's cart, to be changed; `None` when there is none yet.
pub async fn open(
    tx: &mut Tx,
    host: &Host,
    shopper: &Shopper,
    now: Timestamp,
) -> Result<Option<Cart>, DbError> {
    match (shopper.client, &shopper.guest) {
        (Some(client), Some(guest)) => merged(tx, host, (client, guest), now).await,
        (Some(client), None) => of_client(tx, client, now).await,
        (None, Some(guest)) => store::lock_of_guest(tx, guest, now).await,
        (None, None) => Ok(None),
    }
}

/// The shopper's cart, to be changed. One that is made for a guest comes with its token.
pub async fn open_or_make(
    tx: &mut Tx,
    host: &Host,
    shopper: &Shopper,
    now: Timestamp,
) -> Result<(Cart, Option<Token>), CartError> {
    if let Some(cart) = open(tx, host, shopper, now).await? {
        return Ok((cart, None));
    }
    if let Some(client) = shopper.client {
        return Ok((make_of_client(tx, host, client, now).await?, None));
    }
    let token = Token::new(host.source.random());
    let cart = Cart::new(host.source.id(), None, now);
    let hash = token.hash(&host.vault, Opens::GuestCart);
    store::make_of_guest(tx, &cart, &hash).await?;
    Ok((cart, Some(token)))
}

/// The client's cart after the guest's has joined it. The guest's is locked first by all, so that
/// nobody waits in a circle; once it is gone, merging again changes nothing.
async fn merged(
    tx: &mut Tx,
    host: &Host,
    (client, guest): (ClientId, &[u8]),
    now: Timestamp,
) -> Result<Option<Cart>, DbError> {
    let Some(guests) = store::lock_of_guest(tx, guest, now).await? else {
        return of_client(tx, client, now).await;
    };
    let before = make_of_client(tx, host, client, now).await?;
    let mut after = before.clone();
    after.take_in(guests.lines);
    after.changed(now);
    store::delete(tx, guests.id).await?;
    store::write(
        tx,
        &[Edited {
            before,
            after: after.clone(),
        }],
    )
    .await?;
    Ok(Some(after))
}

async fn of_client(tx: &mut Tx, client: ClientId, now: Timestamp) -> Result<Option<Cart>, DbError> {
    Ok(store::lock_of_clients(tx, vec![client], now).await?.pop())
}

/// Two requests may both find none; the second waits for the first, and takes what it made.
async fn make_of_client(
    tx: &mut Tx,
    host: &Host,
    client: ClientId,
    now: Timestamp,
) -> Result<Cart, DbError> {
    if let Some(cart) = of_client(tx, client, now).await? {
        return Ok(cart);
    }
    let cart = Cart::new(host.source.id(), Some(client), now);
    store::make_of_clients(tx, &[cart]).await?;
    of_client(tx, client, now).await?.ok_or(DbError::Busy)
}
