//! What answering costs when nothing has to be found out: a handler that answers the same bytes
//! from memory. `cargo xtask bench` compares reading a product with it.
//!
//! As it is, the whole HTTP layer is around the handler, with the shop's own access tokens; with
//! `--bare` there is nothing but axum.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt as _;
use clap::Parser;
use comptoir::wiring::{AllSettings, Shop};
use platform::Source;
use platform::config::{Options, Settings};
use platform::http::{Allow, Path, Problem, Routes, all_routes, serve, site};
use platform::routes;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The bytes every request is answered with.
#[derive(Clone)]
struct Answer(Bytes);

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
    /// The file whose bytes are the answer
    #[arg(long)]
    body: PathBuf,
    /// Nothing but axum around the handler; every request is answered
    #[arg(long)]
    bare: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cli = Cli::parse();
    let body = Bytes::from(std::fs::read(&cli.body)?);
    let settings = Settings::load(&cli.options, comptoir::commands::environment)?;
    if cli.bare {
        return bare(&settings, body).await;
    }
    platform::telemetry::start(settings.environment, &settings.log)?;
    let settings = AllSettings::beside(Arc::new(settings), &|_| None)?;
    let shop = Shop::open(settings, Source::system()).await?;
    let routes = Routes::new(Answer(body)).add(Allow::anyone(), routes!(product));
    let host = shop.host();
    let table = all_routes(host, routes.into_table());
    let site = site(host, identity::authenticator(host), table);
    let listener = std::net::TcpListener::bind(host.settings.listen)?;
    serve(
        listener,
        site,
        &host.settings.limits,
        std::future::pending(),
    )
    .await?;
    Ok(())
}

async fn bare(settings: &Settings, body: Bytes) -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind(settings.listen).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true); // a slower answer is still an answer
    });
    axum::serve(listener, Router::new().fallback(anything).with_state(body)).await?;
    Ok(())
}

async fn anything(State(body): State<Bytes>) -> impl IntoResponse {
    json(body)
}

/// The product, whichever was asked for.
#[utoipa::path(get, path = "/v1/products/{id}", tag = "catalog",
    params(("id" = String, Path)),
    responses((status = 200, description = "The product", body = String)))]
async fn product(
    State(Answer(body)): State<Answer>,
    Path(_id): Path<kernel::ProductId>,
) -> Result<Response, Problem> {
    Ok(json(body).into_response())
}

fn json(body: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], body)
}
