//! Which purchases a credit belongs to. The other system does not say, so this is the rule: pieces
//! that the client bought before, of the same product, still out, at a price not below the credit
//! (nobody gets more back than was paid); those at exactly its price first, then the newest. A line
//! is matched whole, over several purchases if need be, or not at all. Pure.

use kernel::{ClientId, Money, OrderId, Timestamp};
use std::cmp::Reverse;
use std::collections::HashMap;

/// A line of an order of which pieces are still out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    pub client_id: ClientId,
    pub order_id: OrderId,
    /// The place of the line in the order.
    pub line: i64,
    pub sku: String,
    pub placed_at: Timestamp,
    pub unit_price: Money,
    pub left: i64,
}

/// Pieces that a client gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit<'a> {
    pub client_id: ClientId,
    pub sku: &'a str,
    pub at: Timestamp,
    pub quantity: i64,
    /// What was paid back for each.
    pub unit_price: Money,
}

/// Pieces of a credit that belong to one line of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub order_id: OrderId,
    pub line: i64,
    pub quantity: i64,
}

/// Why a credit belongs to no purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmatched {
    /// The client bought no such product before, or everything came back already.
    NothingOut,
    /// What the client bought before was cheaper than the credit.
    Dearer,
    /// Fewer pieces are out than came back.
    TooFew,
}

/// Purchases to match against; what is matched is out no longer.
#[derive(Debug, Default)]
pub struct Purchases(HashMap<(ClientId, String), Vec<Purchase>>);

impl Purchases {
    pub fn new(lines: Vec<Purchase>) -> Self {
        let mut by_product: HashMap<_, Vec<_>> = HashMap::new();
        for line in lines {
            by_product
                .entry((line.client_id, line.sku.clone()))
                .or_default()
                .push(line);
        }
        Self(by_product)
    }

    /// Takes the pieces of a credit out of purchases, or tells why it cannot.
    pub fn take(&mut self, credit: &Credit) -> Result<Vec<Share>, Unmatched> {
        let key = (credit.client_id, credit.sku.to_owned());
        let bought = self.0.get_mut(&key).map_or(&mut [][..], Vec::as_mut_slice);
        let currency = credit.unit_price.currency();
        let earlier = bought.iter_mut().filter(|one| {
            one.placed_at <= credit.at && one.left > 0 && one.unit_price.currency() == currency
        });
        let mut fitting: Vec<&mut Purchase> = earlier.collect();
        if fitting.is_empty() {
            return Err(Unmatched::NothingOut);
        }
        let price = credit.unit_price.minor();
        fitting.retain(|one| one.unit_price.minor() >= price);
        if fitting.is_empty() {
            return Err(Unmatched::Dearer);
        }
        if fitting.iter().map(|one| one.left).sum::<i64>() < credit.quantity {
            return Err(Unmatched::TooFew);
        }
        fitting.sort_by_key(|one| {
            let other_price = one.unit_price.minor() != price;
            (
                other_price,
                Reverse((one.placed_at, one.order_id)),
                one.line,
            )
        });
        Ok(take_from(fitting, credit.quantity))
    }
}

fn take_from(purchases: Vec<&mut Purchase>, mut wanted: i64) -> Vec<Share> {
    let mut shares = Vec::new();
    for purchase in purchases {
        let quantity = purchase.left.min(wanted);
        if quantity == 0 {
            break;
        }
        purchase.left -= quantity;
        wanted -= quantity;
        let Purchase { order_id, line, .. } = *purchase;
        shares.push(Share {
            order_id,
            line,
            quantity,
        });
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Currency, Id};
    use proptest::prelude::*;

    fn gbp(minor: i64) -> Money {
        Money::new(minor, Currency::GBP)
    }

    fn at(day: i64) -> Timestamp {
        Timestamp::from_unix_micros(day * 86_400_000_000)
    }

    /// A purchase in order `order`, made on day `order`.
    fn bought(order: u8, left: i64, price: i64) -> Purchase {
        Purchase {
            client_id: client(),
            order_id: order_id(order),
            line: 0,
            sku: "MUG".to_owned(),
            placed_at: at(i64::from(order)),
            unit_price: gbp(price),
            left,
        }
    }

    fn client() -> ClientId {
        Id::from_uuid(uuid::Uuid::from_u128(7))
    }

    fn order_id(order: u8) -> OrderId {
        Id::from_uuid(uuid::Uuid::from_u128(u128::from(order)))
    }

    fn credit(day: i64, quantity: i64, price: i64) -> Credit<'static> {
        let (at, unit_price) = (at(day), gbp(price));
        Credit {
            client_id: client(),
            sku: "MUG",
            at,
            quantity,
            unit_price,
        }
    }

    fn share(order: u8, quantity: i64) -> Share {
        Share {
            order_id: order_id(order),
            line: 0,
            quantity,
        }
    }

    #[test]
    fn the_newest_earlier_purchase_is_taken_first() {
        let mut purchases = Purchases::new(vec![bought(1, 5, 100), bought(2, 5, 100)]);
        assert_eq!(purchases.take(&credit(3, 2, 100)), Ok(vec![share(2, 2)]));
        assert_eq!(
            purchases.take(&credit(3, 4, 100)),
            Ok(vec![share(2, 3), share(1, 1)])
        );
        assert_eq!(purchases.take(&credit(1, 4, 100)), Ok(vec![share(1, 4)]));
    }

    #[test]
    fn a_purchase_at_exactly_the_credited_price_comes_before_newer_ones() {
        let mut purchases = Purchases::new(vec![bought(1, 5, 100), bought(2, 5, 120)]);
        assert_eq!(
            purchases.take(&credit(3, 6, 100)),
            Ok(vec![share(1, 5), share(2, 1)])
        );
    }

    #[test]
    fn what_was_bought_later_did_not_come_back_before() {
        let mut purchases = Purchases::new(vec![bought(5, 5, 100)]);
        assert_eq!(
            purchases.take(&credit(4, 1, 100)),
            Err(Unmatched::NothingOut)
        );
    }

    #[test]
    fn nobody_gets_more_back_than_was_paid() {
        let mut purchases = Purchases::new(vec![bought(1, 5, 100)]);
        assert_eq!(purchases.take(&credit(2, 1, 101)), Err(Unmatched::Dearer));
    }

    #[test]
    fn a_credit_is_matched_whole_or_not_at_all() {
        let mut purchases = Purchases::new(vec![bought(1, 2, 100), bought(2, 2, 100)]);
        assert_eq!(purchases.take(&credit(3, 5, 100)), Err(Unmatched::TooFew));
        assert_eq!(
            purchases.take(&credit(3, 4, 100)),
            Ok(vec![share(2, 2), share(1, 2)])
        );
        assert_eq!(
            purchases.take(&credit(3, 1, 100)),
            Err(Unmatched::NothingOut)
        );
    }

    #[test]
    fn another_client_or_product_does_not_matter() {
        let mut purchases = Purchases::new(vec![bought(1, 2, 100)]);
        let other = Id::from_uuid(uuid::Uuid::from_u128(8));
        let credit = Credit {
            client_id: other,
            ..credit(3, 1, 100)
        };
        assert_eq!(purchases.take(&credit), Err(Unmatched::NothingOut));
        let credit = Credit {
            client_id: client(),
            sku: "mug",
            ..credit
        };
        assert_eq!(purchases.take(&credit), Err(Unmatched::NothingOut));
    }

    proptest! {
        #[test]
        fn pieces_are_neither_made_nor_lost(
            bought_lines in prop::collection::vec((1_u8..9, 1_i64..6, 90_i64..110), 0..8),
            credits in prop::collection::vec((1_i64..10, 1_i64..8, 90_i64..110), 0..12),
        ) {
            let lines = bought_lines.iter().map(|(day, left, price)| bought(*day, *left, *price));
            let lines: Vec<_> = lines.collect();
            let out = |purchases: &Purchases| -> i64 {
                purchases.0.values().flatten().map(|one| one.left).sum()
            };
            let mut purchases = Purchases::new(lines);
            for (day, quantity, price) in credits {
                let before = out(&purchases);
                let taken = purchases.take(&credit(day, quantity, price));
                let matched: i64 = taken.iter().flatten().map(|share| share.quantity).sum();
                prop_assert_eq!(matched, if taken.is_ok() { quantity } else { 0 });
                prop_assert_eq!(before - matched, out(&purchases));
                prop_assert!(purchases.0.values().flatten().all(|one| one.left >= 0));
            }
        }
    }
}
