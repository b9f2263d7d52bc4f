//! What is bought, and what it costs: the price charged is the one orders knows when it places.

use crate::order::{Line, PaymentMethod, PaymentStatus, total};
use kernel::{ClientId, Country, Currency, EmployeeId, Money, ProductId, Quantity, StoreId};
use std::collections::HashMap;

use crate::error::OrderError;

/// An order as somebody asks for it: checked words, no prices.
#[derive(Clone, Debug)]
pub struct Wish {
    pub client_id: ClientId,
    pub employee_id: Option<EmployeeId>,
    pub store_id: Option<StoreId>,
    pub items: Vec<Item>,
    pub payment_method: PaymentMethod,
    /// The money is in the till already: cash, taken by staff.
    pub paid: bool,
    pub expected_total: Option<Money>,
    pub country: Option<Country>,
    pub note: Option<String>,
    /// Keep it for later instead of placing it.
    pub draft: bool,
}

impl Wish {
    pub fn payment_status(&self) -> PaymentStatus {
        if self.paid {
            PaymentStatus::Paid
        } else {
            PaymentStatus::Unpaid
        }
    }
}

/// One line of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub product_id: ProductId,
    pub quantity: Quantity,
}

/// What orders knows of a product.
#[derive(Clone, Debug)]
pub struct ProductCopy {
    pub sku: String,
    pub name: String,
    pub price: Money,
    pub active: bool,
}

/// The lines at today's prices, and their sum.
pub fn price(
    items: &[Item],
    products: &HashMap<ProductId, ProductCopy>,
    shop: Currency,
) -> Result<(Vec<Line>, Money), OrderError> {
    let known = |item: &Item| products.contains_key(&item.product_id);
    let unknown = places(items, |item| !known(item));
    if !unknown.is_empty() {
        return Err(OrderError::UnknownProduct(unknown));
    }
    let sellable = |item: &Item| products[&item.product_id].active;
    let withdrawn = places(items, |item| !sellable(item));
    if !withdrawn.is_empty() {
        return Err(OrderError::NotForSale(withdrawn));
    }
    let lines: Vec<Line> = items.iter().map(|item| line(item, products)).collect();
    let sum = total(&lines, Money::zero(shop)).map_err(OrderError::Amount)?;
    Ok((lines, sum))
}

/// Refuses when the total is not the one the buyer was shown.
pub fn check_expected(expected: Option<Money>, actual: Money) -> Result<(), OrderError> {
    match expected {
        Some(expected) if expected != actual => Err(OrderError::PriceChanged { expected, actual }),
        _ => Ok(()),
    }
}

fn places(items: &[Item], is_wrong: impl Fn(&Item) -> bool) -> Vec<usize> {
    let wrong = items.iter().enumerate().filter(|(_, item)| is_wrong(item));
    wrong.map(|(place, _)| place).collect()
}

fn line(item: &Item, products: &HashMap<ProductId, ProductCopy>) -> Line {
    let product = &products[&item.product_id];
    Line {
        product_id: item.product_id,
        sku: product.sku.clone(),
        name: product.name.clone(),
        quantity: item.quantity,
        unit_price: product.price,
        returned: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Id;

    fn shop() -> (ProductId, HashMap<ProductId, ProductCopy>) {
        let id = Id::from_uuid(uuid::Uuid::from_u128(1));
        let price = Money::new(1999, Currency::CAD);
        let (sku, name) = ("MUG".to_owned(), "Mug".to_owned());
        (
            id,
            HashMap::from([(
                id,
                ProductCopy {
                    sku,
                    name,
                    price,
                    active: true,
                },
            )]),
        )
    }

    fn item(product_id: ProductId, pieces: i64) -> Item {
        Item {
            product_id,
            quantity: Quantity::new(pieces).unwrap(),
        }
    }

    #[test]
    fn a_line_costs_its_price_times_its_pieces() {
        let (id, products) = shop();
        let (lines, sum) = price(&[item(id, 3), item(id, 1)], &products, Currency::CAD).unwrap();
        assert_eq!((lines.len(), sum), (2, Money::new(4 * 1999, Currency::CAD)));
    }

    #[test]
    fn every_unknown_product_is_named() {
        let (id, products) = shop();
        let other = Id::from_uuid(uuid::Uuid::from_u128(2));
        let refused = price(&[item(id, 1), item(other, 1)], &products, Currency::CAD);
        assert!(matches!(refused, Err(OrderError::UnknownProduct(places)) if places == [1]));
    }

    #[test]
    fn an_archived_product_is_not_sold() {
        let (id, mut products) = shop();
        products.get_mut(&id).unwrap().active = false;
        let refused = price(&[item(id, 1)], &products, Currency::CAD);
        assert!(matches!(refused, Err(OrderError::NotForSale(places)) if places == [0]));
    }

    #[test]
    fn a_moved_total_is_refused() {
        let (now, shown) = (Money::new(2, Currency::CAD), Money::new(1, Currency::CAD));
        assert!(check_expected(None, now).is_ok() && check_expected(Some(now), now).is_ok());
        assert!(matches!(
            check_expected(Some(shown), now),
            Err(OrderError::PriceChanged { .. })
        ));
    }
}
