//! The rules of a level, one sentence each.

use super::*;
use uuid::Uuid;

fn place() -> Place {
    Place {
        product: ProductId::from_uuid(Uuid::from_u128(1)),
        store: StoreId::from_uuid(Uuid::from_u128(2)),
    }
}

fn level(on_hand: i64, reserved: i64, min_stock: Option<i64>) -> Level {
    Level {
        id: LevelId::from_uuid(Uuid::from_u128(3)),
        place: place(),
        on_hand,
        reserved,
        min_stock,
        max_stock: None,
        version: 7,
    }
}

fn stock(on_hand: i64, reserved: i64, min_stock: Option<i64>) -> Stock {
    Stock::of([level(on_hand, reserved, min_stock)])
}

#[test]
fn stock_is_taken_only_when_enough_is_left() {
    let mut stock = stock(3, 1, None);
    assert_eq!(
        stock.apply(place(), Delta::reserved(3)),
        Err(Refused::Short { available: 2 })
    );
    assert_eq!(stock.changed(), []);
    assert_eq!(stock.apply(place(), Delta::reserved(2)), Ok(()));
    assert_eq!(stock.available(place()), 0);
}

#[test]
fn what_is_reserved_cannot_be_taken_away() {
    let mut stock = stock(5, 4, None);
    assert_eq!(
        stock.apply(place(), Delta::on_hand(-2)),
        Err(Refused::Short { available: 1 })
    );
    assert_eq!(stock.apply(place(), Delta::on_hand(-1)), Ok(()));
}

#[test]
fn more_than_was_reserved_is_never_released() {
    let refused = stock(5, 1, None).apply(place(), Delta::reserved(-2));
    assert_eq!(refused, Err(Refused::Short { available: 4 }));
}

#[test]
fn an_absurd_quantity_is_refused_and_does_not_overflow() {
    let mut stock = stock(5, 0, None);
    assert!(stock.apply(place(), Delta::reserved(i64::MAX)).is_err());
    assert!(stock.apply(place(), Delta::on_hand(i64::MIN)).is_err());
    let overfull = stock.apply(place(), Delta::on_hand(i64::MAX));
    assert_eq!(overfull, Err(Refused::Overfull));
}

#[test]
fn where_there_is_no_level_there_is_no_stock() {
    let mut nothing = Stock::default();
    let refused = nothing.apply(place(), Delta::on_hand(1));
    assert_eq!(refused, Err(Refused::Short { available: 0 }));
    assert_eq!(nothing.available(place()), 0);
}

#[test]
fn crossing_the_threshold_is_told_once_with_the_version_after_all_movements() {
    let mut stock = stock(5, 0, Some(2));
    for _ in 0..4 {
        assert_eq!(stock.apply(place(), Delta::reserved(1)), Ok(()));
    }
    let crossings = stock.crossings();
    assert_eq!(crossings.len(), 1);
    let (event, version) = &crossings[0];
    assert_eq!((event.was_low, event.low), (false, true));
    assert_eq!((event.was_in_stock, event.in_stock), (true, true));
    assert_eq!((event.available, *version), (1, 11));
}

#[test]
fn a_change_on_one_side_of_the_threshold_is_not_told() {
    let mut stock = stock(9, 0, Some(2));
    assert_eq!(stock.apply(place(), Delta::reserved(3)), Ok(()));
    assert_eq!(stock.crossings(), []);
}

#[test]
fn there_and_back_in_one_transaction_is_not_told() {
    let mut stock = stock(1, 0, None);
    assert_eq!(stock.apply(place(), Delta::reserved(1)), Ok(()));
    assert_eq!(stock.apply(place(), Delta::reserved(-1)), Ok(()));
    assert_eq!(stock.crossings(), []);
    assert_eq!(stock.changed().len(), 1);
}

#[test]
fn more_than_the_maximum_is_told_once_and_again_when_it_is_less() {
    let most = |on_hand, reserved| Level {
        max_stock: Some(8),
        ..level(on_hand, reserved, Some(2))
    };
    let told = |level: Level, delta| {
        let mut stock = Stock::of([level]);
        assert_eq!(stock.apply(place(), delta), Ok(()));
        let crossings = stock.crossings();
        let told = crossings.first().map(|(event, _)| event.clone());
        told.map(|event| (event.was_excess, event.excess, event.max_stock))
    };
    assert_eq!(
        told(most(5, 0), Delta::on_hand(3)),
        None,
        "the maximum is not too much"
    );
    let up = Some((false, true, Some(8)));
    assert_eq!(told(most(8, 0), Delta::on_hand(1)), up);
    assert_eq!(told(most(9, 0), Delta::on_hand(1)), None);
    let down = Some((true, false, Some(8)));
    assert_eq!(told(most(9, 2), Delta::shipped(1)), down);
    assert_eq!(
        told(most(9, 0), Delta::reserved(1)),
        None,
        "it is on hand still"
    );
}

#[test]
fn a_level_can_be_low_and_too_much_at_once() {
    let mut stock = Stock::of([Level {
        max_stock: Some(8),
        ..level(8, 0, Some(2))
    }]);
    assert_eq!(stock.apply(place(), Delta::reserved(7)), Ok(()));
    assert_eq!(stock.apply(place(), Delta::on_hand(1)), Ok(()));
    let crossings = stock.crossings();
    let (event, _) = &crossings[0];
    assert!(
        event.low && event.excess && crossings.len() == 1,
        "{event:?}"
    );
}

#[test]
fn a_new_threshold_can_make_a_level_low_without_a_movement() {
    let mut stock = stock(5, 0, None);
    assert!(stock.limit(place(), Some(5), None));
    assert!(!stock.limit(place(), Some(5), None));
    let crossings = stock.crossings();
    assert_eq!(crossings.len(), 1);
    assert!(crossings[0].0.low && crossings[0].1 == 8);
}
