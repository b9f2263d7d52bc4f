//! Payments that send the buyer to a page first.

use crate::shop::{
    cancel, open, payments, place, read, status, text, the_payment, told, told_of_order, work,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::OrderId;
use payments::provider::sandbox::Switches;
use platform::{Host, Module};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use testkit::{TestApp, on_both};

fn app(host: &Host) -> Vec<Module> {
    let redirect = true;
    open(
        host,
        Switches {
            redirect,
            ..Switches::default()
        },
    )
}

/// The path of the page that an order's buyer is sent to.
async fn page(app: &TestApp, order: OrderId) -> String {
    let payment = the_payment(app, order).await;
    let url = text(&read(app, payment).await["redirect_url"]);
    url.trim_start_matches("http://shop.test").to_owned()
}

on_both! {
    async fn the_buyer_approves_on_the_page_and_the_money_is_set_aside_once(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        assert_eq!(status(&app, order).await, "pending");
        let page = page(&app, order).await;
        let shown = app.get(&page).send().await.expect(200).text();
        assert!(shown.contains("5.00 CAD") && shown.contains("/approve"), "{shown}");
        let (_, style) = shown.split_once("<style>").expect("a style");
        let (style, _) = style.split_once("</style>").expect("its end");
        let hash = STANDARD.encode(Sha256::digest(style));
        let again = app.get(&page).send().await;
        let policy = again.header("content-security-policy").expect("a policy");
        assert!(policy.contains(&format!("style-src 'sha256-{hash}';")), "{policy}");
        for _ in 0..2 {
            let sent = app.post(&format!("{page}/approve")).send().await.expect(303);
            assert_eq!(sent.header("location"), Some("http://shop.test/thanks"));
        }
        app.clock_advance(Duration::from_secs(61));
        work(&app).await;
        let payment = the_payment(&app, order).await;
        payments(&app).ask(payment).await.expect("the sandbox answers");
        assert_eq!(told(&app, payment).await, ["action-required", "authorized"]);
        assert!(read(&app, payment).await["redirect_url"].is_null());
    }

    async fn the_buyer_declines_and_comes_back_to_the_cart(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        let page = page(&app, order).await;
        let sent = app.post(&format!("{page}/decline")).send().await.expect(303);
        assert_eq!(sent.header("location"), Some("http://shop.test/cart"));
        assert_eq!(told_of_order(&app, order).await, ["action-required", "failed"]);
        app.post(&format!("{page}/approve")).send().await.expect(303);
        assert_eq!(status(&app, order).await, "failed", "it was declined first");
    }

    async fn an_approval_nobody_told_us_of_is_found_a_minute_later(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        let page = page(&app, order).await;
        let token = page.rsplit('/').next().expect("a token");
        let sandbox = payments(&app).sandbox().expect("there is one").clone();
        let approve = payments::provider::sandbox::Decision::Approve;
        sandbox.decide(token, approve).expect("there is a page");
        work(&app).await;
        assert_eq!(status(&app, order).await, "pending");
        app.clock_advance(Duration::from_secs(61));
        work(&app).await;
        assert_eq!(status(&app, order).await, "authorized");
    }

    async fn a_buyer_who_is_late_pays_nothing_for_a_cancelled_order(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        let page = page(&app, order).await;
        cancel(&app, order).await;
        work(&app).await;
        assert_eq!(told_of_order(&app, order).await, ["action-required", "failed"]);
        app.post(&format!("{page}/approve")).send().await.expect(303);
        work(&app).await;
        assert_eq!(status(&app, order).await, "failed");
    }

    async fn approval_and_cancellation_at_the_same_time_leave_nothing_set_aside(app: TestApp) {
        for _ in 0..10 {
            let order = place(&app, "sandbox", 500).await;
            work(&app).await;
            let approve = format!("{}/approve", page(&app, order).await);
            let approved = app.post(&approve).send();
            let (approved, ()) = tokio::join!(approved, cancel(&app, order));
            assert!([303, 503].contains(&approved.status), "{approved:?}");
            work(&app).await;
            let end = status(&app, order).await;
            assert!(["failed", "voided"].contains(&end.as_str()), "{end}");
        }
    }

    async fn a_page_nobody_was_sent_to_is_not_there(app: TestApp) {
        app.get("/v1/sandbox/00112233445566778899aabbccddeeff").send().await.expect(404);
        app.post("/v1/sandbox/nonsense/approve").send().await.expect(404);
    }
}
