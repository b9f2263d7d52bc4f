//! Who gets the stock and who does not, one sentence each.

use super::*;
use crate::stock::{Level, LevelId};
use uuid::Uuid;

fn product(n: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(n))
}

fn store(n: u128) -> StoreId {
    StoreId::from_uuid(Uuid::from_u128(n))
}

/// Levels of (product, store, on hand).
fn stock(levels: &[(u128, u128, i64)]) -> Stock {
    let level = |&(p, s, on_hand): &(u128, u128, i64)| Level {
        id: LevelId::from_uuid(Uuid::from_u128(p * 100 + s)),
        place: Place {
            product: product(p),
            store: store(s),
        },
        on_hand,
        reserved: 0,
        min_stock: None,
        max_stock: None,
        version: 1,
    };
    Stock::of(levels.iter().map(level))
}

fn wanted(store: Option<StoreId>, lines: &[(u128, i64)]) -> Wanted {
    Wanted {
        order: OrderId::from_uuid(Uuid::from_u128(9)),
        store,
        lines: lines.iter().map(|&(p, n)| (product(p), n)).collect(),
    }
}

fn short(p: u128, wanted: i64, available: i64) -> ShortLine {
    ShortLine {
        product_id: product(p),
        wanted,
        available,
    }
}

#[test]
fn first_come_first_served() {
    let mut stock = stock(&[(1, 1, 3)]);
    let two = wanted(Some(store(1)), &[(1, 2)]);
    let one = wanted(Some(store(1)), &[(1, 1)]);
    assert_eq!(allot(&mut stock, &[], &two), Allotted::Held(store(1)));
    assert_eq!(
        allot(&mut stock, &[], &two),
        Allotted::Refused(vec![short(1, 2, 1)])
    );
    assert_eq!(allot(&mut stock, &[], &one), Allotted::Held(store(1)));
}

#[test]
fn an_order_is_held_whole_or_not_at_all() {
    let mut stock = stock(&[(1, 1, 5), (2, 1, 1)]);
    let order = wanted(Some(store(1)), &[(1, 5), (2, 2)]);
    assert_eq!(
        allot(&mut stock, &[], &order),
        Allotted::Refused(vec![short(2, 2, 1)])
    );
    assert_eq!(stock.changed(), []);
}

#[test]
fn without_a_named_store_the_first_that_has_all_of_it_serves() {
    let mut stock = stock(&[(1, 1, 5), (1, 2, 5), (2, 2, 1), (1, 3, 9), (2, 3, 9)]);
    let order = wanted(None, &[(1, 2), (2, 1)]);
    let stores = [store(1), store(2), store(3)];
    assert_eq!(allot(&mut stock, &stores, &order), Allotted::Held(store(2)));
    assert_eq!(allot(&mut stock, &stores, &order), Allotted::Held(store(3)));
}

#[test]
fn a_named_store_is_not_replaced_by_another() {
    let mut stock = stock(&[(1, 2, 5)]);
    let order = wanted(Some(store(1)), &[(1, 1)]);
    assert_eq!(
        allot(&mut stock, &[store(1), store(2)], &order),
        Allotted::Refused(vec![short(1, 1, 0)])
    );
}

#[test]
fn a_refusal_names_the_most_any_store_could_give() {
    let mut stock = stock(&[(1, 1, 5), (1, 2, 7)]);
    let order = wanted(None, &[(1, 8)]);
    assert_eq!(
        allot(&mut stock, &[store(1), store(2)], &order),
        Allotted::Refused(vec![short(1, 8, 7)])
    );
}

#[test]
fn lines_that_only_different_stores_have_are_short_in_the_nearest_one() {
    let mut stock = stock(&[(1, 1, 5), (2, 2, 5), (3, 2, 5)]);
    let order = wanted(None, &[(1, 1), (2, 1), (3, 1)]);
    assert_eq!(
        allot(&mut stock, &[store(1), store(2)], &order),
        Allotted::Refused(vec![short(1, 1, 0)])
    );
}

#[test]
fn a_shop_without_stores_can_fill_nothing() {
    let order = wanted(None, &[(1, 1)]);
    assert_eq!(
        allot(&mut Stock::default(), &[], &order),
        Allotted::Refused(vec![short(1, 1, 0)])
    );
}

#[test]
fn the_same_product_on_two_lines_adds_up_without_overflow() {
    let item = |p, quantity| PlacedItem {
        product_id: product(p),
        quantity,
        unit_price_minor: 1,
    };
    let lines = per_product(&[
        item(2, 1),
        item(1, i64::MAX),
        item(2, 3),
        item(1, 5),
        item(3, -4),
    ]);
    assert_eq!(lines, [(product(1), i64::MAX), (product(2), 4)]);
}
