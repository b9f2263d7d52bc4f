//! Two processes, one database, one key: one effect, one answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use http_body_util::BodyExt as _;
use platform::db::{Migration, Migrations};
use platform::http::{
    Allow, Authenticate, Caller, Errors, Json, Problem, RouteTable, Routes, Site, all_routes, site,
};
use platform::routes;
use platform::{DbError, Host, Module};
use serde::{Deserialize, Serialize};
use testkit::{TestApp, on_both};
use tower::ServiceExt as _;
use utoipa::ToSchema;

const WALL: Migrations = &[Migration {
    name: "0001_wall",
    both: "create table wall_note (id uuid primary key, text text not null)",
    sqlite: "",
    postgres: "",
}];

fn app(host: &Host) -> Vec<Module> {
    vec![Module::new("wall").migrations(WALL).routes(routes(host))]
}

fn routes(host: &Host) -> RouteTable {
    Routes::new(host.clone())
        .add(Allow::anyone(), routes!(pin_note))
        .into_table()
}

#[derive(Serialize, Deserialize, ToSchema)]
struct Note {
    text: String,
}

#[derive(Serialize, ToSchema)]
struct Pinned {
    id: String,
}

/// Pins a note, as often as it is asked to.
#[utoipa::path(post, path = "/v1/notes", request_body = Note,
    responses((status = 200, body = Pinned), Errors))]
async fn pin_note(
    State(host): State<Host>,
    Json(note): Json<Note>,
) -> Result<Json<Pinned>, Problem> {
    let id = host.source.uuid();
    let mut tx = host.db.begin().await?;
    let sql = "insert into wall_note (id, text) values ($1, $2)";
    tx.query(sql).bind(id).bind(note.text).execute().await?;
    tx.commit().await?;
    Ok(Json(Pinned { id: id.to_string() }))
}

struct Nobody;

impl Authenticate for Nobody {
    fn authenticate<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Caller, Problem>> {
        async { Err(Problem::unauthenticated("nobody is known here")) }.boxed()
    }
}

/// A process of its own over the database of `app`: keys being worked on are not shared.
fn process(app: &TestApp) -> Site {
    let host = app.host();
    site(host, Arc::new(Nobody), all_routes(host, routes(host)))
}

async fn pin(process: Site, key: String) -> (u16, Vec<u8>, bool) {
    let request = Request::post("/v1/notes")
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(Body::from(r#"{"text": "milk"}"#))
        .unwrap();
    let response = process.oneshot(request).await.unwrap();
    let replayed = response.headers().contains_key("idempotency-replayed");
    let (status, body) = (response.status().as_u16(), response.into_body());
    (
        status,
        body.collect().await.unwrap().to_bytes().to_vec(),
        replayed,
    )
}

async fn notes(app: &TestApp) -> Result<i64, DbError> {
    let mut tx = app.host().db.read().await?;
    tx.query("select count(*) as n from wall_note")
        .fetch_one()
        .await?
        .get("n")
}

on_both! {
    async fn however_many_processes_are_asked_at_once_it_is_done_once(app: TestApp) {
        for key in 0..20 {
            let processes: Vec<_> = (0..8).map(|_| process(&app)).collect();
            let asked = processes.into_iter().map(|one| tokio::spawn(pin(one, key.to_string())));
            let answers: Vec<_> = join_all(asked).await.into_iter().map(Result::unwrap).collect();
            let first = answers.iter().filter(|(_, _, replayed)| !replayed).count();
            assert_eq!(first, 1, "{answers:?}");
            for (status, body, _) in &answers {
                assert_eq!((*status, body), (200, &answers[0].1));
            }
        }
        assert_eq!(notes(&app).await.unwrap(), 20);
    }

    async fn a_stored_answer_outlives_its_process(app: TestApp) {
        let first = pin(process(&app), "k".to_owned()).await;
        let again = pin(process(&app), "k".to_owned()).await;
        assert_eq!((first.0, &first.1, again.2), (200, &again.1, true));
        assert_eq!(notes(&app).await.unwrap(), 1);
    }
}
