//! Text messages: to whom has a number, once, by Twilio's protocol.

use crate::shop::*;
use contracts::orders::OrderDelivered;
use kernel::{ClientId, OrderId};
use serde_json::json;
use std::time::Duration;
use testkit::twilio::{Sms, TwilioServer};
use testkit::{Fault, TestApp, on_both};

const LONG: Duration = Duration::from_secs(16 * 60);

async fn delivered(app: &TestApp, client: ClientId) -> OrderId {
    let order_id = order(app, client).await;
    app.publish(&OrderDelivered { order_id }, 3).await;
    app.settle().await;
    order_id
}

on_both! {
    async fn whoever_has_a_number_is_sent_a_text_message(app: TestApp) {
        let server = TwilioServer::start().await;
        let anna = anna(&app).await;
        let order = delivered(&app, anna).await;
        by_text(&app, &server).deliver_due().await.unwrap();
        let notice = the_notice(&app, &format!("order_id={order}&channel=sms")).await;
        assert_eq!(notice["status"], "sent");
        let number = placed(order, anna).number;
        let sent = Sms {
            to: "+15145550123".to_owned(),
            from: "+15145550100".to_owned(),
            body: format!("Comptoir: your order {number} has been delivered. Enjoy it!"),
            token: text(&notice["id"]),
        };
        assert_eq!(server.texts(), [sent]);
    }

    async fn whoever_has_none_is_not(app: TestApp) {
        let server = TwilioServer::start().await;
        let order = delivered(&app, amelie(&app).await).await;
        by_text(&app, &server).deliver_due().await.unwrap();
        let notice = the_notice(&app, &format!("order_id={order}&channel=sms")).await;
        assert_eq!((&notice["status"], &notice["reason"]),
            (&json!("skipped"), &json!("no_address")));
    }

    async fn a_provider_that_fails_is_asked_again_and_sends_once(app: TestApp) {
        let server = TwilioServer::start().await;
        let post = by_text(&app, &server);
        let order = delivered(&app, anna(&app).await).await;
        for fault in [
            Fault::FailBefore,
            Fault::TooMany,
            Fault::Authenticate,
            Fault::LostBefore,
            Fault::LostAfter,
            Fault::FailAfter,
            Fault::Hang,
        ] {
            server.set_fault_times(fault, 1);
            post.deliver_due().await.unwrap();
            let notice = the_notice(&app, &format!("order_id={order}&channel=sms")).await;
            assert_eq!(notice["status"], "queued", "{fault:?}");
            app.clock_advance(LONG);
        }
        post.deliver_due().await.unwrap();
        assert_eq!(server.texts().len(), 1);
    }

    async fn a_number_that_is_none_gets_no_more(app: TestApp) {
        let server = TwilioServer::start().await;
        let post = by_text(&app, &server);
        let anna = anna(&app).await;
        server.set_fault_times(Fault::Decline, 1);
        let first = delivered(&app, anna).await;
        post.deliver_due().await.unwrap();
        let notice = the_notice(&app, &format!("order_id={first}&channel=sms")).await;
        assert_eq!((&notice["status"], &notice["reason"]),
            (&json!("dead"), &json!("twilio_21211")));
        let second = delivered(&app, anna).await;
        post.deliver_due().await.unwrap();
        let notice = the_notice(&app, &format!("order_id={second}&channel=sms")).await;
        assert_eq!(notice["reason"], "suppressed");
    }
}
