//! The route table: operations, who may call them and how they are documented, in one place.
//!
//! A route cannot be written down without an [`Allow`]. What comes out is a [`RouteTable`]: it
//! becomes a router, an OpenAPI document, and the list the authorisation matrix is made from.

use std::time::Duration;

use axum::Router;
use axum::http::Method;
use axum::routing::MethodRouter;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

use crate::module::Host;

use super::allow::Allow;
use super::gate::{self, Gate};
use super::graphql::{self, Part, Parts};
use super::operation::Operation;
use super::retry::{self, Retry};
use super::spec;

/// How large a request may be and how long it may take, where the usual 1 MiB and 5 s will not do.
/// The body of such an operation is not buffered: its handler takes an [`axum::body::Body`].
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes.
    pub body: usize,
    /// From the first byte of the request to the head of the answer.
    pub timeout: Duration,
}

/// One operation as the table lists it.
#[derive(Debug, Clone)]
pub struct RouteInfo {
    /// Its method.
    pub method: Method,
    /// Its path, with parameters in braces.
    pub path: String,
    /// Who may call it.
    pub allow: Allow,
    /// The part of the shop it belongs to.
    pub tag: String,
}

/// Routes of one context, over the state their handlers take.
#[must_use]
pub struct Routes<S = Host> {
    state: S,
    table: RouteTable,
}

/// Routes with their state filled in; several contexts' tables merge into the shop's.
#[must_use]
#[derive(Default)]
pub struct RouteTable {
    infos: Vec<RouteInfo>,
    mounts: Vec<Mount>,
    api: OpenApi,
    graphql: Parts,
    sdl: String,
    asyncapi: Option<String>,
}

struct Mount {
    path: String,
    handlers: MethodRouter,
    allow: Allow,
    limits: Option<Limits>,
    /// Reading operations need none.
    retry: Option<Retry>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet.
    pub fn new(state: S) -> Self {
        Self {
            state,
            table: RouteTable::default(),
        }
    }

    /// An operation. A POST of it is done once per `Idempotency-Key`.
    ///
    /// ```
    /// use platform::http::{Allow, Routes};
    /// use platform::routes;
    ///
    /// #[utoipa::path(get, path = "/v1/things", responses((status = 200)))]
    /// async fn list_things() {}
    ///
    /// let routes = Routes::new(()).add(Allow::signed_in(), routes!(list_things));
    /// assert_eq!(routes.table().len(), 1);
    /// ```
    ///
    /// One for which nobody has said who may call it does not compile:
    ///
    /// ```compile_fail
    /// use platform::http::{Allow, Routes};
    /// use platform::routes;
    ///
    /// #[utoipa::path(get, path = "/v1/things", responses((status = 200)))]
    /// async fn list_things() {}
    ///
    /// let routes = Routes::new(()).add(routes!(list_things));
    /// ```
    pub fn add(self, allow: Allow, operations: Vec<Operation<S>>) -> Self {
        self.mount(allow, None, Retry::ByLayer, operations)
    }

    /// An operation that stores its answers itself; it finds a
    /// [`RetryKey`](super::RetryKey) in the request's extensions.
    pub fn add_with_own_retry(self, allow: Allow, operations: Vec<Operation<S>>) -> Self {
        self.mount(allow, None, Retry::ByHandler, operations)
    }

    /// An operation with limits of its own, whose body is a stream.
    pub fn add_with_limits(
        self,
        allow: Allow,
        limits: Limits,
        operations: Vec<Operation<S>>,
    ) -> Self {
        self.mount(allow, Some(limits), Retry::Streamed, operations)
    }

    /// A schema that only parameters use (a filter's enum); those of bodies find themselves.
    pub fn schema<T: ToSchema>(mut self) -> Self {
        let mut schemas = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut schemas);
        spec::add_schemas(&mut self.table.api, schemas);
        self
    }

    /// What these routes' context brings to the GraphQL schema.
    pub fn graphql<T: Clone + Send + Sync + 'static>(mut self, part: Part<T>) -> Self {
        self.table.graphql.merge(part.into_parts());
        self
    }

    /// All routes of another table.
    pub fn merge<T: Clone + Send + Sync + 'static>(mut self, other: Routes<T>) -> Self {
        self.table = self.table.merge(other.into_table());
        self
    }

    /// Forgets the state, which the handlers hold by now.
    pub fn into_table(self) -> RouteTable {
        self.table
    }

    /// What is in the table, for tests and documents.
    pub fn table(&self) -> &[RouteInfo] {
        self.table.infos()
    }

    fn mount(
        mut self,
        allow: Allow,
        limits: Option<Limits>,
        retry: Retry,
        operations: Vec<Operation<S>>,
    ) -> Self {
        for operation in operations {
            self.mount_one(allow, limits, retry, operation);
        }
        self
    }

    fn mount_one(
        &mut self,
        allow: Allow,
        limits: Option<Limits>,
        retry: Retry,
        operation: Operation<S>,
    ) {
        let (schemas, paths, handlers) = operation.described;
        let handlers = handlers.with_state(self.state.clone());
        for (path, mut item) in paths.paths {
            let mut writes = false;
            for (method, described) in spec::operations(&mut item) {
                let tag = described
                    .tags
                    .iter()
                    .flatten()
                    .next()
                    .cloned()
                    .unwrap_or_default();
                spec::complete(described, &method, allow, operation.bears);
                writes |= !method.is_safe();
                self.table.infos.push(RouteInfo {
                    method,
                    path: path.clone(),
                    allow,
                    tag,
                });
            }
            let (handlers, retry) = (handlers.clone(), writes.then_some(retry));
            self.table.mounts.push(Mount {
                path: path.clone(),
                handlers,
                allow,
                limits,
                retry,
            });
            spec::add_item(&mut self.table.api, path, item);
        }
        spec::add_schemas(&mut self.table.api, schemas);
    }
}

impl RouteTable {
    /// Both tables.
    pub fn merge(mut self, other: Self) -> Self {
        self.infos.extend(other.infos);
        self.mounts.extend(other.mounts);
        for (path, item) in other.api.paths.paths {
            spec::add_item(&mut self.api, path, item);
        }
        let schemas = other.api.components.map(|components| components.schemas);
        spec::add_schemas(&mut self.api, schemas.into_iter().flatten());
        self.graphql.merge(other.graphql);
        self.sdl.push_str(&other.sdl);
        self.asyncapi = self.asyncapi.or(other.asyncapi);
        self
    }

    /// Turns what the contexts bring to the GraphQL schema into the operation that answers by it.
    pub(super) fn with_graphql(mut self, host: &Host) -> Self {
        let Some((routes, sdl)) = graphql::routes(host, std::mem::take(&mut self.graphql)) else {
            return self;
        };
        self.sdl = sdl;
        self.merge(routes.into_table())
    }

    /// The GraphQL schema of these routes.
    pub fn graphql_schema(&self) -> &str {
        &self.sdl
    }

    /// Every operation with its permission.
    pub fn infos(&self) -> &[RouteInfo] {
        &self.infos
    }

    /// The OpenAPI document of these routes.
    pub fn openapi(&self) -> OpenApi {
        spec::document(self.api.clone())
    }

    /// With the document of all events, to be served beside the one of these routes.
    pub fn asyncapi(self, document: &serde_json::Value) -> Self {
        Self {
            asyncapi: Some(document.to_string()),
            ..self
        }
    }

    /// The document of all events, once.
    pub(super) fn take_asyncapi(&mut self) -> Option<String> {
        self.asyncapi.take()
    }

    /// The router, each route behind its gate. A streamed body may not stop for `pause`.
    pub(super) fn into_router(
        self,
        usual: Limits,
        pause: Duration,
        retries: &retry::Retries,
    ) -> Router {
        let mut router = Router::new();
        for mount in self.mounts {
            let pause = mount.limits.map(|_| pause);
            let limits = mount.limits.unwrap_or(usual);
            let allow = mount.allow;
            let handlers = match mount.retry {
                Some(retry) => retry::around(mount.handlers, retry, retries),
                None => mount.handlers,
            };
            let route = mount.path.as_str().into();
            let gate = Gate {
                route,
                allow,
                limits,
                pause,
            };
            router = router.route(&mount.path, gate::before(handlers, gate));
        }
        router
    }
}

impl<S: Clone + Send + Sync + 'static> From<Routes<S>> for RouteTable {
    fn from(routes: Routes<S>) -> Self {
        routes.into_table()
    }
}
