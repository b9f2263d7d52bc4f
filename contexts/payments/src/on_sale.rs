//! Reaction: how sales go on. Keeps a copy of each order, asks for money once its stock is held,
//! takes it when the order is confirmed, and undoes when it is cancelled, in whatever order the
//! news come.
//!
//! Every order of the shop passes here: where people move the money, a batch costs one statement.

use crate::case::{Beginning, Case, Moment};
use crate::payments::Payments;
use crate::provider::by_hand::CASH;
use crate::sale::{Placed, Sale};
use crate::save::{at_once, save};
use crate::store::{cases, sales};
use contracts::inventory::StockReserved;
use contracts::orders::{OrderCancelled, OrderConfirmed, OrderPlaced};
use kernel::{Currency, Money, OrderId, PaymentId, UserId, event_set};
use platform::{Cause, DbError, Delivered, Holds, Reaction, Turn, Tx};
use std::collections::{BTreeMap, HashSet};

event_set! {
    /// What happens to a sale that bears on its money.
    pub enum SaleNews {
        Placed(OrderPlaced),
        Reserved(StockReserved),
        Confirmed(OrderConfirmed),
        Cancelled(OrderCancelled),
    }
}

/// Keeps up with sales.
pub struct OnSale(pub Payments);

impl Reaction for OnSale {
    type Event = SaleNews;
    const NAME: &'static str = "payments.on-sale";
    const TURN: Turn = Turn::Last;
    const HOLDS: Holds<SaleNews> = Some(|news| order(news).uuid());

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<SaleNews>]) -> Result<(), DbError> {
        let (mut news, causes) = gather(batch)?;
        pass_over_settled(tx, &mut news).await?;
        if news.is_empty() {
            return Ok(());
        }
        let news: Vec<Sale> = news.into_values().collect();
        let (known, mut open) = match tx.is_optimistic() && are_placed_here(batch, &news) {
            true => (begin(tx, news).await?, Vec::new()),
            false => note(tx, news).await?,
        };
        if known.is_empty() {
            return Ok(());
        }
        let asked: HashSet<OrderId> = open.iter().map(|case| case.sale.id).collect();
        let source = tx.db().source().clone();
        let cause = |order: OrderId| causes.get(&order).cloned().unwrap_or_else(Cause::system);
        at_once(&source, |moment| {
            for case in &mut open {
                case.advance(moment);
            }
            for sale in known.into_iter().filter(|sale| !asked.contains(&sale.id)) {
                let cause = cause(sale.id);
                open.extend(self.begin(sale, &cause, moment));
            }
        });
        save(tx, open, &self.0.bell, |case| cause(case.sale.id)).await
    }
}

impl OnSale {
    /// The first payment of an order, once it wants one.
    fn begin(&self, sale: Sale, cause: &Cause, moment: &mut Moment<'_>) -> Option<Case> {
        let placed = sale.wants_money()?.clone();
        let currency = placed.total.currency();
        let provider = self.0.providers.of_method(&placed.method, currency);
        let how = Beginning {
            id: PaymentId::from_uuid(moment.id()),
            method: placed.method.clone(),
            provider: provider.map_or("none", |one| one.name()).to_owned(),
            amount: placed.total,
            correlation: cause.correlation,
        };
        if provider.is_none() {
            tracing::error!(
                method = placed.method,
                "no provider takes payments of this method"
            );
            return Some(Case::begin_in_vain(sale, &placed, how, moment));
        }
        Some(Case::begin(sale, &placed, how, moment))
    }
}

/// Whether a payment may have to begin or to go on because of it.
fn bears_on_providers(sale: &Sale) -> bool {
    sale.wants_money().is_some() || (sale.placed.is_some() && (sale.confirmed || sale.cancelled))
}

/// Whether the orders were placed in this very transaction: nothing else can be known of them.
fn are_placed_here(batch: &[Delivered<SaleNews>], news: &[Sale]) -> bool {
    let placed =
        |one: &&Delivered<SaleNews>| matches!(one.event, SaleNews::Placed(_)) && one.version == 1;
    batch.iter().filter(placed).count() == news.len()
}

/// Keeps orders that were placed here; answers those that bear on a provider.
async fn begin(tx: &mut Tx, mut news: Vec<Sale>) -> Result<Vec<Sale>, DbError> {
    sales::begin(tx, &news).await?;
    news.retain(bears_on_providers);
    Ok(news)
}

/// Adds to what is known of orders; answers those that bear on a provider, with their payments.
async fn note(tx: &mut Tx, news: Vec<Sale>) -> Result<(Vec<Sale>, Vec<Case>), DbError> {
    let mut known = sales::note(tx, &news).await?;
    known.retain(bears_on_providers);
    match known.is_empty() {
        true => Ok((known, Vec::new())),
        false => {
            let open = cases::of_sales(tx, &known).await?;
            Ok((known, open))
        }
    }
}

fn order(news: &SaleNews) -> OrderId {
    match news {
        SaleNews::Placed(event) => event.order_id,
        SaleNews::Reserved(event) => event.order_id,
        SaleNews::Confirmed(event) => event.order_id,
        SaleNews::Cancelled(event) => event.order_id,
    }
}

type Gathered = (BTreeMap<OrderId, Sale>, BTreeMap<OrderId, Cause>);

/// What a batch says, order by order, in the order of their ids.
fn gather(batch: &[Delivered<SaleNews>]) -> Result<Gathered, DbError> {
    let (mut news, mut causes) = Gathered::default();
    for one in batch {
        let order = order(&one.event);
        let sale = news.entry(order).or_insert_with(|| Sale::unheard(order));
        causes.insert(order, one.consequence());
        match &one.event {
            SaleNews::Placed(event) => {
                // Told again, it comes from whoever asked for that, and later than it happened.
                if sale.placed.is_none() {
                    sale.placed = Some(placed(event, one)?);
                }
                sale.store_id = sale.store_id.or(event.store_id);
            }
            SaleNews::Reserved(event) => {
                sale.stock_reserved = true;
                sale.store_id = Some(event.store_id);
            }
            SaleNews::Confirmed(event) => {
                sale.confirmed = true;
                sale.store_id = Some(event.store_id);
            }
            SaleNews::Cancelled(_) => sale.cancelled = true,
        }
    }
    Ok((news, causes))
}

fn placed(event: &OrderPlaced, delivered: &Delivered<SaleNews>) -> Result<Placed, DbError> {
    let currency: Currency = event.currency.parse().map_err(|error| {
        let currency = &event.currency;
        DbError::Bug(format!("an order in {currency:?}: {error}"))
    })?;
    // Cash of somebody else's order was handed over the counter to whoever placed it.
    let buyer = format!("user/{}", UserId::from_uuid(event.client_id.uuid()));
    let taken =
        event.payment_method == CASH && delivered.cause.actor != buyer && event.total_minor > 0;
    Ok(Placed {
        number: event.number.clone(),
        client_id: event.client_id,
        method: event.payment_method.clone(),
        total: Money::new(event.total_minor, currency),
        taken_by: taken.then(|| delivered.cause.actor.clone()),
        placed_at: delivered.occurred_at,
    })
}

/// Leaves out what is of no interest: that the order of somebody who pays by hand goes on.
async fn pass_over_settled(tx: &mut Tx, news: &mut BTreeMap<OrderId, Sale>) -> Result<(), DbError> {
    let goes_on = |sale: &&Sale| sale.placed.is_none() && !sale.cancelled;
    let orders: Vec<OrderId> = news.values().filter(goes_on).map(|sale| sale.id).collect();
    if orders.is_empty() {
        return Ok(());
    }
    let by_hand = sales::by_hand(tx, orders).await?;
    news.retain(|order, _| by_hand.get(order) != Some(&true));
    Ok(())
}
