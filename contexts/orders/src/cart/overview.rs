//! What the shop's people may know of carts: which hold a product, and what all of them hold. By
//! id only: nothing in it is personal.

use super::Carts;
use super::store::{self, Counted, Listed};
use kernel::{CartId, Currency, Limit, Money, ProductId, Timestamp};
use platform::DbError;
use std::collections::HashMap;
use std::time::Duration;

/// A cart that nobody changed for so long is abandoned.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A cart with what is in it, added up.
pub struct Entry {
    pub cart: Listed,
    pub sums: Sums,
    /// How many pieces of the product that was asked for are to be bought, and saved for later.
    pub of_product: (i64, i64),
}

/// Lines, pieces and value; what is not for sale is worth nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    pub lines: i64,
    pub pieces: i64,
    value_minor: i128,
}

impl Sums {
    fn add(&mut self, lines: i64, pieces: i64, price: Option<Money>, shop: Currency) {
        let price = price.filter(|price| price.currency() == shop);
        self.lines += lines;
        self.pieces += pieces;
        let each = price.map_or(0, |price| i128::from(price.minor()));
        self.value_minor += i128::from(pieces) * each;
    }

    /// The value; one beyond what can be counted shows as the most that can be.
    pub fn value(&self, shop: Currency) -> Money {
        Money::new(i64::try_from(self.value_minor).unwrap_or(i64::MAX), shop)
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub product: Option<ProductId>,
    pub after: Option<CartId>,
    pub limit: Limit,
    pub count: bool,
}

/// A page of carts, one more than the limit, and how many there are in all.
pub async fn list(carts: &Carts, asked: Asked) -> Result<(Vec<Entry>, Option<i64>), DbError> {
    let now = carts.host.source.now();
    let mut tx = carts.host.db.read().await?;
    let total = match asked.count {
        true => Some(store::count(&mut tx, asked.product, now).await?),
        false => None,
    };
    let page = (asked.limit, now);
    let found = store::list(&mut tx, asked.product, asked.after, page).await?;
    let lines = store::lines_of(&mut tx, &found).await?;
    let shop = carts.host.settings.currency;
    let mut sums: HashMap<CartId, (Sums, (i64, i64))> = HashMap::new();
    for line in lines {
        let (sum, of_product) = sums.entry(line.cart_id).or_default();
        if !line.saved {
            sum.add(1, line.quantity, line.price, shop);
        }
        match (asked.product == Some(line.product_id), line.saved) {
            (true, false) => of_product.0 += line.quantity,
            (true, true) => of_product.1 += line.quantity,
            (false, _) => {}
        }
    }
    let entry = |cart: Listed| {
        let (sums, of_product) = sums.remove(&cart.id).unwrap_or_default();
        Entry {
            cart,
            sums,
            of_product,
        }
    };
    Ok((found.into_iter().map(entry).collect(), total))
}

/// All carts together.
pub struct Summary {
    pub counted: Counted,
    pub sums: Sums,
    pub as_of: Timestamp,
}

/// What all carts hold to be bought.
pub async fn summary(carts: &Carts) -> Result<Summary, DbError> {
    let as_of = carts.host.source.now();
    let mut tx = carts.host.db.read().await?;
    let quiet = as_of.minus(ABANDONED_AFTER);
    let counted = store::counted(&mut tx, as_of, quiet).await?;
    let mut sums = Sums::default();
    for held in store::held(&mut tx, as_of).await? {
        sums.add(
            held.lines,
            held.pieces,
            held.price,
            carts.host.settings.currency,
        );
    }
    Ok(Summary {
        counted,
        sums,
        as_of,
    })
}
