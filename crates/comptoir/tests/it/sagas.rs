//! `comptoir sagas` as an operator runs it, over a shop in which a sale is stuck.

use crate::binary::{Ran, comptoir};
use crate::sale::{authorized, look};
use crate::shop::{app, furnish, order, place};
use contracts::payments::PaymentCaptured;
use kernel::{OrderId, PaymentId};
use serde_json::json;
use std::time::Duration;
use testkit::{TestApp, on_both};

/// The master secret of the shop in this process, which the other shall open too.
const SECRET: [(&str, &str); 1] = [("COMPTOIR_SECRET", "the secret that every test knows")];

fn sagas(app: &TestApp, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let comptoir = comptoir(app.database_url(), folder.path(), &SECRET);
    Ran::of(comptoir, &[&["sagas"], arguments].concat())
}

/// A sale whose money is set aside, and which nobody takes.
async fn stuck(app: &TestApp) -> OrderId {
    let shop = furnish(app, 1, 5).await;
    let mut body = order(&shop.client, &[&shop.products[0]]);
    body["payment"]["method"] = json!("sandbox");
    let id = place(app, "card", &body).await.expect(202).field("id");
    let id: OrderId = id.parse().unwrap();
    app.publish(&authorized(id), 1).await;
    for seconds in [5 * 60, 30, 30] {
        app.clock_advance(Duration::from_secs(seconds));
        look(app).await;
    }
    id
}

fn captured(order_id: OrderId) -> PaymentCaptured {
    PaymentCaptured {
        payment_id: PaymentId::from_uuid(order_id.uuid()),
        order_id,
        amount_minor: 999,
        captured_minor: 999,
        currency: "CAD".to_owned(),
    }
}

on_both! {
    async fn a_stuck_sale_is_listed_explained_and_tried_again(app: TestApp) {
        let id = stuck(&app).await;
        let text = id.to_string();
        let list = sagas(&app, &["list", "--state", "stuck"]);
        assert_eq!(list.code, Some(0), "{list:?}");
        let row = list.out.lines().find(|line| line.contains(&text));
        let row = row.unwrap_or_else(|| panic!("{text} is not in {}", list.out));
        for part in ["capture", "stuck", "authorized", "past its deadline"] {
            assert!(row.contains(part), "{part} is not in {row}");
        }
        assert!(list.out.contains("1 sales; `comptoir sagas explain ORDER`"), "{}", list.out);
        let explained = sagas(&app, &["explain", &text]);
        assert_eq!(explained.code, Some(0), "{explained:?}");
        for part in [&text, "confirmed, payment authorized", "(stuck)", "payment_authorized",
            "asked_again", "see why the provider does not hand over the money"] {
            assert!(explained.out.contains(part), "{part} is not in {}", explained.out);
        }

        let retried = sagas(&app, &["retry", &text]);
        assert_eq!(retried.code, Some(0), "{retried:?}");
        let words = ["(running)", "retried"];
        assert!(words.iter().all(|word| retried.out.contains(word)), "{retried:?}");
        assert!(retried.says("it was asked for again; a running server goes on with it"));
        let stuck = sagas(&app, &["list", "--state", "stuck"]);
        assert!(stuck.says("no sale waits for anything"), "{stuck:?}");
        let all = sagas(&app, &["list"]);
        let row = all.out.lines().find(|line| line.contains(&text)).unwrap();
        assert!(row.contains("running"), "{row}");

        app.publish(&captured(id), 2).await;
        let done = sagas(&app, &["retry", &text]);
        assert_eq!((done.code, done.out.as_str()), (Some(1), ""), "{done:?}");
        assert!(done.err.starts_with("comptoir: "), "{}", done.err);
    }

    async fn a_sale_that_nobody_knows_is_no_sale(app: TestApp) {
        let nobody: OrderId = app.host().source.id();
        let nobody = nobody.to_string();
        for command in ["explain", "retry"] {
            let unknown = sagas(&app, &[command, &nobody]);
            assert_eq!((unknown.code, unknown.out.as_str()), (Some(1), ""), "{unknown:?}");
            assert!(unknown.err.starts_with("comptoir: "), "{}", unknown.err);
        }
        let none = sagas(&app, &["list"]);
        assert!(none.code == Some(0) && none.says("no sale waits for anything"), "{none:?}");
    }
}
