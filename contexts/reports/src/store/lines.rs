//! Sales of products rather than of whole orders: by category, or of one.

use super::copies;
use super::sales::Group;
use super::spans::{Length, What};
use super::sums::{self, Apart};
use crate::ask::{Asked, By};
use crate::calendar::Day;
use crate::effect::Figures;
use crate::pack;
use kernel::{CategoryId, StoreId};
use platform::{DbError, Tx};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Figures by what they have in common, and by currency.
type Found<K> = BTreeMap<(K, String), Figures>;

/// Groups in the order of their keys, by currency.
pub async fn grouped(tx: &mut Tx, by: By, asked: &Asked) -> Result<Vec<Group>, DbError> {
    let apart = match by {
        By::Day => Apart::days(Length::Day),
        By::Month => Apart::days(Length::Month),
        By::Store => Apart::STORES,
        By::Category | By::Employee | By::Country => Apart::NOTHING,
    };
    let sums = sums::read(tx, What::Products, asked, apart).await?;
    match by {
        By::Category => by_category(tx, sums).await,
        By::Store => by_store(tx, sums).await,
        By::Month => Ok(unnamed(by_day(sums, |day| day.month()))),
        By::Day | By::Employee | By::Country => Ok(unnamed(by_day(sums, |day| day.to_string()))),
    }
}

fn by_day(sums: pack::Sums, key: impl Fn(Day) -> String) -> Found<Option<String>> {
    let mut found = Found::new();
    for (group, by_id) in sums {
        let key = Some(key(Day::from_number(group.day)));
        let into: &mut Figures = found.entry((key, group.currency)).or_default();
        by_id.values().for_each(|figures| into.add(*figures, 1));
    }
    found
}

async fn by_store(tx: &mut Tx, sums: pack::Sums) -> Result<Vec<Group>, DbError> {
    let mut found = Found::new();
    for (group, by_id) in sums {
        let store = Some(group.store).filter(|store| !store.is_nil());
        let into: &mut Figures = found.entry((store, group.currency)).or_default();
        by_id.values().for_each(|figures| into.add(*figures, 1));
    }
    let names = copies::store_names(tx, ids(&found)).await?;
    Ok(named(found, &names, |id| {
        StoreId::from_uuid(id).to_string()
    }))
}

async fn by_category(tx: &mut Tx, sums: pack::Sums) -> Result<Vec<Group>, DbError> {
    let products = sums.values().flat_map(|by_id| by_id.keys().copied());
    let mut products: Vec<Uuid> = products.collect();
    products.sort_unstable(); // neighbours lie on one page
    let categories = copies::categories_of(tx, products).await?;
    let mut found = Found::new();
    for (group, by_id) in &sums {
        for (id, figures) in by_id {
            let category = categories.get(id).copied();
            let into: &mut Figures = found.entry((category, group.currency.clone())).or_default();
            into.add(*figures, 1);
        }
    }
    let names = copies::category_names(tx, ids(&found)).await?;
    Ok(named(found, &names, |id| {
        CategoryId::from_uuid(id).to_string()
    }))
}

fn ids(found: &Found<Option<Uuid>>) -> Vec<Uuid> {
    found.keys().filter_map(|(id, _)| *id).collect()
}

fn named(
    found: Found<Option<Uuid>>,
    names: &HashMap<Uuid, String>,
    text: impl Fn(Uuid) -> String,
) -> Vec<Group> {
    let sold = found.into_iter().filter(|one| one.1.is_something());
    sold.map(|((id, currency), figures)| Group {
        key: id.map(&text),
        name: id.and_then(|id| names.get(&id).cloned()),
        currency,
        figures,
    })
    .collect()
}

fn unnamed(found: Found<Option<String>>) -> Vec<Group> {
    let sold = found.into_iter().filter(|one| one.1.is_something());
    sold.map(|((key, currency), figures)| Group {
        key,
        name: None,
        currency,
        figures,
    })
    .collect()
}
