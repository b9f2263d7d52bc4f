//! `comptoir verify`, as an operator runs it.

use kernel::ClientId;
use platform::Source;
use std::process::{Command, Output};
use testkit::{Engine, TestDatabase};

/// One of what each of these contexts must account for.
const AUDITS: [&str; 6] = [
    "stock-equals-movements",
    "payment-sums-equal-the-ledger",
    "no-order-is-charged-twice",
    "orders-that-wait-have-a-saga",
    "what-is-packed-is-in-shipments",
    "sales-of-a-day-equal-its-orders",
];

fn verify(database: &TestDatabase, folder: &std::path::Path) -> Output {
    let mut verify = Command::new(env!("CARGO_BIN_EXE_comptoir"));
    verify.arg("verify").env("COMPTOIR_DATA_DIR", folder);
    verify.env("DATABASE_URL", database.url());
    verify.output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_money_and_sagas_are_verified_and_what_differs_is_named() {
    let database = TestDatabase::empty(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let clean = verify(&database, folder.path());
    let said = String::from_utf8(clean.stdout).unwrap();
    assert!(clean.status.success(), "{said}");
    for audit in AUDITS {
        assert!(said.contains(audit), "{audit} is not in {said}");
    }
    assert!(said.contains("of 8 contexts: no differences"), "{said}");

    let source = Source::system();
    let db = database.connect(&source).await;
    let nobody = source.id::<ClientId>().uuid();
    let mut tx = db.begin().await.unwrap();
    tx.query("insert into people_word (word, person_id) values ($1, $2)")
        .bind(vec![7_u8; 16])
        .bind(nobody)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    db.close().await;

    let differs = verify(&database, folder.path());
    let said = String::from_utf8(differs.stdout).unwrap();
    assert!(!differs.status.success(), "{said}");
    assert!(
        said.contains("people-erased-are-not-searchable: client: "),
        "{said}"
    );
    assert!(said.contains("of 8 contexts: 1 difference"), "{said}");
    database.end().await;
}
