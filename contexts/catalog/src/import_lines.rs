//! A portion of an import: what its lines make of the products that are there, written in bulk.

use crate::catalog::Catalog;
use crate::create_product::price_in_force;
use crate::product::{Content, Product};
use crate::sheet::{Column, Fault, Line};
use crate::store::{bulk, prices};
use crate::words;
use kernel::{CategoryId, Timestamp};
use platform::{DbError, Tx};
use std::collections::HashMap;

/// What became of the lines of a portion.
#[derive(Debug, Default)]
pub struct Written {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub failed: Vec<(u64, Fault)>,
}

/// Writes lines, none of which has the SKU of another. `categories` are ids by name key.
pub async fn write_lines(
    catalog: &Catalog,
    tx: &mut Tx,
    lines: Vec<(u64, Line)>,
    categories: &HashMap<String, CategoryId>,
) -> Result<Written, DbError> {
    let skus = lines.iter().map(|(_, line)| line.sku.to_string()).collect();
    let found = bulk::by_skus_to_change(tx, skus).await?;
    let old: HashMap<String, Product> = found
        .into_iter()
        .map(|product| (product.content.sku.to_string(), product))
        .collect();
    let now = catalog.host.source.now();
    let (mut written, mut new, mut changed) = (Written::default(), Vec::new(), Vec::new());
    for (number, line) in lines {
        let old = old.get(line.sku.as_str());
        let content = match content_of(line, old.map(|product| &product.content), categories) {
            Ok(content) => content,
            Err(fault) => {
                written.failed.push((number, fault));
                continue;
            }
        };
        let source = &catalog.host.source;
        let content = content.grouped(None, || source.id());
        match old {
            None => new.push(Product::new(source.id(), content, now)),
            Some(old) => match old.changed(content, now) {
                Some(product) => changed.push((product, old)),
                None => written.unchanged += 1,
            },
        }
    }
    written.created = new.len() as u64;
    written.updated = changed.len() as u64;
    write_products(catalog, tx, &new, &changed, now).await?;
    Ok(written)
}

fn content_of(
    line: Line,
    old: Option<&Content>,
    categories: &HashMap<String, CategoryId>,
) -> Result<Content, Fault> {
    let category_id = match &line.category {
        None => None,
        Some(name) => match categories.get(&words::key(name.as_str())) {
            Some(id) => Some(*id),
            None => {
                let message = format!("there is no category \"{name}\"");
                return Err(Fault::of_cell(
                    Column::Category,
                    "UNKNOWN_CATEGORY",
                    message,
                ));
            }
        },
    };
    line.onto(old, category_id)
}

/// Writes new products and changed ones (beside what they were) with their prices and events.
pub async fn write_products(
    catalog: &Catalog,
    tx: &mut Tx,
    new: &[Product],
    changed: &[(Product, &Product)],
    now: Timestamp,
) -> Result<(), DbError> {
    // In one order everywhere, so that transactions wait for each other instead of dead-locking.
    let mut inserted: Vec<&Product> = new.iter().collect();
    inserted.sort_by(|a, b| a.content.sku.cmp(&b.content.sku));
    if bulk::insert(tx, &inserted).await? != inserted.len() as u64 {
        // Somebody made one of them a moment ago.
        return Err(DbError::Busy);
    }
    let updated: Vec<&Product> = changed.iter().map(|(product, _)| product).collect();
    bulk::update(tx, &updated).await?;
    let repriced = changed
        .iter()
        .filter(|(new, old)| new.is_repriced_since(old));
    let priced = new.iter().chain(repriced.map(|(product, _)| product));
    let history: Vec<_> = priced.map(|product| price_in_force(product, now)).collect();
    prices::put(tx, &history).await?;
    for product in inserted.into_iter().chain(updated) {
        catalog.publish(tx, product)?;
    }
    Ok(())
}
