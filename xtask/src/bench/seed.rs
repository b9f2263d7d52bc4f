//! A shop with something to sell, made through its own API: the way a user would.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::server::{ADMIN, admin_password};
use super::wire::{Client, text_of};
use crate::outcome::{Because, Outcome};
use crate::shop::Shop;

/// As in the reference's schema.
pub const PRODUCTS: usize = 10_000;
const CLIENTS: usize = 1_000;
/// Nobody can buy that much while we measure.
const STOCK: i64 = 1_000_000_000;
/// The API takes that many levels at once.
const LEVELS_AT_ONCE: usize = 1_000;

const CLERK: &str = "clerk@example.com";
const CLERK_PASSWORD: &str = "a clerk signs in 4,711 times";

/// What there is to buy, where, and who buys. Ids.
#[derive(Clone, Default)]
pub struct Seeded {
    pub store: String,
    pub products: Vec<String>,
    pub clients: Vec<String>,
}

/// Signs in as administrator.
pub async fn admin(shop: &Shop) -> Outcome<Client> {
    signed_in(shop, ADMIN, admin_password()).await
}

/// A fresh access token of the clerk who places the orders.
pub async fn clerk_token(shop: &Shop) -> Outcome<String> {
    let mut client = Client::open(shop.address()).await?;
    log_in(&mut client, CLERK, CLERK_PASSWORD).await
}

/// A new API key with the clerk's rights.
pub async fn api_key(shop: &Shop) -> Outcome<String> {
    let key = json!({"name": "benchmark", "roles": ["clerk"]});
    text_of(
        &admin(shop).await?.post("/v1/api-keys", &key, 201).await?,
        "secret",
    )
}

async fn signed_in(shop: &Shop, email: &str, password: &str) -> Outcome<Client> {
    let mut client = Client::open(shop.address()).await?;
    let token = log_in(&mut client, email, password).await?;
    Ok(client.with_bearer(&token))
}

async fn log_in(client: &mut Client, email: &str, password: &str) -> Outcome<String> {
    let body = json!({"email": email, "password": password});
    text_of(
        &client.post("/v1/auth/login", &body, 200).await?,
        "access_token",
    )
}

/// Fills an empty shop: one store, a clerk, products with ample stock, clients.
pub async fn seed(shop: &Shop, products: usize) -> Outcome<Seeded> {
    let mut admin = admin(shop).await?;
    clerk(&mut admin).await?;
    let store = open_store(&mut admin).await?;
    import_products(&mut admin, product_sheet(1..=products)).await?;
    let products = all_products(&mut admin).await?;
    let levels = products.iter().map(|(id, _)| (id.as_str(), STOCK));
    set_stock(&mut admin, &store, levels.collect()).await?;
    let mut clients = Vec::with_capacity(CLIENTS);
    for nth in 0..CLIENTS {
        clients.push(new_client(&mut admin, nth).await?);
    }
    let products = products.into_iter().map(|(id, _)| id).collect();
    Ok(Seeded {
        store,
        products,
        clients,
    })
}

/// Who places the orders.
pub async fn clerk(admin: &mut Client) -> Outcome<()> {
    let clerk = json!({"name": "Clerk", "email": CLERK, "password": CLERK_PASSWORD,
        "roles": ["clerk"]});
    admin.post("/v1/users", &clerk, 201).await.map(drop)
}

pub async fn open_store(admin: &mut Client) -> Outcome<String> {
    let store = json!({"code": "MAIN", "name": "Main street", "kind": "store"});
    text_of(&admin.post("/v1/stores", &store, 201).await?, "id")
}

pub async fn new_client(admin: &mut Client, nth: usize) -> Outcome<String> {
    let client = json!({"name": format!("Client {nth}"),
        "email": format!("client-{nth}@example.com")});
    text_of(&admin.post("/v1/clients", &client, 201).await?, "id")
}

/// A sheet of the products with these numbers.
pub fn product_sheet(numbers: RangeInclusive<usize>) -> String {
    let mut sheet = "sku,name,category,price,status\n".to_owned();
    for nth in numbers {
        writeln!(
            sheet,
            "{},Product {nth},Goods,{},active",
            sku(nth),
            price(nth)
        )
        .ok();
    }
    sheet
}

pub fn sku(nth: usize) -> String {
    format!("P-{nth:07}")
}

pub fn price(nth: usize) -> String {
    format!("{}.{}", 1 + nth % 100, nth % 90 + 10)
}

/// Sends a sheet of products; none of its lines may be refused.
pub async fn import_products(admin: &mut Client, sheet: String) -> Outcome<()> {
    let path = "/v1/products/import?create_categories=true";
    let report = admin
        .post_bytes(path, "text/csv", Bytes::from(sheet), 200)
        .await?;
    match report["failed"].as_u64() {
        Some(0) => Ok(()),
        _ => Err(format!("products were refused: {report}").into()),
    }
}

/// Ids and SKUs of all products, page by page.
pub async fn all_products(admin: &mut Client) -> Outcome<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut path = "/v1/products?limit=100".to_owned();
    loop {
        let page = admin.get(&path).await?;
        for item in items_of(&page)? {
            found.push((text_of(item, "id")?, text_of(item, "sku")?));
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/products?limit=100&cursor={cursor}"),
            None => return Ok(found),
        }
    }
}

pub fn items_of(page: &Value) -> Outcome<&Vec<Value>> {
    page["items"]
        .as_array()
        .ok_or_else(|| format!("no list in {page}").into())
}

/// Sets what is on hand of each product.
pub async fn set_stock(admin: &mut Client, store: &str, levels: Vec<(&str, i64)>) -> Outcome<()> {
    for some in levels.chunks(LEVELS_AT_ONCE) {
        let mut lines = Vec::with_capacity(some.len());
        for (product, quantity) in some {
            let (product, store) = (json!(product), json!(store));
            lines.push(json!({"product_id": product, "store_id": store, "quantity": quantity}));
        }
        let set = admin.post("/v1/inventory", &Value::Array(lines), 200).await;
        set.because(|| "setting the stock".into())?;
    }
    Ok(())
}

/// How many orders the shop has.
pub async fn count_orders(admin: &mut Client) -> Outcome<u64> {
    let page = admin.get("/v1/orders?limit=1&count=true").await?;
    page["total"]
        .as_u64()
        .ok_or_else(|| format!("no total in {page}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_a_line_for_each_product_and_a_price_on_each() {
        let sheet = product_sheet(1..=200);
        assert_eq!(sheet.lines().count(), 201);
        let prices = sheet
            .lines()
            .skip(1)
            .map(|line| line.split(',').nth(3).unwrap());
        for price in prices {
            let price: f64 = price.parse().unwrap();
            assert!(price >= 1.0, "{price}");
        }
    }
}
