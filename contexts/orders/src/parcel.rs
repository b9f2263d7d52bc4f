//! Parcels of an order: how many of its pieces have left, arrived and come back. Pure.

use crate::order::{FulfilmentStatus, Line};
use kernel::ProductId;
use std::collections::HashMap;

/// Pieces of an order by product: left, and of those arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved(HashMap<ProductId, Pieces>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    pub left: i64,
    pub arrived: i64,
}

impl Moved {
    pub fn add(&mut self, product: ProductId, pieces: Pieces) {
        let known = self.0.entry(product).or_default();
        known.left = known.left.saturating_add(pieces.left);
        known.arrived = known.arrived.saturating_add(pieces.arrived);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every piece of the order has left.
    pub fn all_left(&self, lines: &[Line]) -> bool {
        self.covers(lines, |pieces| pieces.left)
    }

    pub fn all_arrived(&self, lines: &[Line]) -> bool {
        self.covers(lines, |pieces| pieces.arrived)
    }

    fn covers(&self, lines: &[Line], part: fn(&Pieces) -> i64) -> bool {
        let mut wanted: HashMap<ProductId, i64> = HashMap::new();
        for line in lines {
            *wanted.entry(line.product_id).or_default() += line.quantity.get();
        }
        let enough =
            |(product, wanted): (&ProductId, &i64)| self.0.get(product).map_or(0, part) >= *wanted;
        wanted.iter().all(enough)
    }

    /// Pieces of each line that have left and not come back, first lines first.
    pub fn still_out(&self, lines: &[Line]) -> Vec<i64> {
        let mut out: HashMap<ProductId, i64> = HashMap::new();
        for (product, pieces) in &self.0 {
            out.insert(*product, pieces.left);
        }
        for line in lines {
            *out.entry(line.product_id).or_default() -= line.returned;
        }
        let of_line = |line: &Line| {
            let left = out.entry(line.product_id).or_default();
            let taken = (*left).clamp(0, line.quantity.get() - line.returned);
            *left -= taken;
            taken
        };
        lines.iter().map(of_line).collect()
    }
}

/// What an order says about its goods.
pub fn fulfilment(lines: &[Line], moved: &Moved) -> FulfilmentStatus {
    let returned = |line: &Line| line.returned == line.quantity.get();
    match () {
        () if lines.iter().all(returned) => FulfilmentStatus::Returned,
        () if lines.iter().any(|line| line.returned > 0) => FulfilmentStatus::PartiallyReturned,
        () if moved.is_empty() => FulfilmentStatus::Unfulfilled,
        () if moved.all_left(lines) => FulfilmentStatus::Fulfilled,
        () => FulfilmentStatus::PartiallyFulfilled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Currency, Money, Quantity};
    use uuid::Uuid;

    fn product(nth: u128) -> ProductId {
        ProductId::from_uuid(Uuid::from_u128(nth))
    }

    fn line(nth: u128, quantity: i64, returned: i64) -> Line {
        Line {
            product_id: product(nth),
            sku: String::new(),
            name: String::new(),
            quantity: Quantity::new(quantity).unwrap(),
            unit_price: Money::new(100, Currency::CAD),
            returned,
        }
    }

    fn moved(pieces: &[(u128, i64, i64)]) -> Moved {
        let mut moved = Moved::default();
        for (nth, left, arrived) in pieces {
            let pieces = Pieces {
                left: *left,
                arrived: *arrived,
            };
            moved.add(product(*nth), pieces);
        }
        moved
    }

    #[test]
    fn an_order_has_left_when_every_product_has() {
        let lines = [line(1, 2, 0), line(2, 1, 0), line(1, 1, 0)];
        let part = moved(&[(1, 2, 0), (2, 1, 1)]);
        assert!(!part.all_left(&lines) && !part.all_arrived(&lines));
        let whole = moved(&[(1, 3, 3), (2, 1, 1)]);
        assert!(whole.all_left(&lines) && whole.all_arrived(&lines));
        // More of one product does not stand for another.
        assert!(!moved(&[(1, 9, 9)]).all_left(&lines));
    }

    #[test]
    fn only_what_left_and_stayed_away_is_still_out() {
        let lines = [line(1, 2, 1), line(2, 1, 0), line(1, 2, 0)];
        assert_eq!(moved(&[(1, 3, 0)]).still_out(&lines), [1, 0, 1]);
        assert_eq!(moved(&[(1, 1, 0)]).still_out(&lines), [0, 0, 0]);
        assert_eq!(moved(&[(1, 4, 4), (2, 1, 1)]).still_out(&lines), [1, 1, 2]);
    }

    #[test]
    fn goods_that_came_back_say_more_than_goods_that_left() {
        let all = moved(&[(1, 2, 2)]);
        for (returned, status) in [
            (0, FulfilmentStatus::Fulfilled),
            (1, FulfilmentStatus::PartiallyReturned),
            (2, FulfilmentStatus::Returned),
        ] {
            assert_eq!(fulfilment(&[line(1, 2, returned)], &all), status);
        }
        let fresh = [line(1, 2, 0)];
        assert_eq!(
            fulfilment(&fresh, &moved(&[])),
            FulfilmentStatus::Unfulfilled
        );
        let part = moved(&[(1, 1, 0)]);
        assert_eq!(
            fulfilment(&fresh, &part),
            FulfilmentStatus::PartiallyFulfilled
        );
    }
}
