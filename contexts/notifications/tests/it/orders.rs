//! Clients hear how their orders go on: of what is true, once, in their language.

use crate::shop::*;
use contracts::orders::{
    OrderCancelled, OrderConfirmed, OrderDelivered, OrderImported, OrderPlaced, OrderReturned,
};
use contracts::payments::{PaymentCaptured, PaymentRefunded};
use contracts::shipments::ShipmentDispatched;
use kernel::{OrderId, StoreId};
use std::time::Duration;
use testkit::smtp::SmtpServer;
use testkit::{TestApp, on_both};
use uuid::Uuid;

fn captured(app: &TestApp, order_id: OrderId) -> PaymentCaptured {
    PaymentCaptured {
        payment_id: app.host().source.id(),
        order_id,
        amount_minor: 123_450,
        captured_minor: 123_450,
        currency: "CAD".to_owned(),
    }
}

fn refunded(app: &TestApp, order_id: OrderId, amount_minor: i64) -> PaymentRefunded {
    PaymentRefunded {
        payment_id: app.host().source.id(),
        refund_id: app.host().source.id(),
        order_id,
        amount_minor,
        refunded_minor: amount_minor,
        captured_minor: 123_450,
        currency: "CAD".to_owned(),
    }
}

fn dispatched(app: &TestApp, order_id: OrderId, number: Option<&str>) -> ShipmentDispatched {
    ShipmentDispatched {
        shipment_id: app.host().source.id(),
        order_id,
        store_id: StoreId::from_uuid(Uuid::from_u128(7)),
        items: Vec::new(),
        carrier: Some("Canada Post".to_owned()),
        tracking_number: number.map(str::to_owned),
    }
}

fn cancelled(order_id: OrderId, reason: &str) -> OrderCancelled {
    let reason = reason.to_owned();
    OrderCancelled { order_id, reason }
}

on_both! {
    async fn an_order_is_told_of_from_its_beginning_to_its_end(app: TestApp) {
        let server = SmtpServer::start().await;
        let anna = anna(&app).await;
        let order = order(&app, anna).await;
        app.publish(&captured(&app, order), 1).await;
        app.publish(&dispatched(&app, order, Some("CP-0123")), 1).await;
        app.publish(&OrderDelivered { order_id: order }, 3).await;
        app.publish(&refunded(&app, order, 500), 1).await;
        app.settle().await;
        by_mail(&app, &server).deliver_due().await.unwrap();

        let mails = server.mails();
        let subjects: Vec<_> = mails.iter().map(|mail| mail.header("subject").unwrap()).collect();
        let number = placed(order, anna).number;
        let subject = |text: &str| text.replace("{}", &number);
        let wanted = [
            "Thank you for your order {}",
            "We have received your payment for order {}",
            "Your order {} is on its way",
            "Your order {} has arrived",
            "Your money for order {} is on its way back",
        ];
        for wanted in wanted {
            assert!(subjects.contains(&subject(wanted)), "{wanted}: {subjects:?}");
        }
        assert_eq!(mails.len(), wanted.len());
        assert!(mails.iter().all(|mail| mail.to == ["anna@example.com"]));
        let about = |wanted: &str| {
            let wanted = Some(subject(wanted));
            let mail = mails.iter().find(|mail| mail.header("subject") == wanted);
            mail.unwrap().body()
        };
        assert!(about(wanted[0]).contains("Its total is 1,234.50\u{a0}CAD."));
        assert!(about(wanted[0]).starts_with("Hello Anna,\n"));
        let parcel = about(wanted[2]);
        assert!(parcel.contains("with Canada Post"), "{parcel}");
        assert!(parcel.contains("http://shop.test/v1/tracking/CP-0123"), "{parcel}");
        assert!(about(wanted[4]).contains("5.00\u{a0}CAD"));
    }

    async fn who_reads_french_is_written_to_in_french(app: TestApp) {
        let server = SmtpServer::start().await;
        let amelie = amelie(&app).await;
        let order = order(&app, amelie).await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        let mails = server.mails();
        let number = placed(order, amelie).number;
        let subject = mails[0].header("subject").unwrap();
        assert_eq!(subject, format!("Merci pour votre commande {number}"));
        let body = mails[0].body();
        assert!(body.contains("Bonjour Amélie,"), "{body}");
        assert!(body.contains("1\u{a0}234,50\u{a0}CAD"), "{body}");
    }

    async fn the_shops_own_language_is_that_of_whoever_says_nothing(app: TestApp) {
        let server = SmtpServer::start().await;
        order(&app, anna(&app).await).await;
        let french = with(&app, |settings| {
            settings.mail = to(&server);
            settings.language = kernel::Language::French;
        });
        french.deliver_due().await.unwrap();
        assert!(server.mails()[0].body().starts_with("Bonjour Anna,"));
    }

    /// As the runner does after a crash, or a bus that delivers twice: the notices are the same.
    async fn whatever_is_told_again_is_told_once(app: TestApp) {
        let order = order(&app, anna(&app).await).await;
        let parcel = dispatched(&app, order, None);
        app.publish(&parcel, 1).await;
        app.publish(&parcel, 2).await;
        for version in [3, 4] {
            let store_id = StoreId::from_uuid(Uuid::from_u128(7));
            app.publish(&OrderConfirmed { order_id: order, store_id }, version).await;
        }
        app.settle().await;
        let wanted = ["order_placed by email", "order_shipped by email", "order_shipped by sms"];
        assert_eq!(told(&app, order).await, wanted);
    }

    async fn two_parcels_and_two_refunds_are_two_of_each(app: TestApp) {
        let order = order(&app, anna(&app).await).await;
        for _ in 0..2 {
            app.publish(&dispatched(&app, order, None), 1).await;
            app.publish(&refunded(&app, order, 100), 1).await;
        }
        app.settle().await;
        let told = told(&app, order).await;
        let many = |kind: &str| told.iter().filter(|one| *one == kind).count();
        assert_eq!((many("order_shipped by email"), many("order_refunded by email")), (2, 2));
    }

    async fn news_that_come_before_their_order_wait_for_it(app: TestApp) {
        let server = SmtpServer::start().await;
        let anna = anna(&app).await;
        let order: OrderId = app.host().source.id();
        app.publish(&captured(&app, order), 1).await;
        app.settle().await;
        let post = by_mail(&app, &server);
        post.deliver_due().await.unwrap();
        assert_eq!((server.mails().len(), mail_of(&app, order).await.0.as_str()), (0, "queued"));
        app.publish(&placed(order, anna), 1).await;
        app.settle().await;
        post.deliver_due().await.unwrap();
        assert_eq!(server.mails().len(), 1);
        assert_eq!(mail_of(&app, order).await.0, "sent");
    }

    async fn an_order_that_was_refused_at_the_counter_ends_without_a_word(app: TestApp) {
        let anna = anna(&app).await;
        for reason in ["insufficient_stock", "payment_failed"] {
            let refused: OrderId = app.host().source.id();
            app.publish(&placed(refused, anna), 1).await;
            app.publish(&cancelled(refused, reason), 2).await;
            app.settle().await;
            assert!(told(&app, refused).await.is_empty());
        }
        let stood = order(&app, anna).await;
        app.publish(&cancelled(stood, "payment_failed"), 3).await;
        let expired: OrderId = app.host().source.id();
        app.publish(&placed(expired, anna), 1).await;
        app.publish(&cancelled(expired, "expired"), 2).await;
        app.settle().await;
        let cancellation = ["order_cancelled by email", "order_cancelled by sms"];
        assert_eq!(told(&app, expired).await, cancellation);
        assert_eq!(told(&app, stood).await[1..], cancellation);
    }

    async fn orders_taken_over_from_history_are_no_news(app: TestApp) {
        let client_id = anna(&app).await;
        let OrderPlaced { order_id, number, items, total_minor, currency, .. } =
            placed(app.host().source.id(), client_id);
        let placed_at = app.host().source.now();
        let imported = OrderImported {
            order_id, number, client_id, placed_at, items: items.clone(), total_minor, currency,
            country: None,
        };
        app.publish(&imported, 1).await;
        let (store_id, returned_at) = (None, None);
        let returned = OrderReturned { order_id, store_id, items, restock: false, returned_at };
        app.publish(&returned, 2).await;
        app.settle().await;
        assert!(notices(&app, "").await.is_empty());
    }

    /// A context that is new to a shop hears its whole history.
    async fn old_news_are_no_news(app: TestApp) {
        let anna = anna(&app).await;
        let order_id: OrderId = app.host().source.id();
        app.publish(&placed(order_id, anna), 1).await;
        let store_id = StoreId::from_uuid(Uuid::from_u128(7));
        app.publish(&OrderConfirmed { order_id, store_id }, 2).await;
        app.clock_advance(Duration::from_secs(49 * 3600));
        app.settle().await;
        assert!(notices(&app, "").await.is_empty());
        app.publish(&dispatched(&app, order_id, None), 1).await;
        app.settle().await;
        assert_eq!(told(&app, order_id).await.len(), 2);
    }

    /// The store of an order is known when it is confirmed, if not before; of what was told of an
    /// order whose store is not known, only those hear who are limited to none.
    async fn staff_of_one_store_see_what_is_told_of_its_orders(app: TestApp) {
        let (anna, source) = (anna(&app).await, &app.host().source);
        let (mine, other) = (source.id(), source.id());
        let ids: Vec<OrderId> = (0..4).map(|_| source.id()).collect();
        let [named, moved, elsewhere, nowhere] = ids[..] else { panic!("four") };
        for (order_id, store_id) in [(named, mine), (moved, mine), (elsewhere, other)] {
            let wanted = Some(store_id).filter(|_| order_id == named);
            let placed = OrderPlaced { store_id: wanted, ..placed(order_id, anna) };
            app.publish(&placed, 1).await;
            if order_id == moved {
                // News that come before the order stands, in a batch of their own.
                app.publish(&captured(&app, order_id), 1).await;
                app.settle().await;
            }
            app.publish(&OrderConfirmed { order_id, store_id }, 2).await;
        }
        app.publish(&captured(&app, nowhere), 1).await;
        app.settle().await;

        let clerk = clerk_of(&app, mine);
        let get = |path: String| app.get(&path).as_principal(&clerk);
        let list = get("/v1/notifications?limit=100&count=true".to_owned()).send().await;
        let list = list.expect(200).json();
        let seen: Vec<_> = list["items"].as_array().unwrap().iter()
            .map(|one| text(&one["order_id"])).collect();
        let (named, moved) = (named.to_string(), moved.to_string());
        assert!(seen.contains(&named) && seen.contains(&moved), "{seen:?}");
        assert!(seen.iter().all(|one| [&named, &moved].contains(&one)), "{seen:?}");
        assert_eq!(list["total"].as_u64(), Some(seen.len() as u64));
        for (order, status) in [(named, 200), (elsewhere.to_string(), 404),
            (nowhere.to_string(), 404)] {
            let notice = notices(&app, &format!("order_id={order}")).await.remove(0);
            let path = format!("/v1/notifications/{}", text(&notice["id"]));
            get(path).send().await.expect(status);
        }
    }
}
