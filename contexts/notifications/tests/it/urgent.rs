//! Letters that somebody waits for at the door of their account do not queue behind other mail.

use crate::shop::*;
use contracts::identity::LetterRequested;
use contracts::orders::OrderConfirmed;
use kernel::{StoreId, UserId};
use serde_json::json;
use std::time::Duration;
use testkit::smtp::SmtpServer;
use testkit::{Fault, TestApp, on_both};
use uuid::Uuid;

/// Attempts at once.
const ATTEMPTS: usize = 16;

async fn backlog(app: &TestApp, orders: usize) {
    let anna = anna(app).await;
    for _ in 0..orders {
        let order_id = app.host().source.id();
        app.publish(&placed(order_id, anna), 1).await;
        let store_id = StoreId::from_uuid(Uuid::from_u128(7));
        app.publish(&OrderConfirmed { order_id, store_id }, 2).await;
    }
    app.settle().await;
}

async fn letter(app: &TestApp) {
    request_letter(app).await;
    app.settle().await;
}

async fn request_letter(app: &TestApp) {
    let user_id: UserId = app.host().source.id();
    let letter = json!({"name": "Amélie", "email": "amelie@login.example", "token": "the-token"});
    let event = LetterRequested {
        letter_id: app.host().source.id(),
        user_id,
        kind: "password_reset".to_owned(),
        expires_at: app.host().source.now().plus(Duration::from_secs(3600)),
        sealed_letter: seal(app, user_id.uuid(), &letter).await,
    };
    app.publish(&event, 1).await;
}

/// Which of the mails is the letter, the first being 0.
fn place(server: &SmtpServer) -> Option<usize> {
    let mails = server.mails();
    mails
        .iter()
        .position(|mail| mail.to == ["amelie@login.example"])
}

/// The statement that claims, as far as it chooses.
const CHOICE: &str = "select id from notifications_notice
    where channel = $1 and urgent = $5 and next_at <= $2
        and status in ('queued', 'sending') and person_id is not null
    order by next_at, id limit $4";

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A hundred thousand that are due, ten of them urgent.
async fn fill(app: &TestApp) {
    let mut tx = app.host().db.begin().await.unwrap();
    tx.query_for(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)
         insert into notifications_notice (id, told_of, kind, channel, person_id, details, status,
             tries, next_at, deadline_at, version, created_at, updated_at, urgent)
         select randomblob(16), 'test/' || i, 'order_placed', 'email', randomblob(16), 'null',
             'queued', 0, i, 9000000000000000, 1, i, i, i % 10000 = 0 from n",
        "insert into notifications_notice (id, told_of, kind, channel, person_id, details, status,
             tries, next_at, deadline_at, version, created_at, updated_at, urgent)
         select gen_random_uuid(), 'test/' || i, 'order_placed', 'email', gen_random_uuid(), 'null',
             'queued', 0, i, 9000000000000000, 1, i, i, i % 10000 = 0
         from generate_series(1, 100000) as n(i)",
    )
    .execute()
    .await
    .unwrap();
    // SQLite chooses without statistics; PostgreSQL gathers them by itself, a minute later.
    tx.query_for("select 1 as one", "analyze notifications_notice")
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// How the engine goes about choosing.
async fn plan(app: &TestApp, urgent: bool) -> String {
    let choice = CHOICE
        .replace("$1", "'email'")
        .replace("$2", "9000000000000000");
    let choice = choice
        .replace("$4", "16")
        .replace("$5", &urgent.to_string());
    explained(app, "(analyze, costs off)", &choice).await
}

on_both! {
    async fn a_letter_is_claimed_before_all_that_waits_for_longer(app: TestApp) {
        let server = SmtpServer::start().await;
        backlog(&app, 3 * ATTEMPTS).await;
        app.clock_advance(Duration::from_secs(60));
        letter(&app).await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert_eq!(server.mails().len(), 3 * ATTEMPTS + 1);
        let place = place(&server).unwrap();
        assert!(place < ATTEMPTS, "it went out as number {place}");
    }

    async fn a_letter_waits_for_no_news_of_orders(app: TestApp) {
        let server = SmtpServer::start().await;
        let anna = anna(&app).await;
        for _ in 0..20 {
            app.publish(&placed(app.host().source.id(), anna), 1).await;
        }
        request_letter(&app).await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert_eq!((place(&server), server.mails().len()), (Some(0), 1));
    }

    async fn a_letter_that_comes_while_a_slow_server_is_written_to_is_among_the_next(app: TestApp) {
        let server = SmtpServer::start().await;
        backlog(&app, 6 * ATTEMPTS).await;
        server.set_fault(Fault::Slow(Duration::from_millis(400)));
        let post = with(&app, |settings| {
            settings.mail = to(&server);
            settings.patience = Duration::from_secs(10);
        });
        let delivering = tokio::spawn(async move { post.deliver_due().await });
        while server.mails().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        letter(&app).await;
        let before = server.mails().len();
        delivering.await.unwrap().unwrap();
        let place = place(&server).unwrap();
        // Those that were under way, and those that were claimed together with it.
        assert!(place < before + 2 * ATTEMPTS, "number {place}, and {before} were before it");
        assert_eq!(server.mails().len(), 6 * ATTEMPTS + 1);
    }

    async fn choosing_is_a_walk_along_the_index_however_much_waits(app: TestApp) {
        let claims = words(include_str!("../../src/store/claims.rs"));
        let both = claims.matches(&words(CHOICE)).count();
        assert_eq!(both, 2, "this is not the statement that claims any more, on both engines");
        fill(&app).await;
        for urgent in [true, false] {
            let plan = plan(&app, urgent).await;
            assert!(plan.contains("notifications_notice_due"), "{plan}");
            for work in ["Sort", "Seq Scan", "TEMP B-TREE", "SCAN"] {
                assert!(!plan.contains(work), "{work}: {plan}");
            }
        }
        let mut tx = app.host().db.begin().await.unwrap();
        tx.query("delete from notifications_notice").execute().await.unwrap();
        tx.commit().await.unwrap();
    }
}
