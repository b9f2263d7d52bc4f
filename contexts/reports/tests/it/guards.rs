//! Each audit is seen red.

use crate::shop::{app, imported, moved, placed, tell};
use platform::module::run_audits;
use testkit::{TestApp, on_both};

async fn findings(app: &TestApp) -> Vec<&'static str> {
    let audits = reports::module(app.host()).audits;
    let found = run_audits(&app.host().db, audits).await.unwrap();
    let mut names: Vec<_> = found.into_iter().map(|one| one.audit).collect();
    names.dedup();
    names
}

async fn break_it(app: &TestApp, sql: &'static str) {
    let mut tx = app.host().db.begin().await.unwrap();
    tx.query(sql).execute().await.unwrap();
    tx.commit().await.unwrap();
}

on_both! {
    async fn sums_that_differ_from_what_was_kept_are_found(app: TestApp) {
        tell(&app, &placed(1, 7, &[(1, 2, 500)]), 1).await;
        tell(&app, &imported(2, "2010-12-01T08:26:00Z", &[(1, 3, 100)], "EIRE"), 1).await;
        tell(&app, &moved(&app, &[(1, 20, 5, None, 2)]), 1).await;
        assert_eq!(findings(&app).await, Vec::<&str>::new());

        break_it(&app, "update reports_order set gross_minor = gross_minor + 1").await;
        assert_eq!(findings(&app).await, ["sales-of-a-day-equal-its-orders"]);
        break_it(&app, "update reports_order set gross_minor = gross_minor - 1").await;

        break_it(&app, "update reports_client_day set units = units + 1").await;
        assert_eq!(findings(&app).await, ["products-and-clients-add-up-to-sales"]);
        break_it(&app, "update reports_client_day set units = units - 1").await;

        reports::close_months(app.host()).await.unwrap();
        break_it(&app, "update reports_span set gross_minor = gross_minor + 1 where months = 1
            and what = 'clients'").await;
        assert_eq!(findings(&app).await, ["months-and-years-add-up-to-their-days"]);
        break_it(&app, "update reports_span set gross_minor = gross_minor - 1 where months = 1
            and what = 'clients'").await;

        break_it(&app, "update reports_level set reserved = -1").await;
        assert_eq!(findings(&app).await, ["nothing-counted-is-below-zero"]);
        break_it(&app, "update reports_level set reserved = 0").await;
        assert_eq!(findings(&app).await, Vec::<&str>::new());
    }
}
