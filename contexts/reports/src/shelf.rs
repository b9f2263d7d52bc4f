//! What a level of stock adds to the sums of its store: a function of the level and its product, so
//! that a change of either is the difference of two of them. Pure.

use std::collections::BTreeMap;
use uuid::Uuid;

/// No level counts for more, so that sums of them can be said.
const MOST_WORTH: i64 = 9_000_000_000_000_000;

/// What pieces are worth at this price, in minor units.
pub fn worth(on_hand: i64, price_minor: i64) -> i64 {
    on_hand.saturating_mul(price_minor).min(MOST_WORTH)
}

/// A level beside what is known of its product.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub store: Uuid,
    pub on_hand: i64,
    pub reserved: i64,
    pub min_stock: Option<i64>,
    pub product: Option<Product>,
}

/// What counts about a product.
#[derive(Clone, Debug)]
pub struct Product {
    pub category: Uuid,
    pub currency: String,
    pub price_minor: i64,
}

/// Whose sums: of a store, a category and a currency; nil and empty where they are not known.
pub type Cell = (Uuid, Uuid, String);

/// Products, pieces on hand and reserved, products that are low, worth in minor units.
pub type Sums = [i64; 5];

impl Shelf {
    fn cell(&self) -> Cell {
        let product = self.product.as_ref();
        let category = product.map_or(Uuid::nil(), |product| product.category);
        let currency = product.map_or_else(String::new, |product| product.currency.clone());
        (self.store, category, currency)
    }

    fn sums(&self) -> Sums {
        if self.on_hand == 0 && self.reserved == 0 && self.min_stock.is_none() {
            return Sums::default();
        }
        let free = self.on_hand - self.reserved;
        let low = self.min_stock.is_some_and(|least| free <= least);
        let price = self.product.as_ref().map_or(0, |one| one.price_minor);
        let worth = worth(self.on_hand, price);
        [1, self.on_hand, self.reserved, low.into(), worth]
    }
}

/// What is different after a change, where anything is.
pub fn difference(before: &[Shelf], after: &[Shelf]) -> BTreeMap<Cell, Sums> {
    let mut cells = BTreeMap::<Cell, Sums>::new();
    for (shelves, sign) in [(before, -1), (after, 1)] {
        for shelf in shelves {
            let sums = cells.entry(shelf.cell()).or_default();
            for (sum, one) in sums.iter_mut().zip(shelf.sums()) {
                *sum += sign * one;
            }
        }
    }
    cells.retain(|_, sums| *sums != Sums::default());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(on_hand: i64, reserved: i64, price_minor: Option<i64>) -> Shelf {
        let product = price_minor.map(|price_minor| Product {
            category: Uuid::from_u128(30),
            currency: "CAD".to_owned(),
            price_minor,
        });
        Shelf {
            store: Uuid::from_u128(20),
            on_hand,
            reserved,
            min_stock: Some(2),
            product,
        }
    }

    fn cell(category: u128, currency: &str) -> Cell {
        (
            Uuid::from_u128(20),
            Uuid::from_u128(category),
            currency.to_owned(),
        )
    }

    #[test]
    fn a_sale_is_the_difference_of_two_levels() {
        let found = difference(&[shelf(5, 1, Some(250))], &[shelf(4, 2, Some(250))]);
        assert_eq!(
            found,
            BTreeMap::from([(cell(30, "CAD"), [0, -1, 1, 1, -250])])
        );
        assert_eq!(
            difference(&[shelf(4, 2, None)], &[shelf(4, 2, None)]),
            BTreeMap::new()
        );
    }

    #[test]
    fn a_product_that_becomes_known_moves_its_levels_to_its_category() {
        let found = difference(&[shelf(4, 0, None)], &[shelf(4, 0, Some(i64::MAX))]);
        let (unknown, known) = (cell(0, ""), cell(30, "CAD"));
        assert_eq!(found[&unknown], [-1, -4, 0, 0, 0]);
        assert_eq!(found[&known], [1, 4, 0, 0, MOST_WORTH]);
    }
}
