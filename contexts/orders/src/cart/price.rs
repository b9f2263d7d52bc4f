//! What a cart costs today, at the shop's own prices; those it had when its lines were put in are
//! only compared with. Pure.

use super::lines::{Cart, CartLine, List};
use crate::price::ProductCopy;
use kernel::{Currency, Money, MoneyError, ProductId};
use std::collections::HashMap;

/// A cart's lines with their prices, and what those to be bought come to.
#[derive(Debug)]
pub struct Priced {
    pub lines: Vec<PricedLine>,
    pub total: Money,
}

/// A line at today's price.
#[derive(Debug)]
pub struct PricedLine {
    pub line: CartLine,
    /// `None` once the product is gone without a trace.
    pub sku: Option<String>,
    pub name: Option<String>,
    pub unit_price: Money,
    pub total: Money,
    pub for_sale: bool,
}

impl PricedLine {
    /// The price it had, when that is another one by now.
    pub fn previous_price(&self) -> Option<Money> {
        (self.unit_price != self.line.added_price).then_some(self.line.added_price)
    }
}

/// Prices every line. What is not for sale keeps the price it was put in at and does not count.
pub fn priced(
    cart: &Cart,
    products: &HashMap<ProductId, ProductCopy>,
    shop: Currency,
) -> Result<Priced, MoneyError> {
    let mut total = Money::zero(shop);
    let mut lines = Vec::with_capacity(cart.lines.len());
    for line in &cart.lines {
        let line = priced_line(line, products.get(&line.product_id), shop)?;
        if line.for_sale && line.line.list == List::Buy {
            total = total.plus(line.total)?;
        }
        lines.push(line);
    }
    Ok(Priced { lines, total })
}

fn priced_line(
    line: &CartLine,
    product: Option<&ProductCopy>,
    shop: Currency,
) -> Result<PricedLine, MoneyError> {
    let sold = product.filter(|product| product.active && product.price.currency() == shop);
    let unit_price = sold.map_or(line.added_price, |product| product.price);
    let text = |pick: fn(&ProductCopy) -> &String| {
        product.map(pick).filter(|text| !text.is_empty()).cloned()
    };
    Ok(PricedLine {
        sku: text(|product| &product.sku),
        name: text(|product| &product.name),
        unit_price,
        total: unit_price.times(line.quantity.get())?,
        for_sale: sold.is_some(),
        line: line.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Id, Quantity, Timestamp};
    use uuid::Uuid;

    fn product(nth: u128) -> ProductId {
        Id::from_uuid(Uuid::from_u128(nth))
    }

    fn cad(minor: i64) -> Money {
        Money::new(minor, Currency::CAD)
    }

    fn copy(price: Money, active: bool) -> ProductCopy {
        let (sku, name) = ("MUG".to_owned(), "Mug".to_owned());
        ProductCopy {
            sku,
            name,
            price,
            active,
        }
    }

    fn cart() -> Cart {
        let start = Timestamp::from_unix_micros(0);
        let mut cart = Cart::new(Id::from_uuid(Uuid::nil()), None, start);
        for nth in 1..=3 {
            let two = Quantity::new(2).unwrap();
            cart.add(product(nth), two, cad(100)).unwrap();
        }
        cart
    }

    #[test]
    fn a_cart_costs_todays_prices_and_remembers_the_old_ones() {
        let products = HashMap::from([
            (product(1), copy(cad(150), true)),
            (product(2), copy(cad(100), true)),
        ]);
        let priced = priced(&cart(), &products, Currency::CAD).unwrap();
        assert_eq!(priced.total, cad(2 * 150 + 2 * 100));
        assert_eq!(priced.lines[0].previous_price(), Some(cad(100)));
        assert_eq!(priced.lines[1].previous_price(), None);
    }

    #[test]
    fn what_is_saved_archived_or_gone_is_shown_and_not_counted() {
        let mut cart = cart();
        cart.move_to(List::Later, product(1)).unwrap();
        let products = HashMap::from([
            (product(1), copy(cad(150), true)),
            (product(2), copy(cad(150), false)),
        ]);
        let priced = priced(&cart, &products, Currency::CAD).unwrap();
        assert_eq!(priced.total, cad(0));
        let of = |nth| {
            priced
                .lines
                .iter()
                .find(|one| one.line.product_id == product(nth))
                .unwrap()
        };
        assert!(of(1).for_sale && !of(2).for_sale && !of(3).for_sale);
        assert_eq!((of(2).unit_price, of(2).previous_price()), (cad(100), None));
        assert_eq!(
            (of(2).name.as_deref(), of(3).name.as_deref()),
            (Some("Mug"), None)
        );
    }

    #[test]
    fn a_sum_beyond_what_can_be_counted_is_an_error_and_no_wrong_number() {
        let products = HashMap::from([(product(1), copy(cad(i64::MAX / 2), true))]);
        let mut cart = cart();
        cart.set(product(1), Quantity::new(3).unwrap(), cad(1))
            .unwrap();
        assert!(priced(&cart, &products, Currency::CAD).is_err());
    }
}
