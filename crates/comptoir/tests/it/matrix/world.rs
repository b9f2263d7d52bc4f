//! A shop with something of everything in it, made through its own API as an administrator, and
//! fresh objects for operations that use theirs up.

mod objects;

use super::operations::{self, Kind, kind};
use crate::shop::{make, payments};
use contracts::orders::{OrderPlaced, PlacedItem};
use kernel::{
    ApiKeyId, CategoryId, ClientId, EmployeeId, Entity, Id, MovementId, NotificationId, OrderId,
    PaymentId, ProductId, ShipmentId, StoreId, SuppressionId, UserId, WebhookDeliveryId, WebhookId,
};
use payments::provider::sandbox::Switches;
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use platform::http::RouteInfo;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{Answer, Request, TestApp};
use uuid::Uuid;

pub struct World {
    app: TestApp,
    pub product: String,
    category: String,
    store: String,
    /// Where transfers go to.
    pub sister: String,
    counter: AtomicU64,
}

/// Somebody who buys here.
pub struct Customer {
    pub principal: Principal,
    pub client: ClientId,
}

/// Whose object a path shall name.
#[derive(Clone, Copy)]
pub enum Object<'a> {
    /// Nobody's: it is not there.
    Absent,
    /// A fresh one, this customer's where it can belong to somebody.
    Of(&'a Customer),
    /// A fresh one of this store, where it can belong to one.
    In(&'a str, &'a Customer),
}

impl World {
    pub const PASSWORD: &'static str = "correct horse battery staple";

    pub async fn new(app: &TestApp) -> Self {
        let category = make(app, "/v1/categories", json!({"name": "Goods"})).await;
        let store = json!({"code": "MAIN", "name": "Main"});
        let store = make(app, "/v1/stores", store).await;
        let product = json!({"sku": "GOOD", "name": "Good", "category_id": category,
            "price": "9.99", "status": "active"});
        let product = make(app, "/v1/products", product).await;
        let sister = json!({"code": "SISTER", "name": "Sister"});
        let sister = make(app, "/v1/stores", sister).await;
        let (app, counter) = (app.clone(), AtomicU64::new(0));
        let world = Self {
            app,
            product,
            category,
            store,
            sister,
            counter,
        };
        world.fill(&world.store).await;
        // One administrator stays, whoever else disables themselves.
        world.user(Role::Admin).await;
        world
    }

    pub fn app(&self) -> &TestApp {
        &self.app
    }

    /// Never the same number twice.
    pub fn next(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    /// The path of an operation, its parameter filled in.
    pub async fn path(&self, route: &RouteInfo, object: Object<'_>) -> String {
        let Some(kind) = kind(route) else {
            return route.path.clone();
        };
        let id = match object {
            Object::Absent => absent(kind),
            Object::Of(somebody) => self.object(route, kind, somebody, &self.store).await,
            Object::In(store, somebody) => self.object(route, kind, somebody, store).await,
        };
        let path = route.path.replace("{id}", &id);
        let path = path.replace("{tracking_number}", &id);
        let path = path.replace("{kind}/{channel}/{language}", &id);
        path.replace("{product_id}", &id).replace("{token}", &id)
    }

    /// A request that says nothing: enough to be let in or turned away.
    pub fn bare(&self, route: &RouteInfo, path: &str) -> Request {
        let request = self.app.request(route.method.clone(), path);
        match route.method.is_safe() {
            true => request,
            false => request.json(json!({})),
        }
    }

    /// A request the operation can serve.
    pub async fn request(&self, route: &RouteInfo, path: &str, somebody: &Customer) -> Request {
        self.request_in(route, path, somebody, &self.store).await
    }

    pub async fn request_in(
        &self,
        route: &RouteInfo,
        path: &str,
        somebody: &Customer,
        store: &str,
    ) -> Request {
        let request = self.app.request(route.method.clone(), path);
        if route.path == "/v1/products/import" {
            let line = format!(
                "sku,name,category,price\nI-{},Import,Goods,1.00\n",
                self.next()
            );
            return request.body("text/csv", line);
        }
        if route.path == "/v1/cart/merge" {
            return request.header("cart-token", &self.guest().await);
        }
        match operations::body(self, route, somebody, store).await {
            Some(body) => request.json(body),
            None => request,
        }
    }

    /// What an administrator sees behind a path: the object and, for an order, its level.
    pub async fn state(&self, path: &str) -> Value {
        let object = path.split('/').take(4).collect::<Vec<_>>().join("/");
        let seen = self.app.get(&object).as_role(Role::Admin).send().await;
        let level = format!("/v1/products/{}/inventory", self.product);
        let level = self.app.get(&level).as_role(Role::Admin).send().await;
        json!([
            seen.expect(200).json(),
            level.expect(200).json()["items"][0]["reserved"]
        ])
    }

    async fn object(
        &self,
        route: &RouteInfo,
        kind: Kind,
        somebody: &Customer,
        store: &str,
    ) -> String {
        let app = &self.app;
        match kind {
            Kind::ApiKey => {
                make(
                    app,
                    "/v1/api-keys",
                    json!({"name": "Key", "roles": ["service"]}),
                )
                .await
            }
            Kind::Category => {
                let name = format!("Category {}", self.next());
                make(app, "/v1/categories", json!({"name": name})).await
            }
            Kind::Client if route.path.ends_with("/notification-preferences") => {
                // Until then notifications knows of no such client.
                app.settle().await;
                somebody.client.to_string()
            }
            Kind::Client => somebody.client.to_string(),
            Kind::User => UserId::from_uuid(somebody.principal.subject).to_string(),
            Kind::Employee => self.employee(Some(store)).await,
            Kind::Movement => self.movement(store).await,
            Kind::Product => make(app, "/v1/products", self.new_product(self.next())).await,
            Kind::Notification => self.notification(somebody, store).await,
            Kind::Webhook => self.webhook().await,
            Kind::WebhookDelivery => {
                let ping = format!("/v1/webhook-endpoints/{}/test", self.webhook().await);
                let ping = app.post(&ping).as_role(Role::Admin).send().await;
                ping.expect(202).field("id")
            }
            Kind::Suppression => {
                let new = Self::new_suppression(self.next());
                make(app, "/v1/notification-suppressions", new).await
            }
            Kind::Template => "order_placed/email/en".to_owned(),
            Kind::SharedCart => {
                let share = app
                    .post("/v1/cart/share")
                    .header("cart-token", &self.guest().await);
                share.send().await.expect(201).field("token")
            }
            // An archived store takes no part in what follows, so it is a fresh one that goes.
            Kind::Store if route.method == "DELETE" && store == self.store => self.store().await,
            Kind::Store => store.to_owned(),
            Kind::Order if route.path.ends_with("/cancel") || route.path.ends_with("/return") => {
                self.order(somebody, Some(store)).await
            }
            Kind::Order if route.path.ends_with("/shipments") => {
                self.order(somebody, Some(store)).await
            }
            Kind::Order if route.path.ends_with("/payments") => {
                self.order(somebody, Some(store)).await
            }
            Kind::Order => self.draft(somebody, store).await,
            Kind::Payment
                if ["/capture", "/void"]
                    .iter()
                    .any(|end| route.path.ends_with(end)) =>
            {
                self.set_aside(somebody, store).await
            }
            Kind::Payment => self.pay(somebody, store, "cash").await,
            Kind::SandboxPage => self.sandbox_page(somebody, store).await,
            Kind::Saga => self.saga(somebody, store).await,
            Kind::Shipment => self.shipment(somebody, store).await.field("id"),
            Kind::TrackingNumber => {
                let shipment = self.shipment(somebody, store).await;
                shipment.field("tracking_number")
            }
        }
    }

    pub fn new_suppression(number: u64) -> Value {
        json!({"address": format!("bounced-{number}@example.com"), "channel": "email",
            "reason": "bounce"})
    }

    pub fn new_user(&self, number: u64, roles: &[&str]) -> Value {
        json!({"name": "Somebody", "email": format!("user-{number}@example.com"),
            "password": Self::PASSWORD, "roles": roles})
    }

    /// Somebody with one role, as an operation about users needs them: known to identity. For the
    /// others their token is enough, and making it costs no hash of a password.
    pub async fn caller(&self, route: &RouteInfo, role: Role) -> Principal {
        match is_about_users(route) {
            true => self.user(role).await,
            false => principal(Uuid::from_u128(u128::from(self.next()) + 1), role),
        }
    }

    async fn user(&self, role: Role) -> Principal {
        let user = self.new_user(self.next(), &[role.as_str()]);
        let id: UserId = make(&self.app, "/v1/users", user).await.parse().unwrap();
        principal(id.uuid(), role)
    }

    /// Somebody limited to a store and the one transfers go to.
    pub fn staff_of(&self, role: Role, store: &str) -> Principal {
        let stores = [store, &self.sister].map(|store| store.parse().unwrap());
        let somebody = principal(Uuid::from_u128(u128::from(self.next()) + 1), role);
        Principal {
            stores: Some(stores.to_vec()),
            ..somebody
        }
    }

    /// A fresh customer with a client: a user and their client carry the same UUID.
    pub async fn customer_of(&self, route: &RouteInfo) -> Customer {
        if !is_about_users(route) {
            return self.customer().await;
        }
        let principal = self.user(Role::Customer).await;
        let client = principal.client_id();
        Customer { principal, client }
    }

    pub async fn customer(&self) -> Customer {
        let email = format!("customer-{}@example.com", self.next());
        let client = json!({"name": "Customer", "email": email});
        let client: ClientId = make(&self.app, "/v1/clients", client)
            .await
            .parse()
            .unwrap();
        let principal = principal(client.uuid(), Role::Customer);
        Customer { principal, client }
    }
}

fn is_about_users(route: &RouteInfo) -> bool {
    route.path.starts_with("/v1/users") || route.path.starts_with("/v1/auth")
}

fn principal(subject: Uuid, role: Role) -> Principal {
    let (kind, roles) = (PrincipalKind::User, Roles::of(&[role]));
    Principal {
        subject,
        kind,
        roles,
        client: None,
        stores: None,
    }
}

fn absent(kind: Kind) -> String {
    fn id<E: Entity>(_: fn(Uuid) -> Id<E>) -> String {
        Id::<E>::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_dead_dead_dead)).to_string()
    }
    match kind {
        Kind::ApiKey => id(ApiKeyId::from_uuid),
        Kind::Category => id(CategoryId::from_uuid),
        Kind::Client => id(ClientId::from_uuid),
        Kind::Employee => id(EmployeeId::from_uuid),
        Kind::Movement => id(MovementId::from_uuid),
        Kind::Notification => id(NotificationId::from_uuid),
        Kind::Order | Kind::Saga => id(OrderId::from_uuid),
        Kind::Payment => id(PaymentId::from_uuid),
        Kind::Product => id(ProductId::from_uuid),
        Kind::SandboxPage => "0".repeat(32),
        Kind::SharedCart => "A".repeat(43),
        Kind::Shipment => id(ShipmentId::from_uuid),
        Kind::Store => id(StoreId::from_uuid),
        Kind::Suppression => id(SuppressionId::from_uuid),
        Kind::Template => "farewell/email/en".to_owned(),
        Kind::TrackingNumber => "SBX-NOBODY-HAS-IT".to_owned(),
        Kind::User => id(UserId::from_uuid),
        Kind::Webhook => id(WebhookId::from_uuid),
        Kind::WebhookDelivery => id(WebhookDeliveryId::from_uuid),
    }
}
