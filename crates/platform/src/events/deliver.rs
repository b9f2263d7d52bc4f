//! One batch of events into one transaction: version guard, reactions, poison isolation.

use super::parked::{self, Blocked};
use super::subscriptions::{Failure, Subscription, Subscriptions};
use super::{Envelope, inline};
use crate::db::{DbError, Engine, Rows, Tx};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Where a batch comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fed {
    /// Read from the log beside it: the position moves in the same transaction, so nothing comes
    /// twice to a reaction that has its turn nowhere else.
    ByLog,
    /// Brought by a bus, perhaps again.
    ByBus,
}

/// An aggregate as guards and parked deliveries name it.
pub(crate) type Key = (String, Uuid);

pub(crate) fn key(envelope: &Envelope) -> Key {
    (envelope.aggregate.clone(), envelope.aggregate_id)
}

/// Gives a batch, in log order, to every subscription of one context that wants some of it.
/// What fails is parked with its aggregate; an error means that the whole transaction is lost.
pub(crate) async fn deliver(
    tx: &mut Tx,
    subscriptions: &Subscriptions,
    context: &str,
    batch: &[Envelope],
    fed: Fed,
) -> Result<(), DbError> {
    let of_context = subscriptions.iter().filter(|one| one.context() == context);
    let shares: Vec<Share<'_>> = of_context.map(|one| share(one, batch)).collect();
    hold(tx, &shares).await?;
    for (subscription, wanted) in shares.iter().filter(|(_, wanted)| !wanted.is_empty()) {
        let guarded = fed == Fed::ByBus || !subscription.turn.is_later();
        deliver_to(tx, subscription, wanted, guarded).await?;
    }
    inline::dispatch(tx).await
}

/// What a subscription has to do with a batch.
type Share<'a> = (&'a Subscription, Vec<&'a Envelope>);

fn share<'a>(subscription: &'a Subscription, batch: &'a [Envelope]) -> Share<'a> {
    let is_wanted =
        |one: &&Envelope| subscription.wants(&one.kind) && !one.was_handled_by(subscription.name);
    (subscription, batch.iter().filter(is_wanted).collect())
}

/// Holds what all of them will hold. One after the other they would hold it in the order of the
/// subscriptions, and wait in a circle with whoever holds several of the same things in theirs.
async fn hold(tx: &mut Tx, shares: &[Share<'_>]) -> Result<(), DbError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let held = |share: &Share<'_>| -> Vec<Uuid> {
        let (subscription, wanted) = share;
        wanted
            .iter()
            .filter_map(|one| subscription.holds(one))
            .collect()
    };
    tx.hold_declared(shares.iter().flat_map(held).collect())
        .await
}

async fn deliver_to(
    tx: &mut Tx,
    subscription: &Subscription,
    wanted: &[&Envelope],
    guarded: bool,
) -> Result<(), DbError> {
    let mut guards = match guarded {
        true => read_guards(tx, subscription.name, wanted).await?,
        false => HashMap::new(),
    };
    let mut blocked = parked::blocked(tx, subscription.name, wanted).await?;
    let fresh = sift(&mut guards, &mut blocked, wanted);
    park_behind(tx, subscription, &blocked).await?;
    if fresh.is_empty() {
        return Ok(());
    }
    match attempt(tx, subscription, &fresh, guarded).await? {
        Ok(()) => Ok(()),
        Err(_) if fresh.len() > 1 => one_by_one(tx, subscription, &fresh, guarded).await,
        Err(failure) => parked::park(tx, subscription, fresh[0], &failure).await,
    }
}

/// Drops duplicates, sets aside what waits behind a parked delivery, keeps the rest in order.
fn sift<'a>(
    guards: &mut HashMap<Key, i64>,
    blocked: &mut Blocked<'a>,
    wanted: &[&'a Envelope],
) -> Vec<&'a Envelope> {
    let mut fresh = Vec::with_capacity(wanted.len());
    for &envelope in wanted {
        let key = key(envelope);
        let seen = guards
            .get(&key)
            .is_some_and(|&version| envelope.version <= version);
        if seen || blocked.holds(&key, envelope) {
            continue;
        }
        guards.insert(key, envelope.version);
        fresh.push(envelope);
    }
    fresh
}

async fn park_behind(
    tx: &mut Tx,
    subscription: &Subscription,
    blocked: &Blocked<'_>,
) -> Result<(), DbError> {
    for envelope in blocked.behind() {
        parked::park_behind(tx, subscription, envelope).await?;
    }
    Ok(())
}

/// Runs the reaction under a savepoint. The outer error means that the transaction is lost.
pub(crate) async fn attempt(
    tx: &mut Tx,
    subscription: &Subscription,
    batch: &[&Envelope],
    guarded: bool,
) -> Result<Result<(), Failure>, DbError> {
    let mark = tx.savepoint().await?;
    match subscription.handle(tx, batch).await {
        Ok(()) => {
            if guarded {
                write_guards(tx, subscription.name, batch).await?;
            }
            tx.release().await?;
            Ok(Ok(()))
        }
        Err(Failure::Db(error)) if error.is_transient() => Err(error),
        Err(failure) => {
            tx.rollback_to(mark).await?;
            Ok(Err(failure))
        }
    }
}

/// A batch failed: find the guilty events; their aggregates' later events wait behind them.
async fn one_by_one(
    tx: &mut Tx,
    subscription: &Subscription,
    batch: &[&Envelope],
    guarded: bool,
) -> Result<(), DbError> {
    let mut poisoned: HashSet<Key> = HashSet::new();
    for &envelope in batch {
        if poisoned.contains(&key(envelope)) {
            parked::park_behind(tx, subscription, envelope).await?;
            continue;
        }
        if let Err(failure) = attempt(tx, subscription, &[envelope], guarded).await? {
            parked::park(tx, subscription, envelope, &failure).await?;
            poisoned.insert(key(envelope));
        }
    }
    Ok(())
}

fn aggregates(batch: &[&Envelope]) -> Rows {
    let distinct: HashSet<Key> = batch.iter().map(|one| key(one)).collect();
    let (names, ids) = distinct.into_iter().unzip();
    Rows::new()
        .text("aggregate", names)
        .uuid("aggregate_id", ids)
}

async fn read_guards(
    tx: &mut Tx,
    subscription: &str,
    batch: &[&Envelope],
) -> Result<HashMap<Key, i64>, DbError> {
    let rows = tx
        .bulk(
            "select g.aggregate, g.aggregate_id, g.version from {rows}
             join event_guard g on g.subscription = {1} and g.aggregate = r.aggregate
                 and g.aggregate_id = r.aggregate_id",
            aggregates(batch),
        )
        .bind(subscription)
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| {
            Ok((
                (row.get("aggregate")?, row.get("aggregate_id")?),
                row.get("version")?,
            ))
        })
        .collect()
}

async fn write_guards(tx: &mut Tx, subscription: &str, batch: &[&Envelope]) -> Result<(), DbError> {
    let mut last: HashMap<Key, i64> = HashMap::new();
    for envelope in batch {
        last.insert(key(envelope), envelope.version);
    }
    let mut rows: Vec<(Key, i64)> = last.into_iter().collect();
    rows.sort();
    let rows = Rows::new()
        .text(
            "aggregate",
            rows.iter().map(|((name, _), _)| name.clone()).collect(),
        )
        .uuid(
            "aggregate_id",
            rows.iter().map(|((_, id), _)| *id).collect(),
        )
        .bigint(
            "version",
            rows.iter().map(|(_, version)| *version).collect(),
        );
    tx.bulk(
        "insert into event_guard (subscription, aggregate, aggregate_id, version)
         select {1}, aggregate, aggregate_id, version from {rows} where true
         on conflict (subscription, aggregate, aggregate_id)
         do update set version = excluded.version",
        rows,
    )
    .bind(subscription)
    .execute()
    .await
    .map(drop)
}
