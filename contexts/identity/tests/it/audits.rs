//! Every audit of identity, seen red.

use super::*;
use testkit::{Harm, every_audit_is_seen_red};

const HARMS: &[Harm] = &[
    Harm::new(
        "disabled-users-have-no-open-session",
        &["update identity_user set disabled_at = 1"],
    ),
    Harm::new(
        "only-erased-users-lack-an-address",
        &["update identity_user set email_index = null"],
    ),
    Harm::new(
        "only-erased-users-lack-an-address",
        &["update identity_user set password_hash = null"],
    ),
];

on_both! {
    async fn the_audits_see_what_went_around_the_use_cases(app: TestApp) {
        register_anna(&app).await;
        anna_logs_in(&app).await;
        let audits = identity::module(app.host()).audits;
        every_audit_is_seen_red(&app, audits, HARMS).await;
    }
}
