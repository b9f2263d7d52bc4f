//! What being limited to stores means for reading: said of every operation that shows something,
//! as docs/how-to/operate.md says it to the shop.

use super::world::{Customer, World};
use platform::auth::Role;
use platform::http::RouteInfo;
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It is about the whole shop, or about stock, which every store may look up in every other.
    Shown,
    /// 404 for what belongs to another store.
    Hidden,
    /// A list without what belongs to other stores.
    Narrowed,
    /// The caller's own: their account, or sums over their stores, of which
    /// `contexts/reports/tests/it/access.rs` knows more.
    Own,
}

pub fn sight(route: &RouteInfo) -> Sight {
    let path = route.path.as_str();
    let first = path.trim_start_matches("/v1/").split('/').next();
    match first.unwrap_or_default() {
        _ if path == "/v1/users/me" => Sight::Own,
        _ if path == "/v1/payments/reconciliation" => Sight::Shown,
        "orders" | "payments" | "shipments" | "notifications" | "fulfilment" => {
            match path.contains('{') {
                true => Sight::Hidden,
                false => Sight::Narrowed,
            }
        }
        "reports" => Sight::Own,
        "users"
        | "clients"
        | "employees"
        | "products"
        | "carts"
        | "stores"
        | "inventory"
        | "api-keys"
        | "events"
        | "sagas"
        | "webhook-endpoints"
        | "notification-suppressions"
        | "notification-templates" => Sight::Shown,
        _ => panic!("do staff of one store see {path} of another? Say so here"),
    }
}

/// What lists call the orders of a store: one that waits to be sent, and one that is paid, packed
/// and told of; their ids and their numbers.
pub async fn sold(world: &World, somebody: &Customer, store: &str) -> Vec<String> {
    let (app, waits) = (world.app(), world.order(somebody, Some(store)).await);
    let packed = world.order(somebody, Some(store)).await;
    for (of, body) in [
        ("shipments", json!({})),
        ("payments", json!({"method": "cash"})),
    ] {
        let path = format!("/v1/orders/{packed}/{of}");
        let made = app.post(&path).as_role(Role::Admin).json(body).send();
        made.await.expect(201);
    }
    app.settle().await;
    let mut names = Vec::new();
    for id in [waits, packed] {
        let order = app.get(&format!("/v1/orders/{id}")).as_role(Role::Admin);
        names.push(order.send().await.expect(200).field("number"));
        names.push(id);
    }
    names
}

mod tests {
    use super::*;
    use platform::http::Allow;

    #[test]
    #[should_panic(expected = "do staff of one store see /v1/vouchers of another?")]
    fn a_route_that_shows_something_new_fails_the_matrix() {
        sight(&RouteInfo {
            method: "GET".parse().unwrap(),
            path: "/v1/vouchers".to_owned(),
            allow: Allow::signed_in(),
            tag: String::new(),
        });
    }
}
