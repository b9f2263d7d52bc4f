//! Who gets the stock: orders in the order they came, each whole or not at all, from one store.
//! Pure.

use crate::stock::{Delta, Place, Stock};
use contracts::inventory::ShortLine;
use contracts::orders::{OrderPlaced, PlacedItem};
use kernel::{OrderId, ProductId, StoreId};
use std::collections::BTreeMap;

/// What an order asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub order: OrderId,
    /// `None`: the first store, by code, that can fill all of it.
    pub store: Option<StoreId>,
    /// One entry a product, in the order of products.
    pub lines: Vec<(ProductId, i64)>,
}

/// What it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allotted {
    /// All of it, from this store.
    Held(StoreId),
    /// Nothing, because of these lines.
    Refused(Vec<ShortLine>),
}

impl Wanted {
    pub fn by(order: &OrderPlaced) -> Self {
        Self {
            order: order.order_id,
            store: order.store_id,
            lines: per_product(&order.items),
        }
    }

    fn places(&self, store: StoreId) -> impl Iterator<Item = (Place, i64)> {
        let at = move |&(product, pieces): &(ProductId, i64)| (Place { product, store }, pieces);
        self.lines.iter().map(at)
    }

    /// The lines this store cannot fill.
    fn short_in(&self, stock: &Stock, store: StoreId) -> Vec<ShortLine> {
        let short = self.places(store).filter_map(|(place, wanted)| {
            let available = stock.available(place);
            (wanted > available).then_some(ShortLine {
                product_id: place.product,
                wanted,
                available,
            })
        });
        short.collect()
    }
}

/// The same product on two lines adds up; a sum too large for an `i64` is more than anybody has.
pub fn per_product(items: &[PlacedItem]) -> Vec<(ProductId, i64)> {
    let mut sums: BTreeMap<ProductId, i64> = BTreeMap::new();
    for item in items.iter().filter(|item| item.quantity > 0) {
        let sum = sums.entry(item.product_id).or_default();
        *sum = sum.saturating_add(item.quantity);
    }
    sums.into_iter().collect()
}

/// Reserves for one order out of `stock`. `stores` are those that may serve an order that names
/// none, by code.
pub fn allot(stock: &mut Stock, stores: &[StoreId], wanted: &Wanted) -> Allotted {
    let candidates = match &wanted.store {
        Some(store) => std::slice::from_ref(store),
        None => stores,
    };
    let mut nearest: Option<Vec<ShortLine>> = None;
    if wanted.lines.is_empty() {
        return Allotted::Refused(Vec::new());
    }
    for &store in candidates {
        let short = wanted.short_in(stock, store);
        if short.is_empty() {
            return hold(stock, wanted, store);
        }
        if nearest
            .as_ref()
            .is_none_or(|least| short.len() < least.len())
        {
            nearest = Some(short);
        }
    }
    match nearest {
        Some(short) if candidates.len() == 1 => Allotted::Refused(short),
        nearest => Allotted::Refused(explain(stock, stores, wanted, nearest)),
    }
}

fn hold(stock: &mut Stock, wanted: &Wanted, store: StoreId) -> Allotted {
    for (place, pieces) in wanted.places(store) {
        let held = stock.apply(place, Delta::reserved(pieces));
        debug_assert_eq!(held, Ok(()), "enough was there a moment ago");
    }
    Allotted::Held(store)
}

/// Why no store can fill the order: the lines that none has enough of; where each line alone could
/// be had somewhere, what the store that comes nearest lacks.
fn explain(
    stock: &Stock,
    stores: &[StoreId],
    wanted: &Wanted,
    nearest: Option<Vec<ShortLine>>,
) -> Vec<ShortLine> {
    let most = |product| {
        let places = stores.iter().map(|&store| Place { product, store });
        places
            .map(|place| stock.available(place))
            .max()
            .unwrap_or(0)
    };
    let lines = wanted.lines.iter().map(|&(product_id, wanted)| ShortLine {
        product_id,
        wanted,
        available: most(product_id),
    });
    let short: Vec<_> = lines.filter(|line| line.wanted > line.available).collect();
    if short.is_empty() {
        nearest.unwrap_or_default()
    } else {
        short
    }
}

#[cfg(test)]
#[path = "allot_tests.rs"]
mod tests;
