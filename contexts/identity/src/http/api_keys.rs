//! API keys, for administrators.

use super::Sort;
use crate::Identity;
use crate::api_key::{self, ApiKey, ApiKeyFault, NewApiKey};
use crate::create_api_key::{self, ApiKeyError};
use crate::store::api_keys as store;
use axum::extract::State;
use kernel::{ApiKeyId, BadCursor, Cursor, Limit, Name, Page, Timestamp};
use platform::auth::{Day, Roles, UsagePlan};
use platform::http::{Created, Errors, Json, NoContent, Path, Problem, Query, Tagged};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A machine's key; its secret is never shown again.
#[derive(Serialize, ToSchema)]
pub struct ApiKeyView {
    id: ApiKeyId,
    name: Name,
    roles: Roles,
    /// What it may send; null: the shop's own limit.
    #[schema(required)]
    plan: Option<PlanView>,
    /// Null: never.
    #[schema(required)]
    expires_at: Option<Timestamp>,
    /// Since when it opens nothing any more; null while it is in force.
    #[schema(required)]
    revoked_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What a key may send.
#[derive(Serialize, ToSchema)]
pub struct PlanView {
    /// On average; null: the shop's own limit.
    #[schema(required)]
    requests_per_second: Option<u32>,
    /// At once.
    #[schema(required)]
    burst: Option<u32>,
    /// From midnight to midnight UTC; null: as many as the rate allows.
    #[schema(required)]
    requests_per_day: Option<u32>,
    /// How many of these were made, a few seconds ago; null where nobody counts.
    #[schema(required)]
    requests_today: Option<i64>,
}

/// A new key with its secret.
#[derive(Serialize, ToSchema)]
pub struct NewApiKeyView {
    #[serde(flatten)]
    key: ApiKeyView,
    /// Send it as `Authorization: Bearer …`. It is shown here and nowhere else.
    #[schema(example = "key_01h455vb4pex5vsknk084sn02q_…")]
    secret: String,
}

/// A key for a machine.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    /// What the key is for.
    name: Name,
    /// Any but `customer`.
    #[schema(min_items = 1)]
    roles: Roles,
    /// Left out or null: the shop's own limit.
    plan: Option<NewPlan>,
    /// Left out or null: never.
    expires_at: Option<Timestamp>,
}

/// What a key may send: a rate, a number a day, or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// On average; with `burst`, or left out for the shop's own limit.
    #[schema(minimum = 1, example = 20)]
    requests_per_second: Option<u32>,
    /// At once; not below `requests_per_second`.
    #[schema(minimum = 1, example = 40)]
    burst: Option<u32>,
    /// From midnight to midnight UTC.
    #[schema(minimum = 1, example = 10000)]
    requests_per_day: Option<u32>,
}

/// Which keys.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyList {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Whether to count all keys that fit.
    #[serde(default)]
    count: bool,
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    revoked: Option<bool>,
}

impl NewPlan {
    fn read(self) -> Result<UsagePlan, ApiKeyFault> {
        api_key::plan(self.requests_per_second, self.burst, self.requests_per_day)
    }
}

impl PlanView {
    fn of(key: &ApiKey, today: Day) -> Option<Self> {
        let UsagePlan { rate, per_day } = key.plan;
        let has_one = rate.is_some() || per_day.is_some();
        has_one.then(|| Self {
            requests_per_second: rate.map(|rate| rate.per_second),
            burst: rate.map(|rate| rate.burst),
            requests_per_day: per_day.map(std::num::NonZeroU32::get),
            requests_today: per_day.map(|_| key.used.map_or(0, |used| used.on(today))),
        })
    }
}

impl ApiKeyView {
    fn of(key: ApiKey, now: Timestamp) -> Self {
        Self {
            id: key.id,
            plan: PlanView::of(&key, Day::of(now)),
            name: key.name,
            roles: key.roles,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            created_at: key.created_at,
            updated_at: key.updated_at,
        }
    }
}

/// List API keys
#[utoipa::path(
    get, path = "/v1/api-keys", tag = "identity",
    params(ApiKeyList),
    responses((status = 200, description = "A page of keys", body = Page<ApiKeyView>), Errors),
)]
pub async fn list_api_keys(
    State(identity): State<Identity>,
    Query(list): Query<ApiKeyList>,
) -> Result<Json<Page<ApiKeyView>>, Problem> {
    let after = list.cursor.as_ref().map(Cursor::read).transpose();
    let wanted = store::Wanted {
        revoked: list.revoked,
        newest_first: list.sort == Sort::Newest,
        after: after.map_err(|error: BadCursor| Problem::from(error))?,
        limit: list.limit,
    };
    let mut tx = identity.host.db.read().await?;
    let keys = store::list(&mut tx, &wanted).await?;
    let total = if list.count {
        Some(store::count(&mut tx, &wanted).await?)
    } else {
        None
    };
    let now = identity.host.source.now();
    let page = Page::cut(keys, list.limit, store::cursor).with_total(total);
    Ok(Json(page.map(|key| ApiKeyView::of(key, now))))
}

/// Make an API key
///
/// For machines: scanners, suppliers, integrations. The answer holds the secret; the shop keeps
/// only a hash of it.
#[utoipa::path(
    post, path = "/v1/api-keys", tag = "identity",
    request_body = CreateApiKey,
    responses(
        (status = 201, description = "The new key and its secret", body = NewApiKeyView),
        Errors,
    ),
)]
pub async fn create_api_key(
    State(identity): State<Identity>,
    Json(request): Json<CreateApiKey>,
) -> Result<Created<NewApiKeyView>, Problem> {
    let CreateApiKey {
        name,
        roles,
        plan,
        expires_at,
    } = request;
    let plan = plan.map(NewPlan::read).transpose();
    let wish = NewApiKey {
        name,
        roles,
        plan: plan.map_err(ApiKeyError::from)?.unwrap_or_default(),
        expires_at,
    };
    let (key, secret) = create_api_key::create(&identity.host, wish).await?;
    let now = identity.host.source.now();
    let (location, version) = (format!("/v1/api-keys/{}", key.id), key.version);
    let secret = secret.expose_secret().to_owned();
    Ok(Created {
        location,
        version,
        body: NewApiKeyView {
            key: ApiKeyView::of(key, now),
            secret,
        },
    })
}

/// Read an API key
#[utoipa::path(
    get, path = "/v1/api-keys/{id}", tag = "identity",
    params(("id" = ApiKeyId, Path, description = "The key")),
    responses((status = 200, description = "The key, secret aside", body = ApiKeyView), Errors),
)]
pub async fn read_api_key(
    State(identity): State<Identity>,
    Path(id): Path<ApiKeyId>,
) -> Result<Tagged<ApiKeyView>, Problem> {
    let mut tx = identity.host.db.read().await?;
    let key = store::read(&mut tx, id)
        .await?
        .ok_or(ApiKeyError::NotFound)?;
    Ok(Tagged {
        version: key.version,
        body: ApiKeyView::of(key, identity.host.source.now()),
    })
}

/// Revoke an API key
///
/// It opens nothing from now on. It stays in the list with `revoked_at`, because what it did is
/// written under its name.
#[utoipa::path(
    delete, path = "/v1/api-keys/{id}", tag = "identity",
    params(("id" = ApiKeyId, Path, description = "The key")),
    responses((status = 204, description = "The key is revoked"), Errors),
)]
pub async fn revoke_api_key(
    State(identity): State<Identity>,
    Path(id): Path<ApiKeyId>,
) -> Result<NoContent, Problem> {
    crate::revoke_api_key::revoke_api_key(&identity.host, id).await?;
    Ok(NoContent)
}
