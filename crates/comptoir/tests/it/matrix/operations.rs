//! What each operation is about: the object its path names, a body that it takes, how it answers
//! when all is well, and whether stores bound it.

use super::world::{Customer, World};
use platform::http::RouteInfo;
use serde_json::{Value, json};

/// What the `{id}` of a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    ApiKey,
    Category,
    Client,
    Employee,
    Movement,
    Notification,
    Order,
    Payment,
    Product,
    SandboxPage,
    Saga,
    SharedCart,
    Shipment,
    Store,
    Suppression,
    Template,
    TrackingNumber,
    User,
    Webhook,
    WebhookDelivery,
}

/// The kind of object a path names, by what stands before its parameter.
pub fn kind(route: &RouteInfo) -> Option<Kind> {
    let (before, parameter) = route.path.split_once("/{")?;
    let known = match before {
        "/v1/api-keys" => Kind::ApiKey,
        "/v1/categories" => Kind::Category,
        "/v1/clients" => Kind::Client,
        "/v1/employees" => Kind::Employee,
        "/v1/inventory/movements" => Kind::Movement,
        "/v1/notification-suppressions" => Kind::Suppression,
        "/v1/notification-templates" => Kind::Template,
        "/v1/notifications" => Kind::Notification,
        "/v1/orders" => Kind::Order,
        "/v1/cart/items" | "/v1/cart/saved" | "/v1/products" => Kind::Product,
        "/v1/payments" => Kind::Payment,
        "/v1/sagas" => Kind::Saga,
        "/v1/sandbox" => Kind::SandboxPage,
        "/v1/shared-carts" => Kind::SharedCart,
        "/v1/shipments" => Kind::Shipment,
        "/v1/stores" => Kind::Store,
        "/v1/tracking" => Kind::TrackingNumber,
        "/v1/users" => Kind::User,
        "/v1/webhook-endpoints" => Kind::Webhook,
        "/v1/webhook-endpoints/deliveries" => Kind::WebhookDelivery,
        _ => panic!(
            "the matrix does not know what {} names: tell it here",
            route.path
        ),
    };
    if known == Kind::Template && parameter.starts_with("kind}/{channel}/{language}") {
        return Some(known);
    }
    let name = match before {
        "/v1/cart/items" | "/v1/cart/saved" => "product_id}",
        "/v1/sandbox" | "/v1/shared-carts" => "token}",
        "/v1/tracking" => "tracking_number}",
        _ => "id}",
    };
    let one_id = parameter.starts_with(name) && !parameter.contains('{');
    assert!(
        one_id,
        "the matrix fills one {{id}} a path, not those of {}",
        route.path
    );
    Some(known)
}

/// Whether a public operation reads one object. The way to a provider's page does only with the
/// proof that its address carries.
pub fn is_public_object(route: &RouteInfo) -> bool {
    route.method == "GET" && route.path.contains('{') && !route.path.ends_with("/pay")
}

/// The status when nothing is in the way.
pub fn expected(route: &RouteInfo) -> u16 {
    match (route.method.as_str(), route.path.as_str()) {
        // Nothing can be delivered yet by a route, so nothing can come back.
        ("POST", "/v1/orders/{id}/return") => 409,
        ("POST", "/v1/auth/password/change") => 204,
        ("POST", "/v1/auth/email/verification") => 202,
        ("POST", "/v1/webhook-endpoints/{id}/secret/rotate") => 200,
        ("POST", path) if path.starts_with("/v1/webhook-endpoints/") => 202,
        ("POST", path) if path.ends_with("/replay") || path.ends_with("/preview") => 200,
        ("POST", "/v1/inventory" | "/v1/products/import") => 200,
        ("POST", "/graphql" | "/v1/cart/merge") => 200,
        ("POST", path) if path.ends_with("/erase") || path.ends_with("/retry") => 200,
        ("POST", path) if path.ends_with("/place") || path.ends_with("/cancel") => 200,
        ("POST", "/v1/payments/{id}/capture" | "/v1/payments/{id}/void") => 202,
        ("POST", _) => 201,
        ("DELETE", _) => 204,
        _ => 200,
    }
}

/// What being limited to stores means for a changing operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It is about the whole shop.
    ToNoStore,
    /// 403 in another store: that the store is there is no secret.
    Forbids,
    /// 404 for what belongs to another store.
    Hides,
}

pub fn bound(route: &RouteInfo) -> Bound {
    let path = route.path.as_str();
    match path
        .trim_start_matches("/v1/")
        .split('/')
        .next()
        .unwrap_or_default()
    {
        "auth"
        | "users"
        | "clients"
        | "categories"
        | "products"
        | "cart"
        | "sagas"
        | "notification-suppressions"
        | "notification-templates" => Bound::ToNoStore,
        "stores" | "inventory" | "employees" => Bound::Forbids,
        "" if path == "/graphql" => Bound::Forbids,
        "orders" | "payments" | "notifications" if path.contains('{') => Bound::Hides,
        "shipments" => Bound::Hides,
        "orders" => Bound::Forbids,
        _ => panic!("do stores bound {} {path}? Say so here", route.method),
    }
}

/// A body the operation takes, about `store` and for `somebody`.
pub async fn body(
    world: &World,
    route: &RouteInfo,
    somebody: &Customer,
    store: &str,
) -> Option<Value> {
    let new = world.next();
    let (product, place) = (&world.product, (&world.product, store));
    Some(match (route.method.as_str(), route.path.as_str()) {
        ("GET" | "DELETE", _) => return None,
        (_, path) if path.ends_with("/erase") || path.ends_with("/retry") => return None,
        (_, path) if path.ends_with("/replay") => return None,
        ("POST", "/v1/auth/email/verification") => return None,
        ("POST", "/v1/webhook-endpoints") => {
            json!({"url": "https://erp.example/", "event_types": ["comptoir.orders.*"]})
        }
        ("PATCH", "/v1/webhook-endpoints/{id}") => json!({"description": "ERP"}),
        (_, path) if path.starts_with("/v1/webhook-endpoints/") => return None,
        ("POST", "/v1/notification-suppressions") => World::new_suppression(new),
        ("PUT", path) if path.starts_with("/v1/notification-templates/") => {
            json!({"subject": "Hello", "body": "Hello {{ name }}"})
        }
        ("PUT", path) if path.ends_with("/notification-preferences") => {
            json!({"unsubscribed": ["welcome"]})
        }
        ("POST", path) if path.ends_with("/preview") => json!({}),
        ("POST", "/v1/cart/merge") => return None,
        ("POST", "/v1/users") => world.new_user(new, &["clerk"]),
        ("PATCH", "/v1/users/me" | "/v1/users/{id}") => json!({"name": format!("User {new}")}),
        ("POST", "/v1/auth/password/change") => {
            json!({"current_password": World::PASSWORD, "new_password": "another long password"})
        }
        ("POST", "/v1/api-keys") => json!({"name": "Scanner", "roles": ["service"]}),
        ("POST", "/v1/clients") | ("PUT", "/v1/clients/{id}") => {
            json!({"name": "Client", "email": format!("client-{new}@example.com")})
        }
        ("PATCH", "/v1/clients/{id}") => json!({"name": "Client"}),
        ("POST", "/v1/employees") | ("PUT", "/v1/employees/{id}") => {
            json!({"name": "Employee", "store_id": store})
        }
        ("PATCH", "/v1/employees/{id}") => json!({"position": "Cashier"}),
        (_, "/v1/categories" | "/v1/categories/{id}") => json!({"name": format!("C {new}")}),
        ("POST", "/v1/products") | ("PUT", "/v1/products/{id}") => world.new_product(new),
        ("PATCH", "/v1/products/{id}") => json!({"name": format!("Product {new}")}),
        ("POST", "/v1/products/{id}/prices") => json!({"price": "12.34"}),
        ("POST", "/v1/stores") | ("PUT", "/v1/stores/{id}") => {
            json!({"code": format!("S{new}"), "name": "Store"})
        }
        ("PATCH", "/v1/stores/{id}") => json!({"name": "Store"}),
        ("POST", "/v1/inventory") => in_place(place, json!({"quantity": 1000})),
        ("POST", "/v1/inventory/restocks") => in_place(place, json!({"quantity": 5})),
        ("POST", "/graphql") => json!({
            "query": "mutation ($lines: [RestockLine!]!) {
                restock(lines: $lines) { level { onHand } } }",
            "variables": {"lines": [{"productId": product, "storeId": store, "quantity": 5}]}}),
        ("POST", "/v1/inventory/adjustments") => {
            in_place(place, json!({"quantity": 1, "reason": "counted"}))
        }
        ("POST", "/v1/inventory/transfers") => {
            world.fill(store).await;
            json!({"product_id": product, "quantity": 1,
                "source_store_id": store, "target_store_id": world.sister})
        }
        ("POST", "/v1/orders") => {
            world.fill(store).await;
            let mut order = world.new_order(somebody);
            order["store_id"] = json!(store);
            order
        }
        ("PATCH", "/v1/orders/{id}") => json!({"note": "Ring twice"}),
        ("POST", "/v1/orders/{id}/payments") => json!({"method": "sandbox"}),
        ("POST", path) if path.starts_with("/v1/orders/{id}/") => json!({}),
        ("PATCH", "/v1/shipments/{id}") => json!({"carrier": "Canada Post"}),
        ("POST", "/v1/shipments/{id}/cancel") => json!({}),
        ("POST", path) if path.starts_with("/v1/payments/{id}/") => json!({}),
        (method, path) => panic!("the matrix has no body for {method} {path}: write one here"),
    })
}

fn in_place((product, store): (&String, &str), mut body: Value) -> Value {
    body["product_id"] = json!(product);
    body["store_id"] = json!(store);
    body
}

mod tests {
    use super::*;
    use platform::http::Allow;

    fn route(method: &str, path: &str) -> RouteInfo {
        RouteInfo {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            allow: Allow::signed_in(),
            tag: String::new(),
        }
    }

    #[test]
    #[should_panic(expected = "does not know what /v1/vouchers/{id} names")]
    fn a_route_about_something_new_fails_the_matrix() {
        kind(&route("GET", "/v1/vouchers/{id}"));
    }

    #[test]
    #[should_panic(expected = "fills one {id} a path")]
    fn a_route_with_a_second_parameter_fails_the_matrix() {
        kind(&route("GET", "/v1/orders/{id}/parcels/{parcel_id}"));
    }

    #[test]
    #[should_panic(expected = "do stores bound POST /v1/vouchers?")]
    fn a_route_that_changes_something_new_fails_the_matrix() {
        bound(&route("POST", "/v1/vouchers"));
    }
}
