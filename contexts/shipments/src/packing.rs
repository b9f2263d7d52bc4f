//! What goes into the next shipment of an order. Pure.

use crate::fault::ShipmentError;
use crate::shipment::Item;
use contracts::orders::PlacedItem;
use kernel::{Detail, ProductId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How much of a product was ordered, and how much of it is in shipments already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub product_id: ProductId,
    pub ordered: i64,
    pub packed: i64,
}

impl Line {
    /// What nobody has packed yet.
    pub fn left(self) -> i64 {
        self.ordered - self.packed
    }
}

/// Chooses the items of a shipment: those wished for, or everything that is left.
pub fn choose(lines: &[Line], wished: Option<&[Item]>) -> Result<Vec<Item>, ShipmentError> {
    let left: BTreeMap<ProductId, i64> = lines
        .iter()
        .map(|line| (line.product_id, line.left()))
        .collect();
    let chosen = match wished {
        None => left.clone(),
        Some(items) => add_up(&left, items)?,
    };
    let items: Vec<Item> = chosen
        .into_iter()
        .filter(|(_, quantity)| *quantity > 0)
        .map(|(product_id, quantity)| Item {
            product_id,
            quantity,
        })
        .collect();
    match items.is_empty() {
        true => Err(ShipmentError::NothingToShip),
        false => Ok(items),
    }
}

/// The same product twice adds up. Names every item that is too much.
fn add_up(
    left: &BTreeMap<ProductId, i64>,
    items: &[Item],
) -> Result<BTreeMap<ProductId, i64>, ShipmentError> {
    let mut sums: BTreeMap<ProductId, i64> = BTreeMap::new();
    let (mut unknown, mut too_many) = (Vec::new(), Vec::new());
    for (nth, item) in items.iter().enumerate() {
        let Some(left) = left.get(&item.product_id) else {
            let message = "the order has no such product";
            let field = format!("items[{nth}].product_id");
            unknown.push(Detail::new(field, "UNKNOWN_PRODUCT", message));
            continue;
        };
        let sum = sums.entry(item.product_id).or_default();
        *sum = sum.saturating_add(item.quantity);
        if *sum > *left {
            let message = format!("{sum} wanted, {left} left to ship");
            let field = format!("items[{nth}].quantity");
            too_many.push(Detail::new(field, "MORE_THAN_ORDERED", message));
        }
    }
    if !unknown.is_empty() {
        return Err(ShipmentError::UnknownProduct(unknown));
    }
    if !too_many.is_empty() {
        return Err(ShipmentError::MoreThanOrdered(too_many));
    }
    Ok(sums)
}

/// An order's items as shipments keeps them: a JSON text, one entry a product.
pub fn to_text(items: &[PlacedItem]) -> String {
    let mut sums: BTreeMap<Uuid, i64> = BTreeMap::new();
    for item in items.iter().filter(|item| item.quantity > 0) {
        let sum = sums.entry(item.product_id.uuid()).or_default();
        *sum = sum.saturating_add(item.quantity);
    }
    let pairs: Vec<(Uuid, i64)> = sums.into_iter().collect();
    // Ids and numbers always have a JSON.
    serde_json::to_string(&pairs).unwrap_or_default()
}

/// Reads what [`to_text`] wrote.
pub fn from_text(text: &str) -> Result<Vec<Item>, serde_json::Error> {
    let pairs: Vec<(Uuid, i64)> = serde_json::from_str(text)?;
    let item = |(product, quantity)| Item {
        product_id: ProductId::from_uuid(product),
        quantity,
    };
    Ok(pairs.into_iter().map(item).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(bits: u128) -> ProductId {
        ProductId::from_uuid(Uuid::from_u128(bits))
    }

    fn line(bits: u128, ordered: i64, packed: i64) -> Line {
        Line {
            product_id: product(bits),
            ordered,
            packed,
        }
    }

    fn item(bits: u128, quantity: i64) -> Item {
        Item {
            product_id: product(bits),
            quantity,
        }
    }

    #[test]
    fn left_out_everything_that_is_left_goes() {
        let lines = [line(1, 3, 1), line(2, 2, 2), line(3, 1, 0)];
        assert_eq!(choose(&lines, None).unwrap(), [item(1, 2), item(3, 1)]);
        let packed = [line(1, 3, 3)];
        assert!(matches!(
            choose(&packed, None),
            Err(ShipmentError::NothingToShip)
        ));
    }

    #[test]
    fn the_same_product_twice_adds_up() {
        let lines = [line(1, 3, 0)];
        let wished = [item(1, 1), item(1, 2)];
        assert_eq!(choose(&lines, Some(&wished)).unwrap(), [item(1, 3)]);
        let much = [item(1, 2), item(1, 2)];
        let Err(ShipmentError::MoreThanOrdered(details)) = choose(&lines, Some(&much)) else {
            panic!("one too many");
        };
        assert_eq!(details[0].field, "items[1].quantity");
        assert_eq!(details[0].message, "4 wanted, 3 left to ship");
    }

    #[test]
    fn what_was_not_ordered_is_not_shipped() {
        let wished = [item(1, 1), item(9, 1)];
        let Err(ShipmentError::UnknownProduct(details)) = choose(&[line(1, 3, 0)], Some(&wished))
        else {
            panic!("nobody ordered it");
        };
        assert_eq!(details[0].field, "items[1].product_id");
    }

    #[test]
    fn items_are_read_back_as_written_one_entry_a_product() {
        let placed = |bits, quantity| PlacedItem {
            product_id: product(bits),
            quantity,
            unit_price_minor: 999,
        };
        let text = to_text(&[placed(2, 1), placed(1, 4), placed(2, 2)]);
        assert_eq!(from_text(&text).unwrap(), [item(1, 4), item(2, 3)]);
    }
}
