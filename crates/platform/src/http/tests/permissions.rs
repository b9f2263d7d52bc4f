//! Who may call what, and what the caller is told.

use axum::http::Method;

use super::shop::Shop;
use super::{as_role, get, post, with};
use crate::auth::Role;

#[tokio::test]
async fn nobody_is_401_the_wrong_role_403_and_a_bad_token_401_everywhere() {
    let shop = Shop::open().await;
    let nobody = shop.send(get("/v1/whoami")).await;
    assert_eq!(
        (nobody.status, nobody.header("www-authenticate")),
        (401, "Bearer")
    );
    let clerk = shop.send(as_role(get("/v1/whoami"), "clerk")).await;
    assert_eq!((clerk.status, clerk.code().as_str()), (403, "FORBIDDEN"));
    for path in ["/v1/whoami", "/v1/notes", "/v1/nowhere"] {
        let forged = shop.send(as_role(get(path), "forged")).await;
        assert_eq!(
            (forged.status, forged.header("www-authenticate")),
            (401, "Bearer"),
            "{path}"
        );
    }
    let basic = with(get("/v1/notes"), "authorization", "Basic YTpi");
    assert_eq!(shop.send(basic).await.status, 401);
}

#[tokio::test]
async fn the_listed_roles_come_in_and_customers_for_their_own() {
    let shop = Shop::open().await;
    for (role, status) in [
        ("manager", 200),
        ("admin", 200),
        ("customer", 200),
        ("supplier", 403),
        ("service", 403),
    ] {
        let answer = shop.send(as_role(get("/v1/whoami"), role)).await;
        assert_eq!(answer.status, status, "{role}");
    }
    let answer = shop.send(as_role(get("/v1/whoami"), "manager")).await;
    assert!(answer.body.starts_with(b"user/user_"), "{:?}", answer.body);
}

#[tokio::test]
async fn the_table_tells_the_truth_about_every_route() {
    let shop = Shop::open().await;
    assert!(shop.table.iter().any(|route| route.path == "/health/db"));
    for route in &shop.table {
        let path = route.path.replace("{id}", "42");
        for role in Role::ALL {
            let mut request = as_role(post(&path, "{"), role.as_str());
            *request.method_mut() = route.method.clone();
            if route.path == "/v1/panic" || route.path == "/v1/slow" {
                continue;
            }
            let refused = shop.status(request).await == 403;
            assert_eq!(
                refused,
                !route.allow.admits(role),
                "{} {path} {role}",
                route.method
            );
        }
        let mut request = post(&path, "{");
        *request.method_mut() = route.method.clone();
        let refused = shop.status(request).await == 401;
        assert_eq!(refused, !route.allow.is_public(), "{} {path}", route.method);
    }
}

#[tokio::test]
async fn the_permission_is_checked_before_the_body_is_read() {
    let shop = Shop::open().await;
    let mut request = as_role(post("/v1/notes/42", "not json"), "customer");
    *request.method_mut() = Method::PATCH;
    assert_eq!(shop.send(request).await.status, 403);
}

#[tokio::test]
async fn a_bad_token_is_overlooked_only_where_the_table_says_so() {
    let shop = Shop::open().await;
    let body = r#"{"items": []}"#;
    for token in ["forged", "clerk"] {
        let answer = shop.send(as_role(post("/v1/orders", body), token)).await;
        assert_eq!(answer.status, 200, "{token}");
    }
    let other = shop
        .send(as_role(post("/v1/notes", r#"{"text": "a"}"#), "forged"))
        .await;
    assert_eq!(other.status, 401);
}
