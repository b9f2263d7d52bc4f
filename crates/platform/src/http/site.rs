//! Puts everything together: routes of all contexts, health, documents, and what is around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::normalize_path::NormalizePath;

use crate::config::Settings;
use crate::module::Host;

use super::authenticate::Authenticate;
use super::metrics::{self, Meters};
use super::pipeline::{self, Pipeline};
use super::retry::Retries;
use super::routes::{Limits, RouteTable};
use super::{docs, fallback, health, request_id};

/// The whole API as one service; a trailing slash makes no difference to it.
pub type Site = NormalizePath<Router>;

/// Smaller answers grow under gzip, or save nothing worth the time.
const GZIP_FROM_BYTES: u16 = 1024;
/// How long a browser need not ask again whether it may call.
const CORS_AGE: Duration = Duration::from_secs(60 * 60);

/// All routes of the process: those of the contexts and the platform's own.
pub fn all_routes(host: &Host, contexts: RouteTable) -> RouteTable {
    let health = health::routes(host.db.clone(), host.settings.environment);
    contexts.merge(health.into_table())
}

/// Serves `table` (see [`all_routes`]) with everything that belongs around it.
pub fn site(host: &Host, authenticate: Arc<dyn Authenticate>, table: RouteTable) -> Site {
    let settings = &host.settings;
    let meters = Meters::new(table.infos());
    let documents = docs::router(&table.openapi(), settings.serves_docs());
    let limits = &settings.limits;
    let usual = Limits {
        body: limits.body_bytes,
        timeout: limits.request_timeout,
    };
    let retries = Retries::new(host.db.clone(), host.source.clone());
    let pipeline = Pipeline::new(settings, host.source.clone(), authenticate, meters);
    let router = table
        .into_router(usual, limits.body_timeout, &retries)
        .merge(documents)
        .route("/metrics", get(metrics::page))
        .fallback(fallback::no_route)
        .method_not_allowed_fallback(fallback::no_method)
        .layer(gzip())
        .layer(from_fn_with_state(Arc::new(pipeline), pipeline::pass));
    NormalizePath::trim_trailing_slash(with_cors(router, settings))
}

fn gzip() -> CompressionLayer<impl Predicate> {
    let worth_it = DefaultPredicate::new().and(SizeAbove::new(u64::from(GZIP_FROM_BYTES)));
    CompressionLayer::new().compress_when(worth_it)
}

/// Browsers of other origins may call only when their origin is listed.
fn with_cors(router: Router, settings: &Settings) -> Router {
    let origins = settings.cors_origins.iter();
    let origins: Vec<HeaderValue> = origins.filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return router;
    }
    let own = HeaderName::from_static;
    let sent = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        own("idempotency-key"),
        own("traceparent"),
        own(request_id::X_REQUEST_ID),
    ];
    let read = [
        header::ETAG,
        header::LOCATION,
        header::RETRY_AFTER,
        own("idempotency-replayed"),
        own("ratelimit-limit"),
        own("ratelimit-remaining"),
        own("ratelimit-reset"),
        own(request_id::X_REQUEST_ID),
    ];
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    router.layer(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods(methods)
            .allow_headers(sent)
            .expose_headers(read)
            .max_age(CORS_AGE),
    )
}
