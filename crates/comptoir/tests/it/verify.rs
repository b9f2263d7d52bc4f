//! `comptoir verify`, as an operator runs it while the shop is open.

use crate::binary::{Till, on_both_by_binary};
use crate::served::Served;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use testkit::Engine;

/// One of what each of these contexts must account for.
const AUDITS: [&str; 7] = [
    "stock-equals-movements",
    "payment-sums-equal-the-ledger",
    "no-order-is-charged-twice",
    "orders-that-wait-have-a-saga",
    "what-is-packed-is-in-shipments",
    "a-notice-is-delivered-once",
    "sales-of-a-day-equal-its-orders",
];

/// Sales by card wait for their buyer, and so for as long as a test needs.
const WAITING: [(&str, &str); 1] = [("COMPTOIR_SANDBOX_SWITCHES", "redirect")];

/// Takes a database's guards away, so that something can be done behind the shop's back.
async fn unguard(till: &Till) {
    let guards = match till.engine() {
        Engine::Sqlite => [
            "drop trigger inventory_level_guard",
            "drop trigger payments_payment_guard",
        ],
        Engine::Postgres => [
            "drop trigger inventory_level_guard on inventory_level",
            "drop trigger payments_payment_guard on payments_payment",
        ],
    };
    for guard in guards {
        till.tamper(guard).await;
    }
}

/// Sells until it is told to stop; a cash sale moves stock, money and every report.
fn sell(served: &Served, goods: &(String, String), stop: &AtomicBool, sold: &AtomicU32) {
    while !stop.load(Ordering::Relaxed) {
        served.order(goods, "cash");
        sold.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits until the money of every sale is in the ledger.
async fn all_is_booked(till: &Till) {
    let unbooked = "select count(*) as n from payments_order where unbooked";
    crate::served::until(async || (till.count(unbooked).await == 0).then_some(())).await;
}

on_both_by_binary! {
    async fn an_open_shop_that_sells_has_no_differences(till: &Till) {
        let empty = till.run(&["verify"]);
        assert_eq!(empty.code, Some(0), "{empty:?}");
        for audit in AUDITS {
            assert!(empty.out.contains(audit), "{audit} is not in {}", empty.out);
        }
        let served = till.serve(&WAITING).await;
        let goods = served.furnish();
        served.order(&goods, "sandbox");
        let (stop, sold) = (AtomicBool::new(false), AtomicU32::new(0));
        let looks = thread::scope(|scope| {
            scope.spawn(|| sell(&served, &goods, &stop, &sold));
            let look = |_| {
                let before = sold.load(Ordering::Relaxed);
                (till.run(&["verify"]), sold.load(Ordering::Relaxed) - before)
            };
            let looks: Vec<_> = (0..5).map(look).collect();
            stop.store(true, Ordering::Relaxed);
            looks
        });
        for (live, meanwhile) in looks {
            assert_eq!(live.code, Some(0), "{}", live.out);
            assert!(live.out.contains("of 9 contexts: no differences"), "{}", live.out);
            assert!(meanwhile > 0, "nothing was sold while it looked");
        }
    }

    async fn what_differs_of_stock_money_and_sagas_is_named(till: &Till) {
        let served = till.serve(&WAITING).await;
        let goods = served.furnish();
        served.order(&goods, "sandbox");
        let paid = served.order(&goods, "cash")["number"].as_str().unwrap().to_owned();
        all_is_booked(till).await;
        unguard(till).await;
        for (sql, said) in [
            ("update inventory_level set on_hand = on_hand + 1", "stock-equals-movements: "),
            ("update payments_payment set captured_minor = captured_minor - 1
                where captured_minor > 0",
                &format!("payment-sums-equal-the-ledger: {paid}: ")),
            ("delete from orders_saga where state <> 'done'",
                "orders-that-wait-have-a-saga: order "),
        ] {
            let before = till.run(&["verify"]).out.matches(said).count();
            assert_eq!(till.tamper(sql).await, 1, "{sql}");
            let differs = till.run(&["verify"]);
            assert_eq!(differs.code, Some(1), "{}", differs.out);
            assert_eq!((before, differs.out.matches(said).count()), (0, 1), "{}", differs.out);
        }
        let all = till.run(&["verify"]);
        assert!(all.out.contains("of 9 contexts: 3 differences"), "{}", all.out);
    }
}
