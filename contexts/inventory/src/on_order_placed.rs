//! Reaction: orders were placed; hold stock for each of them or refuse it. The hottest path of the
//! shop: a batch costs four statements, whatever its size.

use crate::allot::{Allotted, Wanted, allot};
use crate::feed::Feed;
use crate::moving;
use crate::stock::{Place, Stock};
use crate::store::levels::{self, Need};
use crate::store::movements::{self, Reserved};
use crate::store::{reservations, stores};
use contracts::inventory::{StockRefused, StockReserved};
use contracts::orders::OrderPlaced;
use kernel::{OrderId, StoreId};
use platform::{Cause, DbError, Delivered, Engine, Holds, Reaction, Tx};

pub struct OnOrderPlaced {
    pub feed: Feed,
}

/// An order that nobody has answered yet.
struct Asked<'b> {
    delivered: &'b Delivered<OrderPlaced>,
    wanted: Wanted,
}

impl Reaction for OnOrderPlaced {
    type Event = OrderPlaced;
    const NAME: &'static str = "inventory.on-order-placed";
    const HOLDS: Holds<OrderPlaced> = Some(|event| event.order_id.uuid());

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<OrderPlaced>]) -> Result<(), DbError> {
        // The answer moves the order. Told in a runner's transaction, it may meet a cancellation,
        // which has the order and wants the row of it here.
        if !tx.is_optimistic() {
            tx.hold(batch.iter().map(|one| one.event.order_id)).await?;
        }
        let asked = unanswered(tx, batch).await?;
        if asked.is_empty() {
            return Ok(());
        }
        let stores = candidates(tx, &asked).await?;
        let Decided {
            stock,
            answers,
            unseen,
        } = self.decide(tx, &asked, &stores).await?;
        let held = held(tx, &asked, &answers).await?;
        tell(tx, &asked, &answers, &stock)?;
        let now = tx.db().source().now();
        if unseen {
            moving::tell_products(tx, &self.feed, &stock);
            tx.put_off(move |tx| {
                Box::pin(async move { movements::reserve_unseen(tx, &held, now).await })
            });
            return Ok(());
        }
        moving::tell(tx, &self.feed, &stock);
        movements::reserve(tx, &held, now).await
    }
}

/// The answers to a batch, and the stock they leave.
struct Decided {
    stock: Stock,
    answers: Vec<Allotted>,
    /// It was read without a lock: the ledger decides at the end of the transaction.
    unseen: bool,
}

impl OnOrderPlaced {
    /// Without a lock where the caller would rather try again than wait; what crosses a threshold
    /// is told with the level's version, as are streams: both need the lock.
    async fn decide(
        &self,
        tx: &mut Tx,
        asked: &[Asked<'_>],
        stores: &[StoreId],
    ) -> Result<Decided, DbError> {
        let optimistic = tx.is_optimistic() && tx.engine() == Engine::Postgres;
        if optimistic && !self.feed.is_streamed() {
            let stock = levels::read(tx, needs(asked)).await?;
            let decided = allot_all(stock, stores, asked, true);
            if decided.stock.crossings().is_empty() {
                return Ok(decided);
            }
        }
        let stock = levels::lock(tx, needs(asked)).await?;
        Ok(allot_all(stock, stores, asked, false))
    }
}

fn allot_all(mut stock: Stock, stores: &[StoreId], asked: &[Asked<'_>], unseen: bool) -> Decided {
    let answer = |one: &Asked<'_>| allot(&mut stock, stores, &one.wanted);
    let answers = asked.iter().map(answer).collect();
    Decided {
        stock,
        answers,
        unseen,
    }
}

/// Claims the orders of the batch. One that is held already, or was cancelled before it came, is
/// somebody else's: nothing more is said about it. An optimist claims with what is held, and is
/// refused then.
async fn unanswered<'b>(
    tx: &mut Tx,
    batch: &'b [Delivered<OrderPlaced>],
) -> Result<Vec<Asked<'b>>, DbError> {
    let orders = batch.iter().map(|one| one.event.order_id);
    let mut claimed = match tx.is_optimistic() {
        true => orders.collect(),
        false => reservations::claim(tx, orders.collect()).await?,
    };
    let mine = batch
        .iter()
        .filter(|one| claimed.remove(&one.event.order_id));
    let asked = |delivered: &'b Delivered<OrderPlaced>| Asked {
        delivered,
        wanted: Wanted::by(&delivered.event),
    };
    Ok(mine.map(asked).collect())
}

fn needs(asked: &[Asked<'_>]) -> Vec<Need> {
    let of_order = |one: &Asked<'_>| {
        let Wanted { store, lines, .. } = &one.wanted;
        lines
            .iter()
            .map(|&(product, _)| (product, *store))
            .collect::<Vec<_>>()
    };
    asked.iter().flat_map(of_order).collect()
}

/// The stores that may serve an order that names none.
async fn candidates(tx: &mut Tx, asked: &[Asked<'_>]) -> Result<Vec<StoreId>, DbError> {
    if asked.iter().all(|one| one.wanted.store.is_some()) {
        return Ok(Vec::new());
    }
    stores::open_by_code(tx).await
}

/// What the answers hold. Orders that are refused are let go of.
async fn held(
    tx: &mut Tx,
    asked: &[Asked<'_>],
    answers: &[Allotted],
) -> Result<Vec<Reserved>, DbError> {
    let (mut held, mut refused) = (Vec::new(), Vec::new());
    for (one, answer) in asked.iter().zip(answers) {
        let Wanted { order, lines, .. } = &one.wanted;
        match answer {
            Allotted::Refused(_) => refused.push(*order),
            Allotted::Held(store) => held.extend(lines.iter().map(|&(product, pieces)| {
                let (order, store) = (*order, *store);
                Reserved {
                    order,
                    place: Place { product, store },
                    pieces,
                }
            })),
        }
    }
    if tx.is_optimistic() {
        let mut orders: Vec<OrderId> = held.iter().map(|one| one.order).collect();
        orders.dedup();
        reservations::claim_unseen(tx, orders).await?;
    } else if !refused.is_empty() {
        reservations::disclaim(tx, refused).await?;
    }
    // Levels are updated in the order of these rows, index page by index page.
    held.sort_unstable_by_key(|one| one.place);
    Ok(held)
}

/// Answers each order, then tells which levels crossed a threshold because of the batch. An answer
/// has the version of what it answers: an order that was refused and is told again is answered
/// again.
fn tell(
    tx: &mut Tx,
    asked: &[Asked<'_>],
    answers: &[Allotted],
    stock: &Stock,
) -> Result<(), DbError> {
    for (one, answer) in asked.iter().zip(answers) {
        let (cause, order_id) = (one.delivered.consequence(), one.wanted.order);
        let version = one.delivered.version;
        match answer {
            Allotted::Held(store_id) => {
                let store_id = *store_id;
                tx.publish_as(&cause, &StockReserved { order_id, store_id }, version)?;
            }
            Allotted::Refused(short) => {
                let short = short.clone();
                tx.publish_as(&cause, &StockRefused { order_id, short }, version)?;
            }
        }
    }
    let cause = asked
        .first()
        .map_or_else(Cause::system, |one| one.delivered.consequence());
    for (event, version) in stock.crossings() {
        tx.publish_as(&cause, &event, version)?;
    }
    Ok(())
}
