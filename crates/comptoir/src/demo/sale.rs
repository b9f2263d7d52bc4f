//! What goes on in the demo: carts, and sales at every stage from a draft to a refund. The money is
//! moved by the sandbox, through the workers that move any shop's money.

use super::desk::Desk;
use super::{DemoError, text};
use serde_json::{Value, json};
use std::time::Duration;

/// A sale by sandbox takes milliseconds; a busy machine may take longer.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);

/// Pieces of each product in the order whose card is declined: more than the sandbox approves.
const TOO_MANY: i64 = 15;

/// A few products, the last of them kept for later.
pub async fn fill_cart(buyer: &Desk, products: &[Value], nth: usize) -> Result<(), DemoError> {
    let chosen: Vec<_> = products.iter().skip(3 * nth).take(3).zip(1..).collect();
    for (product, quantity) in &chosen {
        let item = json!({"product_id": product, "quantity": quantity});
        buyer.post("/v1/cart/items", item).await?;
    }
    if let Some((product, _)) = chosen.last() {
        let later = format!("/v1/cart/items/{}/save-for-later", text(Some(*product)));
        buyer.post(&later, json!({})).await?;
    }
    Ok(())
}

/// Sales that were promised to be paid, then those by card.
pub async fn sell(desk: &Desk, clients: &[Value], products: &[Value]) -> Result<(), DemoError> {
    let counter = Counter {
        desk,
        clients,
        products,
    };
    counter.promised().await?;
    counter.declined().await?;
    counter.by_card().await
}

struct Counter<'d> {
    desk: &'d Desk,
    clients: &'d [Value],
    products: &'d [Value],
}

impl Counter<'_> {
    /// Confirmed ones, one of them packed, a draft, and one that was cancelled.
    async fn promised(&self) -> Result<(), DemoError> {
        self.place(self.order(0, 0, "cash")).await?;
        let packed = self.place(self.order(1, 4, "invoice")).await?;
        self.place(self.order(2, 8, "cash")).await?;
        let mut draft = self.order(0, 2, "invoice");
        draft["draft"] = json!(true);
        self.place(draft).await?;
        let cancelled = self.place(self.order(1, 6, "invoice")).await?;
        self.cancel(&cancelled).await?;
        self.pack(&packed).await?;
        Ok(())
    }

    /// More than the sandbox approves: its stock is held, the card declined, the stock let go of.
    async fn declined(&self) -> Result<(), DemoError> {
        let item = |product| json!({"product_id": product, "quantity": TOO_MANY});
        let mut order = self.order(2, 0, "sandbox");
        order["items"] = self.products.iter().map(item).collect();
        self.desk
            .refused("/v1/orders", order, "PAYMENT_FAILED")
            .await
    }

    /// Paid; paid and on its way; paid and delivered; paid, then cancelled and given back.
    async fn by_card(&self) -> Result<(), DemoError> {
        self.paid(0, 1).await?;
        let sent = self.paid(1, 3).await?;
        let parcel = self.pack(&sent).await?;
        self.step(&parcel, "in_transit").await?;
        let delivered = self.paid(2, 5).await?;
        let parcel = self.pack(&delivered).await?;
        self.step(&parcel, "in_transit").await?;
        self.step(&parcel, "delivered").await?;
        let regretted = self.paid(0, 7).await?;
        self.cancel(&regretted).await?;
        self.wait_for_payment(&regretted, "refunded").await
    }

    fn order(&self, client: usize, first: usize, method: &str) -> Value {
        let chosen = self.products.iter().skip(first).take(3).zip(1..);
        let item = |(product, quantity)| json!({"product_id": product, "quantity": quantity});
        json!({"client_id": self.clients.get(client), "items": chosen.map(item).collect::<Vec<_>>(),
            "payment": {"method": method}})
    }

    async fn place(&self, order: Value) -> Result<String, DemoError> {
        let id = self.desk.make("/v1/orders", order).await?;
        Ok(text(Some(&id)))
    }

    /// An order by card whose money was taken.
    async fn paid(&self, client: usize, first: usize) -> Result<String, DemoError> {
        let order = self.place(self.order(client, first, "sandbox")).await?;
        self.wait_for_payment(&order, "captured").await?;
        Ok(order)
    }

    async fn cancel(&self, order: &str) -> Result<(), DemoError> {
        let cancel = format!("/v1/orders/{order}/cancel");
        let why = json!({"reason": "changed their mind"});
        self.desk.post(&cancel, why).await?;
        Ok(())
    }

    /// The sandbox carries it, and walks it to its buyer by and by.
    async fn pack(&self, order: &str) -> Result<String, DemoError> {
        let path = format!("/v1/orders/{order}/shipments");
        let parcel = self.desk.make(&path, json!({"carrier": "sandbox"})).await?;
        Ok(text(Some(&parcel)))
    }

    async fn step(&self, parcel: &str, status: &str) -> Result<(), DemoError> {
        let path = format!("/v1/shipments/{parcel}");
        self.desk.patch(&path, json!({"status": status})).await?;
        Ok(())
    }

    async fn wait_for_payment(&self, order: &str, wanted: &'static str) -> Result<(), DemoError> {
        let path = format!("/v1/orders/{order}/payments");
        let mut seen = String::new();
        let wait = async {
            loop {
                let payments = self.desk.get(&path).await?;
                seen = text(Some(&payments["items"][0]["status"]));
                if seen == wanted {
                    return Ok(());
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        waited.unwrap_or(Err(DemoError::Late {
            what: path,
            wanted,
            seen,
        }))
    }
}
