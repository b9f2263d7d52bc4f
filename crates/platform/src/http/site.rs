//! Puts everything together: routes of all contexts, health, documents, and what is around them.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::Request as AnyRequest;
use axum::response::Response;
use axum::routing::get;
use axum::{BoxError, Router};
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tower::{Layer as _, Service};
use tower_http::cors::Cors;
use tower_http::normalize_path::NormalizePath;

use crate::module::Host;

use super::authenticate::Authenticate;
use super::metrics;
use super::pipeline::Pipeline;
use super::retry::Retries;
use super::routes::{Limits, RouteTable};
use super::{cors, docs, events, fallback, graphiql, health, streams};

/// The whole API as one service. A trailing slash makes no difference to it.
#[derive(Clone)]
pub struct Site {
    core: NormalizePath<Core>,
    closing: CancellationToken,
}

#[derive(Clone)]
enum Core {
    SameOrigin(Served),
    Cors(Box<Cors<Served>>),
}

/// The router within the pipeline.
#[derive(Clone)]
struct Served {
    pipeline: Arc<Pipeline>,
    router: Router,
    closing: CancellationToken,
}

/// All routes of the process: those of the contexts and the platform's own.
pub fn all_routes(host: &Host, contexts: RouteTable) -> RouteTable {
    let health = health::routes(host.db.clone(), host.settings.environment);
    contexts
        .with_graphql(host)
        .merge(health.into_table())
        .merge(events::routes(host).into_table())
}

/// Serves `table` (see [`all_routes`]) with everything that belongs around it.
pub fn site(host: &Host, authenticate: Arc<dyn Authenticate>, mut table: RouteTable) -> Site {
    let settings = &host.settings;
    let openapi = serde_json::to_vec(&table.openapi()).unwrap_or_default();
    let asyncapi = table.take_asyncapi().map(String::into_bytes);
    let documents = docs::router(openapi, asyncapi, settings.serves_docs());
    let asks = !table.graphql_schema().is_empty() && settings.serves_docs();
    let editor = if asks {
        graphiql::router()
    } else {
        Router::new()
    };
    let limits = &settings.limits;
    let usual = Limits {
        body: limits.body_bytes,
        timeout: limits.request_timeout,
    };
    let retries = Retries::new(host.db.clone(), host.source.clone());
    let pipeline = Pipeline::new(host, authenticate, table.infos());
    let router = table
        .into_router(usual, limits.body_timeout, &retries)
        .merge(documents)
        .merge(editor)
        .route("/metrics", get(metrics::page))
        .fallback(fallback::no_route)
        .method_not_allowed_fallback(fallback::no_method);
    let closing = CancellationToken::new();
    let served = Served {
        pipeline: Arc::new(pipeline),
        router,
        closing: closing.clone(),
    };
    let core = match cors::layer(&settings.cors_origins) {
        Some(cors) => Core::Cors(Box::new(cors.layer(served))),
        None => Core::SameOrigin(served),
    };
    let core = NormalizePath::trim_trailing_slash(core);
    Site { core, closing }
}

impl Site {
    /// Cancelled, it ends every answer that has no end of its own.
    pub(super) fn closing(&self) -> &CancellationToken {
        &self.closing
    }
}

impl<B> Service<AnyRequest<B>> for Site
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: AnyRequest<B>) -> Self::Future {
        self.core.call(request.map(Body::new))
    }
}

impl Service<Request> for Core {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self {
            Self::SameOrigin(served) => served.call(request),
            Self::Cors(cors) => Box::pin(cors.call(request)),
        }
    }
}

impl Service<Request> for Served {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self {
            pipeline,
            router,
            closing,
        } = self.clone();
        Box::pin(async move {
            let response = pipeline.serve(request, router).await;
            Ok(streams::until(closing, response))
        })
    }
}
