//! The shop of these tests: notes that can be pinned to a wall, over a SQLite file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use secrecy::SecretSlice;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tower::ServiceExt;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Answer;
use crate::auth::{Caller, Principal, PrincipalKind, Role, Roles, Tokens as AccessTokens};
use crate::config::Settings;
use crate::db::{Db, DbError, DbOptions};
use crate::http::*;
use crate::module::{Host, PLATFORM_MIGRATIONS};
use crate::routes;
use crate::source::Source;
use crate::vault::Vault;

/// A running shop.
pub struct Shop {
    pub desk: Desk,
    pub site: Site,
    pub table: Vec<RouteInfo>,
    _folder: tempfile::TempDir,
}

/// What the handlers work with.
#[derive(Clone)]
pub struct Desk {
    pub host: Host,
    /// Slow handlers wait for this.
    pub go: Arc<Notify>,
    /// How often a handler ran.
    pub runs: Arc<AtomicU32>,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::for_tests();
        change(&mut settings);
        let source = Source::system();
        let url = format!("sqlite://{}/shop.db", folder.path().display());
        let db = Db::connect(&url, DbOptions::default(), source.clone())
            .await
            .unwrap();
        db.migrate("platform", PLATFORM_MIGRATIONS).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let table = "create table test_note (id uuid primary key, text text not null unique)";
        tx.query(table).execute().await.unwrap();
        tx.commit().await.unwrap();
        let master = SecretSlice::from(vec![7; 32]);
        let vault = Vault::new(&master, source.clone(), None);
        let tokens = AccessTokens::new(source.clone(), "test", "test");
        let host = Host {
            db,
            source,
            vault,
            tokens,
            settings: Arc::new(settings),
            load: crate::Load::default(),
        };
        Self::around(host, folder)
    }

    /// Another process over the same database.
    pub async fn beside(other: &Self) -> Self {
        Self::around(other.desk.host.clone(), tempfile::tempdir().unwrap())
    }

    fn around(host: Host, folder: tempfile::TempDir) -> Self {
        let (go, runs) = Default::default();
        let desk = Desk {
            host: host.clone(),
            go,
            runs,
        };
        let table = all_routes(&host, routes(desk.clone()).into_table());
        let infos = table.infos().to_vec();
        let site = site(&host, Arc::new(Tokens), table);
        Self {
            desk,
            site,
            table: infos,
            _folder: folder,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.site.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// Its status alone, of answers without end too.
    pub async fn status(&self, request: Request<Body>) -> u16 {
        let response = self.site.clone().oneshot(request).await.unwrap();
        response.status().as_u16()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.desk.host.db.read().await.unwrap();
        tx.query(sql).fetch_one().await.unwrap().get("n").unwrap()
    }

    pub async fn notes(&self) -> i64 {
        self.count("select count(*) as n from test_note").await
    }

    pub fn runs(&self) -> u32 {
        self.desk.runs.load(Ordering::SeqCst)
    }
}

/// The token is the role: `clerk`, or `clerk-2` for another person with it.
pub struct Tokens;

impl Authenticate for Tokens {
    fn authenticate<'a>(&'a self, bearer: &'a str) -> BoxFuture<'a, Result<Caller, Problem>> {
        let (role, number) = bearer.split_once('-').unwrap_or((bearer, "1"));
        let role = role
            .parse::<Role>()
            .map_err(|_| Problem::unauthenticated("bad token"));
        let subject = Uuid::from_u128(number.parse().unwrap());
        let principal = role.map(|role| Principal {
            subject,
            kind: PrincipalKind::User,
            roles: Roles::of(&[role]),
            client: None,
            stores: None,
        });
        async move { principal.map(Caller::from) }.boxed()
    }
}

pub fn routes(desk: Desk) -> Routes<Desk> {
    let large = Limits {
        body: 4 * 1024 * 1024,
        timeout: Duration::from_secs(60),
    };
    Routes::new(desk)
        .schema::<Colour>()
        .add(Allow::anyone(), routes!(list_notes))
        .add(Allow::anyone(), routes!(read_note))
        .add(Allow::anyone(), routes!(pin_note))
        .add(Allow::only(STAFF), routes!(change_note))
        .add(Allow::only(MANAGERS).or_own(), routes!(whoami))
        .add(Allow::anyone().despite_bad_token(), routes!(order))
        .add(Allow::anyone(), routes!(slow))
        .add(Allow::anyone(), routes!(busy))
        .add(Allow::anyone(), routes!(panicking))
        .add(Allow::anyone(), routes!(broken))
        .add_with_own_retry(Allow::anyone(), routes!(own_retry))
        .add_with_limits(Allow::anyone(), large, routes!(import))
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotePatch {
    #[serde(default)]
    pub text: Patch<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    pub name: String,
    pub quantity: u32,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    pub items: Vec<OrderLine>,
    pub note: Option<String>,
    pub extra: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    #[serde(default)]
    pub limit: kernel::Limit,
    pub text: Option<String>,
    pub colour: Option<Colour>,
    #[serde(default)]
    pub count: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Yellow,
}

/// Lists notes.
#[utoipa::path(get, path = "/v1/notes", tag = "notes", params(Filter),
    responses((status = 200, body = Vec<Note>), Errors))]
async fn list_notes(Query(filter): Query<Filter>) -> Json<Vec<Note>> {
    let _ = (filter.count, filter.colour);
    let long = "x".repeat(usize::try_from(filter.limit.get()).unwrap() * 100);
    Json(vec![Note {
        text: filter.text.unwrap_or(long),
    }])
}

/// Reads a note.
#[utoipa::path(get, path = "/v1/notes/{id}", tag = "notes",
    responses((status = 200, body = Note), Errors))]
async fn read_note(Path(id): Path<kernel::ImageId>) -> Tagged<Note> {
    Tagged {
        version: 3,
        body: Note {
            text: id.to_string(),
        },
    }
}

/// Pins a note to the wall.
#[utoipa::path(post, path = "/v1/notes", tag = "notes", request_body = Note,
    responses((status = 201, body = Note), Errors))]
async fn pin_note(
    State(desk): State<Desk>,
    Json(note): Json<Note>,
) -> Result<Created<Note>, Problem> {
    desk.runs.fetch_add(1, Ordering::SeqCst);
    let id = desk.pin(&note.text).await?;
    Ok(Created {
        location: format!("/v1/notes/{id}"),
        version: 1,
        body: note,
    })
}

impl Desk {
    async fn pin(&self, text: &str) -> Result<Uuid, Problem> {
        let mut tx = self.host.db.begin().await?;
        let id = self.host.source.uuid();
        let sql = "insert into test_note (id, text) values ($1, $2) on conflict do nothing";
        let added = tx.query(sql).bind(id).bind(text).execute().await?;
        if added == 0 {
            return Err(Problem::new(
                kernel::ErrorKind::Conflict,
                "DUPLICATE_NOTE",
                "pinned",
            ));
        }
        tx.commit().await?;
        Ok(id)
    }
}

/// Changes a note.
#[utoipa::path(patch, path = "/v1/notes/{id}", tag = "notes", params(IfMatch),
    request_body = NotePatch, responses((status = 200, body = Note), Errors))]
async fn change_note(
    Path(id): Path<kernel::ImageId>,
    if_match: IfMatch,
    Json(patch): Json<NotePatch>,
) -> Result<Tagged<Note>, Problem> {
    if_match.check(3)?;
    let text = patch.text.over(Some(id.to_string())).unwrap_or_default();
    Ok(Tagged {
        version: 4,
        body: Note { text },
    })
}

/// Who is asking?
#[utoipa::path(get, path = "/v1/whoami", tag = "notes", responses((status = 200), Errors))]
async fn whoami(principal: Principal, address: Address) -> String {
    format!("{} from {}", principal.actor(), address.0)
}

/// Takes an order.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", request_body = NewOrder,
    responses((status = 200, body = NewOrder), Errors))]
async fn order(State(desk): State<Desk>, Json(order): Json<NewOrder>) -> Json<NewOrder> {
    desk.runs.fetch_add(1, Ordering::SeqCst);
    Json(order)
}

/// Waits, then pins a note.
#[utoipa::path(post, path = "/v1/slow", tag = "notes", request_body = Note,
    responses((status = 204), Errors))]
async fn slow(State(desk): State<Desk>, Json(note): Json<Note>) -> Result<NoContent, Problem> {
    desk.runs.fetch_add(1, Ordering::SeqCst);
    desk.go.notified().await;
    desk.pin(&note.text).await?;
    Ok(NoContent)
}

/// Pins a note and loses against another transaction as often as `quantity` says.
#[utoipa::path(post, path = "/v1/busy", tag = "notes", request_body = OrderLine,
    responses((status = 204), Errors))]
async fn busy(State(desk): State<Desk>, Json(line): Json<OrderLine>) -> Result<NoContent, Problem> {
    let run = desk.runs.fetch_add(1, Ordering::SeqCst);
    desk.pin(&line.name).await?;
    if run < line.quantity {
        return Err(DbError::Busy.into());
    }
    Ok(NoContent)
}

/// Panics.
#[utoipa::path(get, path = "/v1/panic", tag = "notes", responses((status = 204), Errors))]
async fn panicking() -> NoContent {
    panic!("secret internals")
}

/// Pins a note, then fails.
#[utoipa::path(post, path = "/v1/broken", tag = "notes", responses((status = 204), Errors))]
async fn broken(State(desk): State<Desk>) -> Result<NoContent, Problem> {
    desk.pin("half done").await?;
    Err(DbError::Bug("select * from secret_table".to_owned()).into())
}

/// Tells the retry key it got.
#[utoipa::path(post, path = "/v1/own-retry", tag = "notes", responses((status = 200), Errors))]
async fn own_retry(key: Option<Extension<RetryKey>>) -> String {
    key.map(|Extension(key)| format!("{key:?}"))
        .unwrap_or_default()
}

/// Counts the bytes of a large body.
#[utoipa::path(post, path = "/v1/import", tag = "notes", responses((status = 200), Errors))]
async fn import(State(desk): State<Desk>, body: Body) -> Result<Json<usize>, Problem> {
    desk.runs.fetch_add(1, Ordering::SeqCst);
    let mut body = body;
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|fault| unreadable(&fault))?;
        length += frame.data_ref().map_or(0, |data| data.len());
    }
    Ok(Json(length))
}
