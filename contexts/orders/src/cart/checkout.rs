//! Checkout: the part of the desk's transaction that is about carts. The lines are read once, under
//! a lock that lasts to the commit, and leave the cart together with the order being written: what
//! is edited meanwhile comes before or after, never in between.

use super::error::CartError;
use super::lines::Cart;
use super::store::{self, Checked, Edited};
use crate::desk::Job;
use crate::error::OrderError;
use crate::order::Order;
use crate::price::Wish;
use kernel::{ClientId, OrderId, Text, Timestamp};
use platform::http::IfMatch;
use platform::{DbError, Host, Tx};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// What a checkout says beside the wish. The wish itself names no items: they are in the cart.
pub struct Checkout {
    pub if_match: IfMatch,
    pub shipping_address: Option<Text<500>>,
}

/// A request that is being served, with what it asks for.
pub struct Asked<'j> {
    /// Its place in the batch.
    pub place: usize,
    pub job: &'j Job,
    pub wish: Cow<'j, Wish>,
}

/// The carts of a batch, by the places of their requests.
pub type Taken = HashMap<usize, Cart>;

/// Requests that cannot be served, by their places.
pub type Refused = Vec<(usize, OrderError)>;

/// Of several checkouts of one cart only the first is served now: the others must see what it
/// leaves. Answers what is served now, and what waits.
pub fn apart(jobs: Vec<Job>) -> (Vec<Job>, Vec<Job>) {
    if jobs.iter().all(|job| job.checkout.is_none()) {
        return (jobs, Vec::new());
    }
    let mut seen = HashSet::new();
    let mut first = |job: &Job| job.checkout.is_none() || seen.insert(job.wish.client_id);
    jobs.into_iter().partition(|job| first(job))
}

/// What the requests at `open` places ask for, the items of carts filled in; and which of them ask
/// for nothing, or for something else than their cart holds by now.
pub async fn ask<'j>(
    tx: &mut Tx,
    jobs: &'j [Job],
    open: &[usize],
    now: Timestamp,
) -> Result<(Vec<Asked<'j>>, Taken, Refused), DbError> {
    let clients = open.iter().map(|place| &jobs[*place]);
    let clients = clients.filter(|job| job.checkout.is_some());
    let clients: Vec<ClientId> = clients.map(|job| job.wish.client_id).collect();
    let carts = store::lock_of_clients(tx, clients, now).await?;
    let owned = |cart: Cart| Some((cart.client_id?, cart));
    let mut carts: HashMap<ClientId, Cart> = carts.into_iter().filter_map(owned).collect();
    let (mut asked, mut taken, mut refused) = (Vec::new(), Taken::new(), Vec::new());
    for &place in open {
        let job = &jobs[place];
        let wish = Cow::Borrowed(&job.wish);
        let Some(checkout) = &job.checkout else {
            asked.push(Asked { place, job, wish });
            continue;
        };
        match checkout.of(carts.remove(&job.wish.client_id)) {
            Ok(cart) => {
                let items = cart.items();
                let wish = Cow::Owned(Wish {
                    items,
                    ..job.wish.clone()
                });
                asked.push(Asked { place, job, wish });
                taken.insert(place, cart);
            }
            Err(error) => refused.push((place, error.into())),
        }
    }
    Ok((asked, taken, refused))
}

impl Checkout {
    fn of(&self, cart: Option<Cart>) -> Result<Cart, CartError> {
        let cart = cart.ok_or(CartError::Empty)?;
        let moved = |_| CartError::Moved(cart.version);
        self.if_match.check(cart.version).map_err(moved)?;
        match cart.items().is_empty() {
            true => Err(CartError::Empty),
            false => Ok(cart),
        }
    }
}

/// The request names no products, so what is wrong with them contradicts what is stored.
pub fn refusal(error: OrderError) -> OrderError {
    match error {
        OrderError::UnknownProduct(places) | OrderError::NotForSale(places) => {
            CartError::Unsellable(places).into()
        }
        other => other,
    }
}

/// Takes what was sold out of its cart, and keeps from which version and where to it was sold.
pub async fn close(
    tx: &mut Tx,
    host: &Host,
    jobs: &[Job],
    sold: Vec<(usize, OrderId, Cart)>,
) -> Result<(), DbError> {
    if sold.is_empty() {
        return Ok(());
    }
    let mut addresses = sealed(tx, host, jobs, &sold).await?;
    let rows: Vec<Checked<'_>> = sold
        .iter()
        .map(|(place, order_id, cart)| Checked {
            order_id: *order_id,
            cart,
            shipping_address_sealed: addresses.remove(place),
        })
        .collect();
    store::insert_checkouts(tx, &rows).await?;
    let now = host.source.now();
    let edits: Vec<Edited> = sold
        .into_iter()
        .map(|(.., cart)| emptied(cart, now))
        .collect();
    store::write(tx, &edits).await
}

fn emptied(before: Cart, now: Timestamp) -> Edited {
    let mut after = before.clone();
    after.clear();
    after.changed(now);
    Edited { before, after }
}

/// The addresses that came along, each sealed with its client's key.
async fn sealed(
    tx: &mut Tx,
    host: &Host,
    jobs: &[Job],
    sold: &[(usize, OrderId, Cart)],
) -> Result<HashMap<usize, Vec<u8>>, DbError> {
    let address = |(place, ..): &(usize, OrderId, Cart)| {
        let job = &jobs[*place];
        let address = job.checkout.as_ref()?.shipping_address.as_ref()?;
        Some((*place, job.wish.client_id.uuid(), address.as_str()))
    };
    let known: Vec<_> = sold.iter().filter_map(address).collect();
    let texts: Vec<_> = known
        .iter()
        .map(|(_, client, text)| (*client, *text))
        .collect();
    let sealed = host.vault.seal_many(tx, &texts).await?;
    Ok(known.iter().map(|(place, ..)| *place).zip(sealed).collect())
}

/// Where an order shall go; `None` where nobody said, or once its client is erased.
pub async fn shipping_address(
    tx: &mut Tx,
    host: &Host,
    order: &Order,
) -> Result<Option<String>, DbError> {
    match store::sealed_address(tx, order.id).await? {
        Some(sealed) => host.vault.open(tx, order.client_id.uuid(), &sealed).await,
        None => Ok(None),
    }
}

/// The address does not print itself.
impl fmt::Debug for Checkout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkout").finish_non_exhaustive()
    }
}
