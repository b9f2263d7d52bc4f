//! Best sellers and highest spenders.

use super::copies;
use super::spans::What;
use super::sums::{self, Apart};
use crate::ask::Asked;
use crate::effect::Figures;
use kernel::{CategoryId, ClientId, ProductId};
use platform::{DbError, Tx};
use std::cmp::Reverse;
use uuid::Uuid;

/// A product with what was sold of it.
#[derive(Clone, Debug)]
pub struct Seller {
    pub product: ProductId,
    /// Not there before catalog has told of it.
    pub sku: Option<String>,
    pub name: Option<String>,
    pub currency: String,
    pub figures: Figures,
}

/// A client with what they bought.
#[derive(Clone, Debug)]
pub struct Spender {
    pub client: ClientId,
    pub currency: String,
    pub figures: Figures,
}

/// Most pieces kept first, then most money; one more row than asked for.
pub async fn products(tx: &mut Tx, asked: &Asked) -> Result<Vec<Seller>, DbError> {
    let sums = sums::read(tx, What::Products, asked, Apart::NOTHING).await?;
    let all = sums.iter().flat_map(|(group, by_id)| {
        let sold = by_id.iter().filter(|one| one.1.is_something());
        sold.map(|(id, figures)| (*id, &group.currency, *figures))
    });
    let best = first(all.collect(), asked.limit, |(id, currency, figures)| {
        let kept = (figures.kept_units(), figures.kept_minor());
        (Reverse(kept), *id, *currency)
    });
    let ids = best.iter().map(|one| one.0).collect();
    let names = copies::product_names(tx, ids).await?;
    let seller = |(id, currency, figures): (Uuid, &String, Figures)| {
        let (sku, name) = names.get(&id).cloned().unzip();
        Seller {
            product: ProductId::from_uuid(id),
            sku,
            name,
            currency: currency.clone(),
            figures,
        }
    };
    Ok(best.into_iter().map(seller).collect())
}

/// Most money kept first, currency by currency; one more row a currency than asked for.
pub async fn clients(tx: &mut Tx, asked: &Asked) -> Result<Vec<Spender>, DbError> {
    let sums = sums::read(tx, What::Clients, asked, Apart::NOTHING).await?;
    let mut all = Vec::new();
    for (group, by_id) in sums {
        let bought = by_id.into_iter().filter(|one| one.1.is_something());
        let highest = first(bought.collect(), asked.limit, |(id, figures)| {
            (Reverse(figures.kept_minor()), *id)
        });
        all.extend(highest.into_iter().map(|(id, figures)| Spender {
            client: ClientId::from_uuid(id),
            currency: group.currency.clone(),
            figures,
        }));
    }
    Ok(all)
}

/// The first rows in an order that leaves nothing open, one more than asked for. Only those are
/// sorted.
fn first<T, K: Ord>(mut all: Vec<T>, limit: usize, key: impl Fn(&T) -> K) -> Vec<T> {
    let most = limit.saturating_add(1);
    if all.len() > most {
        all.select_nth_unstable_by(most, |a, b| key(a).cmp(&key(b)));
        all.truncate(most);
    }
    all.sort_unstable_by_key(key);
    all
}

/// Narrows a statement over the products of a table `f`.
pub fn of_category(
    build: platform::db::Build<'_>,
    category: Option<CategoryId>,
) -> platform::db::Build<'_> {
    build.and(
        "and f.product_id in (select c.id from reports_product c where c.category_id = ?)",
        category,
    )
}
