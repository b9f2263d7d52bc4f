//! Every audit of people, seen red.

use crate::{app, enter};
use testkit::{Harm, TestApp, every_audit_is_seen_red, on_both};

const HARMS: &[Harm] = &[Harm::new(
    "people-erased-are-not-searchable",
    &["delete from people_client"],
)];

on_both! {
    async fn the_audits_see_what_went_around_the_use_cases(app: TestApp) {
        enter(&app, "Anna", "anna@example.com").await;
        let audits = people::module(app.host(), None).audits;
        every_audit_is_seen_red(&app, audits, HARMS).await;
    }
}
