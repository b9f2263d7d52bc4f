//! The delivery log: lists, one notice with its attempts, another try.

use super::may_see;
use super::views::NoticeView;
use crate::kind::{Channel, Kind};
use crate::notice::{Notice, Status};
use crate::notifications::Notifications;
use crate::read::{self, Filter};
use crate::replay;
use axum::extract::State;
use kernel::{ClientId, Cursor, Limit, NotificationId, OrderId, Page};
use platform::auth::Principal;
use platform::http::{Errors, Json, Path, Problem, Query, Tagged};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    pub count: bool,
    pub status: Option<Status>,
    pub kind: Option<Kind>,
    pub channel: Option<Channel>,
    pub order_id: Option<OrderId>,
    /// What goes to this client, or to the user they are.
    pub client_id: Option<ClientId>,
}

/// List notifications, newest first; `?status=dead` for what could not be delivered.
///
/// Who is limited to stores sees what is told of their orders, and what is about no order.
#[utoipa::path(
    get, path = "/v1/notifications", tag = "notifications", params(ListParams),
    responses((status = 200, description = "A page of notifications", body = Page<NoticeView>),
        Errors)
)]
pub async fn list_notifications(
    State(notifications): State<Notifications>,
    principal: Principal,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<NoticeView>>, Problem> {
    let filter = Filter {
        status: params.status,
        kind: params.kind,
        channel: params.channel,
        order_id: params.order_id,
        client_id: params.client_id,
        only_stores: principal.only_stores().map(<[_]>::to_vec),
    };
    let host = &notifications.host;
    let after = params.cursor.as_ref().map(Cursor::read).transpose()?;
    let total = match params.count {
        true => Some(read::count_notices(host, &filter).await?),
        false => None,
    };
    let page = read::list_notices(host, &filter, after, params.limit).await?;
    Ok(Json(page.with_total(total).map(NoticeView::from)))
}

/// Read a notification with its attempts.
#[utoipa::path(
    get, path = "/v1/notifications/{id}", tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification")),
    responses((status = 200, description = "The notification", body = NoticeView), Errors)
)]
pub async fn read_notification(
    State(notifications): State<Notifications>,
    principal: Principal,
    Path(id): Path<NotificationId>,
) -> Result<Tagged<NoticeView>, Problem> {
    let found = read::read_notice(&notifications.host, id).await?;
    let seen = found.filter(|(notice, _)| may_see(&principal, notice));
    let (notice, attempts) = seen.ok_or_else(Problem::not_found)?;
    Ok(Tagged {
        version: notice.version,
        body: NoticeView::from(notice).with(attempts),
    })
}

/// Try a notification again: one that is dead or was skipped, or one that waits, at once.
///
/// 409 `ILLEGAL_TRANSITION` when there is nothing to try, `NOTIFICATION_EXPIRED` when the token in
/// it is worth nothing any more.
#[utoipa::path(
    post, path = "/v1/notifications/{id}/replay", tag = "notifications",
    params(("id" = NotificationId, Path, description = "The notification")),
    responses((status = 200, description = "The notification as it is now", body = NoticeView),
        Errors)
)]
pub async fn replay_notification(
    State(notifications): State<Notifications>,
    principal: Principal,
    Path(id): Path<NotificationId>,
) -> Result<Tagged<NoticeView>, Problem> {
    let visible = |notice: &Notice| may_see(&principal, notice);
    let notice = replay::replay_notice(&notifications.host, id, visible).await?;
    Ok(Tagged {
        version: notice.version,
        body: notice.into(),
    })
}
