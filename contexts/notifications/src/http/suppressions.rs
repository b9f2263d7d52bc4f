//! Addresses that do not take everything: what providers report, what is known, what is taken back.

use super::views::{SuppressionInput, SuppressionView};
use crate::kind::Channel;
use crate::notifications::Notifications;
use crate::store::suppressions::Filter;
use crate::suppress;
use crate::suppression::{Cause, reported};
use axum::extract::State;
use kernel::{Cursor, Limit, Page, SuppressionId};
use platform::http::{Created, Errors, Json, NoContent, Path, Problem, Query, Tagged};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which suppressions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuppressionParams {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    pub count: bool,
    pub channel: Option<Channel>,
    pub reason: Option<Cause>,
    /// The whole address, as mail or text messages are sent to it.
    #[param(max_length = 254, example = "anna@example.com")]
    pub address: Option<String>,
}

/// Report that an address bounced, or that somebody called what came there spam.
///
/// After a `bounce` nothing is sent there any more; after a `complaint` only what belongs to a sale
/// or to an account. Twice is the same as once. 422 `INVALID_ADDRESS` for what is no address of the
/// channel.
#[utoipa::path(
    post, path = "/v1/notification-suppressions", tag = "notifications",
    request_body = SuppressionInput,
    responses((status = 201, description = "The suppression", body = SuppressionView,
        headers(("Location" = String, description = "The suppression's path"))), Errors)
)]
pub async fn report_suppression(
    State(notifications): State<Notifications>,
    Json(input): Json<SuppressionInput>,
) -> Result<Created<SuppressionView>, Problem> {
    let (channel, address) = (input.channel, input.address.into_string());
    let made = suppress::report(&notifications, channel, &address, input.reason).await?;
    Ok(Created {
        location: format!("/v1/notification-suppressions/{}", made.id),
        version: 1,
        body: made.into(),
    })
}

/// List the addresses that do not take everything, newest first.
#[utoipa::path(
    get, path = "/v1/notification-suppressions", tag = "notifications",
    params(SuppressionParams),
    responses((status = 200, description = "A page of suppressions",
        body = Page<SuppressionView>), Errors)
)]
pub async fn list_suppressions(
    State(notifications): State<Notifications>,
    Query(params): Query<SuppressionParams>,
) -> Result<Json<Page<SuppressionView>>, Problem> {
    let after = params.cursor.as_ref().map(Cursor::read).transpose()?;
    let vault = &notifications.host.vault;
    let filter = Filter {
        channel: params.channel,
        cause: params.reason,
        address: params.address.map(|text| {
            let forms = Channel::ALL.map(|channel| reported(channel, &text).ok());
            let address = forms.into_iter().flatten().next().unwrap_or(text);
            suppress::hash(vault, &address)
        }),
    };
    let narrow = (params.limit, params.count);
    let page = suppress::list(&notifications, &filter, after, narrow).await?;
    Ok(Json(page.map(SuppressionView::from)))
}

/// Read a suppression.
#[utoipa::path(
    get, path = "/v1/notification-suppressions/{id}", tag = "notifications",
    params(("id" = SuppressionId, Path, description = "The suppression")),
    responses((status = 200, description = "The suppression", body = SuppressionView), Errors)
)]
pub async fn read_suppression(
    State(notifications): State<Notifications>,
    Path(id): Path<SuppressionId>,
) -> Result<Tagged<SuppressionView>, Problem> {
    let suppression = suppress::read(&notifications, id).await?;
    Ok(Tagged {
        version: 1,
        body: suppression.into(),
    })
}

/// Take a suppression back: its address is written to again.
#[utoipa::path(
    delete, path = "/v1/notification-suppressions/{id}", tag = "notifications",
    params(("id" = SuppressionId, Path, description = "The suppression")),
    responses((status = 204, description = "It is gone"), Errors)
)]
pub async fn remove_suppression(
    State(notifications): State<Notifications>,
    Path(id): Path<SuppressionId>,
) -> Result<NoContent, Problem> {
    suppress::remove(&notifications, id).await?;
    Ok(NoContent)
}
