//! Takes off the shelf what has left it without being held: as many pieces as are free now, and the
//! others as soon as somebody puts some there.

use crate::movement::{Because, Kind, Movement};
use crate::moving::{self, Inventory};
use crate::stock::{Delta, Stock};
use crate::store::levels;
use crate::store::missing::{self, Missing};
use platform::module::Job;
use platform::{DbError, Source};
use std::time::Duration;

/// Nobody waits for it: what is missing was promised to others already.
const EVERY: Duration = Duration::from_secs(60);
/// Rows of one transaction.
const MOST: i64 = 100;
/// Why, in the ledger.
const REASON: &str = "it left after its order was released";

/// Moves what is free; answers what is left to be taken off.
pub fn take_off(
    source: &Source,
    stock: &mut Stock,
    missing: Vec<Missing>,
    made: &mut Vec<Movement>,
) -> Vec<Missing> {
    let take = |one: Missing| {
        let pieces = one.pieces.min(stock.available(one.place)).max(0);
        let delta = Delta::on_hand(-pieces);
        if pieces > 0 && stock.apply(one.place, delta).is_ok() {
            made.push(Movement {
                id: source.id(),
                place: one.place,
                kind: Kind::Adjust,
                delta,
                cause: Because::Shipment(one.order, one.shipment),
                document: None,
                reason: Some(REASON.to_owned()),
                unit_cost: None,
                occurred_at: source.now(),
            });
        }
        let pieces = one.pieces - pieces;
        (pieces > 0).then_some(Missing { pieces, ..one })
    };
    missing.into_iter().filter_map(take).collect()
}

/// Looks now and then whether what is missing can be taken off.
pub fn job(inventory: &Inventory) -> Job {
    let feed = inventory.feed.clone();
    Job::new(
        "inventory-take-off-missing",
        EVERY,
        &inventory.host,
        move |host| {
            let feed = feed.clone();
            async move { take_off_missing(&Inventory { host, feed }).await }
        },
    )
}

/// Takes off the shelf what is missing and free by now.
pub async fn take_off_missing(inventory: &Inventory) -> Result<(), DbError> {
    let db = &inventory.host.db;
    if !missing::any(&mut db.read().await?).await? {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    let rows = missing::take(&mut tx, MOST).await?;
    let needs = rows
        .iter()
        .map(|one| (one.place.product, Some(one.place.store)));
    let mut stock = levels::lock(&mut tx, needs.collect()).await?;
    let mut made = Vec::new();
    let left = take_off(&inventory.host.source, &mut stock, rows, &mut made);
    missing::note(&mut tx, &left).await?;
    moving::write(&mut tx, &inventory.feed, &stock, &made).await?;
    tx.commit().await
}
