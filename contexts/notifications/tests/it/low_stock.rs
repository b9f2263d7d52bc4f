//! Those who manage a store hear when it runs out of something.

use crate::shop::*;
use contracts::catalog::ProductChanged;
use contracts::identity::UserChanged;
use contracts::inventory::{AvailabilityChanged, StoreChanged};
use kernel::{Id, ProductId, StoreId, UserId};
use serde_json::json;
use testkit::smtp::SmtpServer;
use testkit::{TestApp, on_both};
use uuid::Uuid;

fn store(nth: u128) -> StoreId {
    StoreId::from_uuid(Uuid::from_u128(nth))
}

fn product() -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(9))
}

/// Somebody with a role in these stores.
async fn user(app: &TestApp, name: &str, role: &str, stores: Option<Vec<StoreId>>) -> UserId {
    let user_id: UserId = app.host().source.id();
    let profile = json!({"name": name, "email": format!("{name}@shop.example")});
    let event = UserChanged {
        user_id,
        roles: vec![role.to_owned()],
        store_ids: stores,
        disabled: false,
        sealed_contact: Some(seal(app, user_id.uuid(), &profile).await),
    };
    app.publish(&event, 1).await;
    user_id
}

async fn named(app: &TestApp) {
    let event = ProductChanged {
        product_id: product(),
        sku: "MUG-BLUE".to_owned(),
        name: "Blue mug".to_owned(),
        category_id: app.host().source.id(),
        group_id: None,
        price_minor: 999,
        currency: "CAD".to_owned(),
        status: "active".to_owned(),
    };
    app.publish(&event, 1).await;
    let event = StoreChanged {
        store_id: store(1),
        code: "MTL".to_owned(),
        name: "Montréal".to_owned(),
        kind: "store".to_owned(),
        archived: false,
    };
    app.publish(&event, 1).await;
}

fn fell() -> AvailabilityChanged {
    AvailabilityChanged {
        level_id: Id::from_uuid(Uuid::from_u128(3)),
        product_id: product(),
        store_id: store(1),
        available: 3,
        min_stock: Some(5),
        max_stock: None,
        low: true,
        was_low: false,
        excess: false,
        was_excess: false,
        in_stock: true,
        was_in_stock: true,
    }
}

on_both! {
    async fn those_who_manage_that_store_or_all_are_told_and_nobody_else(app: TestApp) {
        let server = SmtpServer::start().await;
        named(&app).await;
        user(&app, "everywhere", "manager", None).await;
        user(&app, "here", "manager", Some(vec![store(1), store(2)])).await;
        user(&app, "elsewhere", "manager", Some(vec![store(2)])).await;
        user(&app, "clerk", "clerk", None).await;
        app.publish(&fell(), 1).await;
        app.settle().await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        let mut to: Vec<_> = server.mails().iter().map(|mail| mail.to[0].clone()).collect();
        to.sort();
        assert_eq!(to, ["everywhere@shop.example", "here@shop.example"]);
        let mail = &server.mails()[0];
        assert_eq!(mail.header("subject").unwrap(), "Low stock: Blue mug in Montréal");
        assert!(mail.body().contains("(MUG-BLUE) is running low in Montréal: 3 left"));
        let one_click = mail.header("list-unsubscribe-post");
        assert_eq!(one_click.as_deref(), Some("List-Unsubscribe=One-Click"));
    }

    async fn a_level_that_stays_low_is_told_once_and_one_that_falls_again_twice(app: TestApp) {
        named(&app).await;
        user(&app, "here", "manager", None).await;
        app.publish(&fell(), 1).await;
        let stays = AvailabilityChanged { available: 0, was_low: true, in_stock: false, ..fell() };
        app.publish(&stays, 2).await;
        let filled = AvailabilityChanged { available: 9, low: false, was_low: true, ..fell() };
        app.publish(&filled, 3).await;
        app.settle().await;
        assert_eq!(notices(&app, "kind=low_stock").await.len(), 1);
        app.publish(&fell(), 4).await;
        app.settle().await;
        assert_eq!(notices(&app, "kind=low_stock").await.len(), 2);
    }

    async fn nobody_is_written_to_about_too_much(app: TestApp) {
        named(&app).await;
        user(&app, "here", "manager", None).await;
        let too_much = AvailabilityChanged { available: 50, low: false, excess: true, ..fell() };
        app.publish(&too_much, 1).await;
        app.settle().await;
        assert!(notices(&app, "kind=low_stock").await.is_empty());
        // Little is free of it, and it was so before.
        let both = AvailabilityChanged { was_low: true, excess: true, ..fell() };
        app.publish(&both, 2).await;
        app.settle().await;
        assert!(notices(&app, "").await.is_empty());
    }

    async fn who_was_disabled_or_manages_no_more_is_not_told(app: TestApp) {
        named(&app).await;
        for (disabled, role) in [(true, "manager"), (false, "clerk")] {
            let user_id = user(&app, "gone", "manager", None).await;
            let (roles, store_ids, sealed_contact) = (vec![role.to_owned()], None, None);
            let event = UserChanged { user_id, roles, store_ids, disabled, sealed_contact };
            app.publish(&event, 2).await;
        }
        app.publish(&fell(), 1).await;
        app.settle().await;
        assert!(notices(&app, "").await.is_empty());
    }
}
