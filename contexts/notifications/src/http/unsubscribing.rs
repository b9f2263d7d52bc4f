//! The link at the end of what is not part of a sale: a page with one button, and what the button
//! does. Programs that open links to look at them unsubscribe nobody; mail programs that know
//! RFC 8058 press the button themselves.

use crate::notifications::Notifications;
use crate::unsubscribe as leaving;
use axum::extract::State;
use kernel::ErrorKind;
use platform::http::{Errors, Page, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

/// Who, and what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnsubscribeParams {
    /// As in the link.
    #[param(max_length = 200)]
    token: String,
}

const ASK: &str = r#"<p>You will not get messages of this kind any more. What belongs to your orders
and your account still reaches you.</p>
<p lang="fr" class="soft">Vous ne recevrez plus de messages de ce genre. Ce qui concerne vos
commandes et votre compte vous parviendra toujours.</p>
<form method="post"><button class="go">Unsubscribe · Se désabonner</button></form>"#;
const DONE: &str = r#"<p>You will not get messages of this kind any more.</p>
<p lang="fr" class="soft">Vous ne recevrez plus de messages de ce genre.</p>"#;

fn bad_token() -> Problem {
    let message = "this link is not good";
    let problem = Problem::new(ErrorKind::Invalid, "INVALID_TOKEN", message);
    problem.detail("token", "INVALID_TOKEN", message)
}

/// The page behind an unsubscribe link.
#[utoipa::path(
    get, path = "/v1/notifications/unsubscribe", tag = "notifications", params(UnsubscribeParams),
    responses((status = 200, description = "A page for browsers", content_type = "text/html",
        body = String), Errors)
)]
pub async fn show_unsubscribe(
    State(notifications): State<Notifications>,
    Query(params): Query<UnsubscribeParams>,
) -> Result<Page, Problem> {
    let known = leaving::read(&notifications.host.vault, &params.token);
    let page = Page::new("Unsubscribe", ASK);
    known.map(|_| page).ok_or_else(bad_token)
}

/// Unsubscribe from one kind of notification.
#[utoipa::path(
    post, path = "/v1/notifications/unsubscribe", tag = "notifications",
    params(UnsubscribeParams),
    responses((status = 200, description = "A page for browsers", content_type = "text/html",
        body = String), Errors)
)]
pub async fn unsubscribe(
    State(notifications): State<Notifications>,
    Query(params): Query<UnsubscribeParams>,
) -> Result<Page, Problem> {
    let known = leaving::read(&notifications.host.vault, &params.token);
    let (person, kind) = known.ok_or_else(bad_token)?;
    leaving::unsubscribe(&notifications, person, kind).await?;
    Ok(Page::new("Unsubscribed", DONE))
}
