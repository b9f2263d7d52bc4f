//! Bodies and queries: what is wrong is said precisely, and nothing is done.

use super::shop::Shop;
use super::{get, post, with};

#[tokio::test]
async fn a_body_that_is_not_json_is_415_and_one_that_cannot_be_read_is_400() {
    let shop = Shop::open().await;
    let csv = with(post("/v1/orders", "{}"), "content-type", "text/csv");
    assert_eq!(shop.send(csv).await.status, 415);
    let mut bare = post("/v1/orders", "{}");
    bare.headers_mut().remove("content-type");
    assert_eq!(shop.send(bare).await.status, 415);
    let deep = format!(
        "{{\"items\": [], \"extra\": {}{}}}",
        "[".repeat(40),
        "]".repeat(40)
    );
    for bad in [
        b"{".to_vec(),
        b"".to_vec(),
        b"\xff\xfe{}".to_vec(),
        deep.into_bytes(),
    ] {
        let answer = shop.send(post("/v1/orders", bad.clone())).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "MALFORMED_REQUEST"),
            "{bad:?}"
        );
    }
    assert_eq!(shop.runs(), 0);
}

#[tokio::test]
async fn parameters_of_the_content_type_and_json_suffixes_are_fine() {
    let shop = Shop::open().await;
    for kind in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/vnd.x+json",
    ] {
        let request = with(post("/v1/orders", r#"{"items": []}"#), "content-type", kind);
        assert_eq!(shop.send(request).await.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_422_with_the_path_of_its_field() {
    let shop = Shop::open().await;
    let cases = [
        (
            r#"{"items": [{"name": "a", "quantity": "x"}]}"#,
            "items[0].quantity",
            "INVALID_VALUE",
        ),
        (
            r#"{"items": [{"name": "a", "quantity": -1}]}"#,
            "items[0].quantity",
            "INVALID_VALUE",
        ),
        (
            r#"{"items": [{"name": "a"}]}"#,
            "items[0].quantity",
            "MISSING_FIELD",
        ),
        (
            r#"{"items": [], "total": "0.01"}"#,
            "total",
            "UNKNOWN_FIELD",
        ),
        (
            r#"{"items": [{"name": "a", "quantity": 1, "price": 1}]}"#,
            "items[0].price",
            "UNKNOWN_FIELD",
        ),
        (r#"{"items": [], "items": []}"#, "items", "DUPLICATE_FIELD"),
        (r#"[]"#, "", "INVALID_VALUE"),
    ];
    for (body, field, code) in cases {
        let answer = shop.send(post("/v1/orders", body)).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "VALIDATION_FAILED"),
            "{body}"
        );
        let detail = answer.json()["error"]["details"][0].clone();
        assert_eq!(
            (answer.field().as_str(), detail["code"].as_str()),
            (field, Some(code))
        );
    }
    let nul = shop
        .send(post("/v1/orders", r#"{"items": [], "note": "\u0000"}"#))
        .await;
    assert_eq!(nul.status, 422);
    assert_eq!(shop.runs(), 0);
}

#[tokio::test]
async fn an_unknown_or_invalid_parameter_is_422_with_its_name() {
    let shop = Shop::open().await;
    let cases = [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("colour=red", "colour"),
        ("size=large", "size"),
        ("count=maybe", "count"),
        ("text=a&text=b", "text"),
    ];
    for (query, field) in cases {
        let answer = shop.send(get(&format!("/v1/notes?{query}"))).await;
        assert_eq!(
            (answer.status, answer.field().as_str()),
            (422, field),
            "{query}"
        );
    }
    assert_eq!(shop.send(get("/v1/notes?text=%00")).await.status, 422);
    let fine = shop.send(get("/v1/notes?text=caf%C3%A9+cr%C3%A8me")).await;
    assert_eq!(fine.json()[0]["text"], "café crème");
    assert_eq!(
        fine.header("content-type"),
        "application/json; charset=utf-8"
    );
}

#[tokio::test]
async fn an_id_that_cannot_be_one_names_nothing() {
    let shop = Shop::open().await;
    let answer = shop.send(get("/v1/notes/42")).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (404, "RESOURCE_NOT_FOUND")
    );
}

#[tokio::test]
async fn a_merge_patch_tells_left_out_from_null() {
    use super::as_role;
    let shop = Shop::open().await;
    let path = format!(
        "/v1/notes/{}",
        kernel::ImageId::from_uuid(uuid::Uuid::from_u128(1))
    );
    for (body, text) in [
        ("{}", path.trim_start_matches("/v1/notes/")),
        (r#"{"text": null}"#, ""),
        (r#"{"text": "new"}"#, "new"),
    ] {
        let mut request = as_role(post(&path, body), "clerk");
        *request.method_mut() = axum::http::Method::PATCH;
        let answer = shop.send(request).await;
        assert_eq!(
            (answer.status, answer.json()["text"].as_str()),
            (200, Some(text))
        );
    }
}
