//! News of prices: which have changed, and what is told of them. Pure.

use crate::store::names::Names;
use kernel::ProductId;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// So many products are named in a notice; of the others their number is told.
const NAMED: usize = 50;

/// The price of a product as it was known.
pub struct Known {
    pub version: i64,
    /// None before the first news of it.
    pub price: Option<(i64, String)>,
}

/// The price of a product as an event tells it.
pub struct Heard<'e> {
    pub product: ProductId,
    pub version: i64,
    pub price_minor: i64,
    pub currency: &'e str,
    /// Of a product that is sold, and not long ago.
    pub is_news: bool,
}

/// A price that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub product: ProductId,
    pub before_minor: i64,
    pub price_minor: i64,
    pub currency: String,
}

/// Which prices are others than before, one change a product.
pub fn changes<'e>(
    mut known: HashMap<ProductId, Known>,
    heard: impl Iterator<Item = Heard<'e>>,
) -> Vec<Change> {
    let mut changes: BTreeMap<ProductId, Change> = BTreeMap::new();
    for one in heard {
        let now = Known {
            version: one.version,
            price: Some((one.price_minor, one.currency.to_owned())),
        };
        let before = match known.get(&one.product) {
            Some(known) if known.version >= one.version => continue,
            _ => known.insert(one.product, now),
        };
        let before = before.and_then(|known| known.price);
        let Some((before_minor, currency)) = before.filter(|(minor, currency)| {
            one.is_news && currency == one.currency && *minor != one.price_minor
        }) else {
            continue;
        };
        let first = Change {
            product: one.product,
            before_minor,
            price_minor: one.price_minor,
            currency,
        };
        let change = changes.entry(one.product).or_insert(first);
        change.price_minor = one.price_minor;
    }
    changes.into_values().collect()
}

/// What a notice tells, by SKU; none when all is as it was before.
pub fn details(changes: &[Change], names: &Names) -> Option<Value> {
    let lasting = changes
        .iter()
        .filter(|one| one.before_minor != one.price_minor);
    let mut lines: Vec<(String, Value)> = lasting
        .map(|one| {
            let (product, sku) = names.product(one.product);
            let line = json!({"product": product, "sku": sku, "before_minor": one.before_minor,
                "price_minor": one.price_minor, "currency": one.currency});
            (sku, line)
        })
        .collect();
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    let count = lines.len();
    let named = lines.into_iter().take(NAMED).map(|(_, line)| line);
    let named: Vec<Value> = named.collect();
    (count > 0).then(|| json!({"count": count, "more": count - named.len(), "changes": named}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn mug() -> ProductId {
        ProductId::from_uuid(Uuid::from_u128(1))
    }

    fn known(price: Option<i64>) -> HashMap<ProductId, Known> {
        let price = price.map(|minor| (minor, "CAD".to_owned()));
        HashMap::from([(mug(), Known { version: 3, price })])
    }

    fn heard(version: i64, price_minor: i64) -> Heard<'static> {
        Heard {
            product: mug(),
            version,
            price_minor,
            currency: "CAD",
            is_news: true,
        }
    }

    fn told(known: HashMap<ProductId, Known>, heard: Vec<Heard<'static>>) -> Vec<(i64, i64)> {
        let changes = changes(known, heard.into_iter());
        let prices = |one: &Change| (one.before_minor, one.price_minor);
        changes.iter().map(prices).collect()
    }

    #[test]
    fn a_price_has_changed_when_it_is_another_than_before() {
        assert_eq!(told(known(Some(999)), vec![heard(4, 1099)]), [(999, 1099)]);
        assert_eq!(told(known(Some(999)), vec![heard(4, 999)]), []);
        assert_eq!(told(known(None), vec![heard(4, 1099)]), []);
        assert_eq!(told(HashMap::new(), vec![heard(1, 1099)]), []);
        let twice = vec![heard(4, 1099), heard(5, 899)];
        assert_eq!(told(known(Some(999)), twice), [(999, 899)]);
    }

    #[test]
    fn what_was_heard_before_is_no_news_nor_is_what_is_not_sold_or_long_ago() {
        let again = vec![heard(3, 1099), heard(2, 899)];
        assert_eq!(told(known(Some(999)), again), []);
        let draft = Heard {
            is_news: false,
            ..heard(4, 1099)
        };
        assert_eq!(
            told(known(Some(999)), vec![draft, heard(5, 1199)]),
            [(1099, 1199)]
        );
        let euros = Heard {
            currency: "EUR",
            ..heard(4, 1099)
        };
        assert_eq!(told(known(Some(999)), vec![euros]), []);
    }
}
