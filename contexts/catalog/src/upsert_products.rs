//! Use case: products as a history of sales knows them. Repeating it changes nothing.

use crate::attributes::{Options, Tags};
use crate::catalog::Catalog;
use crate::category::{Category, CategoryContent};
use crate::import_lines::write_products;
use crate::product::{Content, NotAPrice, Product, ProductName, Status, price};
use crate::store::{bulk, categories};
use crate::words;
use kernel::{CategoryId, ErrorKind, Money, Name, ProductId, Sku, Timestamp};
use platform::{DbError, Tx};
use std::collections::HashMap;

/// How many products go into one transaction.
const BATCH: usize = 500;

/// A product as it was last seen in a history of sales.
#[derive(Clone, Debug)]
pub struct ImportedProduct {
    /// The id it gets, unless its SKU is known already.
    pub product_id: ProductId,
    pub sku: Sku,
    pub name: ProductName,
    pub price: Money,
    /// The name of its category, which is made where it is not there.
    pub category: Name,
    /// When it was sold at this price. A known product takes name and price from the history only
    /// when its own price is older, so a price set by hand is never undone.
    pub seen_at: Timestamp,
}

/// Why products of a history are not taken.
#[derive(Debug, thiserror::Error)]
pub enum UpsertError {
    #[error("{sku}: {fault}")]
    NotAPrice { sku: Sku, fault: NotAPrice },
    #[error("the SKU {0} occurs twice")]
    DoubleSku(Sku),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl kernel::Fault for UpsertError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAPrice { .. } | Self::DoubleSku(_) => ErrorKind::Invalid,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotAPrice { .. } => "INVALID_PRICE",
            Self::DoubleSku(_) => "DUPLICATE_SKU",
            Self::Db(error) => error.code(),
        }
    }
}

/// Writes the products and answers the id of each, in the order given: its own, or that of the
/// product that had its SKU before.
pub async fn upsert_products(
    catalog: &Catalog,
    products: Vec<ImportedProduct>,
) -> Result<Vec<ProductId>, UpsertError> {
    check(&products)?;
    let mut ids = Vec::with_capacity(products.len());
    for batch in products.chunks(BATCH) {
        let mut tx = catalog.host.db.begin().await?;
        ids.extend(upsert(catalog, &mut tx, batch).await?);
        tx.commit().await?;
    }
    Ok(ids)
}

fn check(products: &[ImportedProduct]) -> Result<(), UpsertError> {
    let mut skus = std::collections::HashSet::new();
    for product in products {
        let sku = &product.sku;
        price(product.price).map_err(|fault| UpsertError::NotAPrice {
            sku: sku.clone(),
            fault,
        })?;
        if !skus.insert(sku) {
            return Err(UpsertError::DoubleSku(sku.clone()));
        }
    }
    Ok(())
}

async fn upsert(
    catalog: &Catalog,
    tx: &mut Tx,
    batch: &[ImportedProduct],
) -> Result<Vec<ProductId>, DbError> {
    let now = catalog.host.source.now();
    let categories = know_categories(catalog, tx, batch).await?;
    let skus = batch.iter().map(|one| one.sku.to_string()).collect();
    let known: HashMap<String, Product> = bulk::by_skus_to_change(tx, skus)
        .await?
        .into_iter()
        .map(|product| (product.content.sku.to_string(), product))
        .collect();
    let (mut ids, mut new, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for one in batch {
        let Some(old) = known.get(one.sku.as_str()) else {
            let key = words::key(one.category.as_str());
            let category_id = categories.get(&key).copied().ok_or(DbError::Busy)?;
            let product = Product::new(one.product_id, content(one, category_id), now);
            new.push(Product {
                priced_at: one.seen_at,
                ..product
            });
            ids.push(one.product_id);
            continue;
        };
        ids.push(old.id);
        if let Some(product) = old.seen_again(one.name.clone(), one.price, (one.seen_at, now)) {
            changed.push((product, old));
        }
    }
    write_products(catalog, tx, &new, &changed, now).await?;
    Ok(ids)
}

fn content(one: &ImportedProduct, category_id: CategoryId) -> Content {
    Content {
        sku: one.sku.clone(),
        name: one.name.clone(),
        description: None,
        category_id,
        group_id: None,
        price: one.price,
        tags: Tags::default(),
        options: Options::default(),
        gtin: None,
        status: Status::Active,
    }
}

async fn know_categories(
    catalog: &Catalog,
    tx: &mut Tx,
    batch: &[ImportedProduct],
) -> Result<HashMap<String, CategoryId>, DbError> {
    let source = &catalog.host.source;
    let wanted: HashMap<String, &Name> = batch
        .iter()
        .map(|one| (words::key(one.category.as_str()), &one.category))
        .collect();
    let keys = wanted.keys().cloned().collect();
    let mut known = categories::by_name_keys(tx, keys).await?;
    for (key, name) in wanted {
        if known.contains_key(&key) {
            continue;
        }
        let content = CategoryContent {
            name: name.clone(),
            parent_id: None,
        };
        let category = Category::new(source.id(), content, source.now());
        if !categories::insert(tx, &category).await? {
            return Err(DbError::Busy);
        }
        crate::create_category::publish(tx, &category)?;
        known.insert(key, category.id);
    }
    Ok(known)
}
