//! The guards of the ledger, each seen red.

use crate::shop::{app, paid, place, refused, work};
use testkit::{TestApp, on_both};

on_both! {
    async fn the_sums_of_a_payment_are_not_changed_by_hand(app: TestApp) {
        paid(&app, 500).await;
        for sql in [
            "update payments_payment set refunded_minor = 100",
            "update payments_payment set captured_minor = 0",
            "update payments_payment set authorized_minor = authorized_minor + 1",
            "update payments_payment set amount_minor = 1",
            "delete from payments_payment",
        ] {
            let answer = refused(&app, sql).await;
            assert!(answer.contains("only through the ledger") || answer.contains("never deleted"),
                "{sql}: {answer:?}");
        }
    }

    async fn a_payment_begins_empty(app: TestApp) {
        place(&app, "sandbox", 500).await;
        let answer = refused(&app, "insert into payments_payment (id, order_id, method, provider,
                currency, amount_minor, status, authorized_minor, captured_minor, voided_minor,
                refunded_minor, correlation, version, created_at, updated_at)
            select correlation, order_id, method, provider, currency, 5, 'captured', 5, 5, 0, 0,
                correlation, 1, 0, 0 from payments_payment").await;
        assert!(answer.contains("only through the ledger"), "{answer:?}");
    }

    async fn an_entry_is_never_changed_or_deleted(app: TestApp) {
        paid(&app, 500).await;
        for sql in ["update payments_entry set amount_minor = 1", "delete from payments_entry"] {
            let answer = refused(&app, sql).await;
            assert!(answer.contains("append-only"), "{sql}: {answer:?}");
        }
    }

    async fn no_more_is_taken_than_set_aside_nor_given_back_than_taken(app: TestApp) {
        paid(&app, 500).await;
        for sql in [
            "insert into payments_entry (id, payment_id, kind, debit, credit, amount_minor,
                currency, occurred_at)
             select correlation, id, 'refund', 'buyer', 'received', 501, currency, 0
             from payments_payment",
            "insert into payments_entry (id, payment_id, kind, debit, credit, amount_minor,
                currency, occurred_at)
             select correlation, id, 'capture', 'received', 'set_aside', 1, currency, 0
             from payments_payment",
            "insert into payments_entry (id, payment_id, kind, debit, credit, amount_minor,
                currency, occurred_at)
             select correlation, id, 'authorize', 'set_aside', 'buyer', 1, currency, 0
             from payments_payment",
        ] {
            let answer = refused(&app, sql).await;
            assert!(answer.contains("refused by the database"), "{sql}: {answer:?}");
        }
    }

    async fn an_entry_that_does_not_balance_cannot_be_written(app: TestApp) {
        paid(&app, 500).await;
        for sql in [
            "insert into payments_entry (id, payment_id, kind, debit, credit, amount_minor,
                currency, occurred_at)
             select correlation, id, 'refund', 'received', 'received', 1, currency, 0
             from payments_payment",
            "insert into payments_entry (id, payment_id, kind, debit, credit, amount_minor,
                currency, occurred_at)
             select correlation, id, 'refund', 'buyer', 'received', 0, currency, 0
             from payments_payment",
            "insert into payments_entry (id, payment_id, kind, debit, credit, amount_minor,
                currency, occurred_at)
             select correlation, id, 'refund', 'buyer', 'received', 1, 'USD', 0
             from payments_payment",
        ] {
            let answer = refused(&app, sql).await;
            assert!(answer.contains("refused by the database"), "{sql}: {answer:?}");
        }
    }

    async fn an_attempt_moves_money_once(app: TestApp) {
        paid(&app, 500).await;
        let answer = refused(&app, "insert into payments_entry (id, payment_id, attempt_id, kind,
                debit, credit, amount_minor, currency, occurred_at)
            select payment_id, payment_id, attempt_id, kind, debit, credit, amount_minor, currency,
                0 from payments_entry where kind = 'capture'").await;
        assert!(answer.contains("already exists"), "{answer:?}");
    }

    async fn an_order_has_one_open_payment_at_most(app: TestApp) {
        place(&app, "sandbox", 500).await;
        let answer = refused(&app, "insert into payments_payment (id, order_id, method, provider,
                currency, amount_minor, status, authorized_minor, captured_minor, voided_minor,
                refunded_minor, correlation, version, created_at, updated_at)
            select correlation, order_id, method, provider, currency, 5, 'pending', 0, 0, 0, 0,
                correlation, 1, 0, 0 from payments_payment").await;
        assert!(answer.contains("already exists"), "{answer:?}");
        work(&app).await;
    }
}
