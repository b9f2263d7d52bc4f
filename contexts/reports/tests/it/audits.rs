//! Every audit of reports, seen red.

use crate::shop::{app, imported, moved, named, placed, tell};
use testkit::{Harm, TestApp, every_audit_is_seen_red, on_both};

const HARMS: &[Harm] = &[
    Harm::new(
        "sales-of-a-day-equal-its-orders",
        &["update reports_order set gross_minor = gross_minor + 1"],
    ),
    Harm::new(
        "products-and-clients-add-up-to-sales",
        &["update reports_client_day set units = units + 1"],
    ),
    Harm::new(
        "months-and-years-add-up-to-their-days",
        &["update reports_span set gross_minor = gross_minor + 1
           where months = 1 and what = 'clients'"],
    ),
    Harm::new(
        "running-totals-add-up-to-their-years",
        &["update reports_running_total set returned_minor = 1 where what = 'products'"],
    ),
    Harm::new(
        "stores-hold-what-their-levels-add-up-to",
        &["update reports_stock set low = low + 1"],
    ),
    Harm::new(
        "no-level-is-worth-more-than-its-most",
        &["update reports_level set worth_at_most = worth_at_most - 1"],
    ),
    Harm::new(
        "nothing-counted-is-below-zero",
        &["update reports_level set reserved = -1"],
    ),
];

on_both! {
    async fn the_audits_see_sums_that_differ_from_what_was_kept(app: TestApp) {
        tell(&app, &named(1, 30, "Lamp", 250), 1).await;
        tell(&app, &placed(1, 7, &[(1, 2, 500)]), 1).await;
        tell(&app, &imported(2, "2010-12-01T08:26:00Z", &[(1, 3, 100)], "EIRE"), 1).await;
        tell(&app, &moved(&app, &[(1, 20, 5, None, 2)]), 1).await;
        reports::close_months(app.host()).await.unwrap();
        let audits = reports::module(app.host()).audits;
        every_audit_is_seen_red(&app, audits, HARMS).await;
    }
}
