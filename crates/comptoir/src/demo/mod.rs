//! `comptoir serve --demo`: fills an empty development shop, so that there is something to look at
//! and to order. The history comes in as `import sales` takes it, everything else through the
//! shop's own HTTP operations, in-process: the demo can do nothing a user could not.

mod card;
mod desk;
mod sale;

pub use card::DemoCard;

use crate::import_sales::{self, Input, Rules, SalesError};
use crate::wiring::Shop;
use card::Filled;
use desk::Desk;
use kernel::{BadText, Currency, Name, OrderId};
use platform::auth::{Role, Roles, UsagePlan};
use platform::http::Site;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// A few weeks of a few real products; see the README beside it.
const SALES: &[u8] = include_bytes!("sales.csv");

/// Plainly invented.
const STORES: [(&str, &str, &str); 4] = [
    ("DEMO-1", "Demo Store One", "store"),
    ("DEMO-2", "Demo Store Two", "store"),
    ("DEMO-3", "Demo Store Three", "store"),
    ("DEMO-W", "Demo Warehouse", "warehouse"),
];
const EMPLOYEES: [(&str, &str); 3] = [
    ("Demo Clerk One", "Clerk"),
    ("Demo Clerk Two", "Clerk"),
    ("Demo Manager", "Manager"),
];
const CLIENTS: [&str; 3] = ["one", "two", "three"];

/// Who can sign in to the demo. example.com belongs to nobody.
const USER: &str = "demo.manager@example.com";

/// Why the demo is not there.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demo's history: {0}")]
    History(#[from] SalesError),
    #[error("the demo's {what} was refused with {status}: {answer}")]
    Refused {
        what: String,
        status: u16,
        answer: String,
    },
    #[error("the demo cannot sign in: {0}")]
    Access(String),
    #[error("the demo waited in vain for {what} to be {wanted}; it says {seen}")]
    Late {
        what: String,
        wanted: &'static str,
        seen: String,
    },
}

impl From<BadText> for DemoError {
    fn from(error: BadText) -> Self {
        Self::Access(error.to_string())
    }
}

/// Fills the shop when it is empty; answers what to tell whoever started it.
pub async fn fill(shop: &Shop, site: Site, base_url: &str) -> Result<DemoCard, DemoError> {
    let base_url = base_url.to_owned();
    let desk = Desk::open(shop, site.clone())?;
    if !desk.is_empty("/v1/products?limit=1").await? || !desk.is_empty("/v1/stores?limit=1").await?
    {
        return Ok(DemoCard::NotEmpty { base_url });
    }
    import_history(shop).await?;
    let products = products(&desk).await?;
    let stores = furnish(&desk, &products).await?;
    let clients = clients(&desk).await?;
    for (nth, client) in clients.iter().enumerate() {
        let buyer = Desk::of_client(shop, site.clone(), client)?;
        sale::fill_cart(&buyer, &products, nth).await?;
    }
    sale::sell(&desk, &clients, &products).await?;
    let password = user(shop, &desk, &stores).await?;
    let key = api_key(shop).await?;
    let (client, product) = (text(clients.first()), text(products.first()));
    let user = USER.to_owned();
    Ok(DemoCard::Filled(Box::new(Filled {
        base_url,
        user,
        password,
        key,
        client,
        product,
    })))
}

async fn import_history(shop: &Shop) -> Result<(), DemoError> {
    let host = shop.host();
    let (written_in, sold_in) = (Currency::GBP, host.settings.currency);
    let rules = Rules {
        written_in,
        sold_in,
        now: host.source.now(),
    };
    import_sales::import(host, &Input::Built(SALES), rules).await?;
    Ok(())
}

async fn products(desk: &Desk) -> Result<Vec<Value>, DemoError> {
    let page = desk.get("/v1/products?limit=100&sort=name").await?;
    let items = page["items"].as_array().cloned().unwrap_or_default();
    Ok(items
        .into_iter()
        .map(|product| product["id"].clone())
        .collect())
}

/// Stores with people and goods in them.
async fn furnish(desk: &Desk, products: &[Value]) -> Result<Vec<Value>, DemoError> {
    let mut stores = Vec::new();
    for (nth, (code, name, kind)) in STORES.into_iter().enumerate() {
        let store = json!({"code": code, "name": name, "kind": kind});
        let store = desk.make("/v1/stores", store).await?;
        let level = |(place, product): (usize, &Value)| {
            let quantity = 20 + (place * 7 + nth * 13) % 60;
            json!({"product_id": product, "store_id": store, "quantity": quantity,
                "min_stock": 5, "reason": "demo"})
        };
        let levels: Vec<Value> = products.iter().enumerate().map(level).collect();
        desk.post("/v1/inventory", Value::Array(levels)).await?;
        stores.push(store);
    }
    for ((name, position), store) in EMPLOYEES.into_iter().zip(&stores) {
        let employee = json!({"name": name, "position": position, "store_id": store});
        desk.make("/v1/employees", employee).await?;
    }
    Ok(stores)
}

async fn clients(desk: &Desk) -> Result<Vec<Value>, DemoError> {
    let mut clients = Vec::new();
    for nth in CLIENTS {
        let email = format!("demo.client.{nth}@example.com");
        let client = json!({"name": format!("Demo Client {nth}"), "email": email});
        clients.push(desk.make("/v1/clients", client).await?);
    }
    Ok(clients)
}

/// Somebody to sign in as; answers the password.
async fn user(shop: &Shop, desk: &Desk, stores: &[Value]) -> Result<String, DemoError> {
    // 130 random bits, readable: the body of an id made of random bytes.
    let random = uuid::Uuid::from_bytes(shop.host().source.random());
    let password = OrderId::from_uuid(random)
        .to_string()
        .replace("ord_", "demo-");
    let user = json!({"name": "Demo Manager", "email": USER, "password": password,
        "roles": ["manager"], "store_ids": stores});
    desk.make("/v1/users", user).await?;
    Ok(password)
}

async fn api_key(shop: &Shop) -> Result<String, DemoError> {
    let (name, roles): (Name, _) = ("demo".parse()?, Roles::of(&[Role::Clerk]));
    let key = identity::create_api_key(shop.host(), name, roles, UsagePlan::default()).await;
    let key = key.map_err(|error| DemoError::Access(error.to_string()))?;
    Ok(key.expose_secret().to_owned())
}

fn text(id: Option<&Value>) -> String {
    id.and_then(Value::as_str).unwrap_or_default().to_owned()
}
