//! `POST /graphql`: the operation, its body and its answer in the OpenAPI document.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use async_graphql::dynamic::Schema;
use async_graphql::parser::parse_query;
use async_graphql::{Request, SDLExportOptions, Variables};
use axum::extract::State;
use axum::response::Response;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};
use utoipa::openapi::{RefOr, Response as Described};
use utoipa::{IntoResponses, ToSchema};

use crate::auth::{Principal, Role};
use crate::config::Environment;
use crate::module::Host;
use crate::routes;

use super::super::allow::Allow;
use super::super::errors::{Errors, refusals};
use super::super::json;
use super::super::problem::Problem;
use super::super::routes::Routes;
use super::loader::{Begun, gatherer};
use super::model::{BadSchema, Model};
use super::part::{Load, Parts};
use super::schema::{self, Asking};
use super::{answer, limits};

/// Who may ask: those who run the shop and those who fill it. Each field says for whom it is.
const READERS: &[Role] = &[Role::Clerk, Role::Manager, Role::Admin, Role::Supplier];

/// The schema of this process, or why there is none.
#[derive(Clone)]
struct Graph(Arc<Result<Known, BadSchema>>);

struct Known {
    model: Arc<Model>,
    schema: Schema,
    loads: Arc<HashMap<&'static str, Load>>,
    /// Whether it tells of itself.
    about_itself: bool,
}

/// The operation over these parts, with the whole schema as SDL; nothing where there are none.
pub(in crate::http) fn routes(host: &Host, parts: Parts) -> Option<(Routes<()>, String)> {
    if parts.texts.is_empty() {
        return None;
    }
    let known = known(host, &parts);
    let sdl = match &known {
        Ok(known) => known.schema.sdl_with_options(sdl_style()),
        Err(fault) => {
            tracing::error!(%fault, "there is no GraphQL schema");
            String::new()
        }
    };
    let graph = Graph(Arc::new(known));
    let routes = Routes::new(graph).add(Allow::only(READERS), routes!(graphql));
    Some((Routes::new(()).merge(routes), sdl))
}

fn sdl_style() -> SDLExportOptions {
    SDLExportOptions::new()
        .use_space_ident()
        .prefer_single_line_descriptions()
}

fn known(host: &Host, parts: &Parts) -> Result<Known, BadSchema> {
    let model = Arc::new(Model::of(&parts.texts)?);
    Ok(Known {
        schema: schema::build(&model, parts)?,
        loads: Arc::new(schema::loads(parts)),
        about_itself: host.settings.environment != Environment::Production,
        model,
    })
}

/// One query, or one mutation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GraphqlRequest {
    /// What to do, in GraphQL; at most 10,000 bytes.
    #[schema(
        example = "{ products(first: 3) { nodes { sku name price { amount } } } }",
        max_length = 10_000
    )]
    query: String,
    /// Values of the variables that the query names.
    #[serde(default)]
    variables: Option<Map<String, Json>>,
    /// Which of several operations of the query.
    #[serde(default)]
    operation_name: Option<String>,
    /// Taken, and not looked at.
    #[serde(default, rename = "extensions")]
    _extensions: Option<Map<String, Json>>,
}

/// What came of a query. Refusals of single fields stand in `errors`, beside what could be told.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct GraphqlAnswer {
    /// In the shape of the query.
    data: Option<Map<String, Json>>,
    /// Not there when nothing was refused.
    #[schema(required = false)]
    errors: Vec<GraphqlError>,
}

/// A refusal, with the same `code` and `details` as in REST.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct GraphqlError {
    message: String,
    /// The field that was refused; not there when all of the query was.
    #[schema(required = false)]
    path: Vec<Json>,
    /// `code`, `request_id` and perhaps `details`.
    extensions: Map<String, Json>,
}

/// Refusals by the layers around it look as everywhere, those of the query as GraphQL has them.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let told = ["400", "403", "404", "409", "422", "500", "503"];
        let mut all = Errors::responses();
        for (status, mut response) in refusals() {
            if told.contains(&status.as_str()) {
                response.content.clear();
                all.insert(status, RefOr::T(response));
            }
        }
        all
    }
}

/// Ask in GraphQL.
///
/// The schema is in `docs/api/schema.graphql`. The status is 200 as long as there is something to
/// tell; when every field was refused it is that of the first refusal. A mutation is done once per
/// `Idempotency-Key`. Queries that are too long, too deep or too dear are refused, and so are lists
/// of queries.
#[utoipa::path(
    post, path = "/graphql", tag = "graphql", request_body = GraphqlRequest,
    responses((status = 200, description = "What came of it", body = GraphqlAnswer), Refusals)
)]
async fn graphql(
    State(graph): State<Graph>,
    principal: Principal,
    json::Json(One(asked)): json::Json<One>,
) -> Response {
    let known = match &*graph.0 {
        Ok(known) => known,
        Err(fault) => return answer::refuse(Problem::bug(fault.to_string())),
    };
    if let Err(problem) = limits::check_length(&asked.query) {
        return answer::refuse(problem);
    }
    let document = match parse_query(&asked.query) {
        Ok(document) => document,
        Err(fault) => return answer::not_read(&fault),
    };
    let variables = Variables::from_json(asked.variables.unwrap_or_default().into());
    let within = limits::check(&known.model, &document, &variables, known.about_itself);
    if let Err(problem) = within {
        return answer::refuse(problem);
    }
    let begun = Begun::default();
    let asking = Asking {
        gatherer: gatherer(Arc::clone(&known.loads), principal.clone(), &begun),
        principal,
    };
    let mut request = Request::new("").variables(variables).data(asking);
    request.operation_name = asked.operation_name;
    request.set_parsed_query(document);
    answer::executed(begun.beside(known.schema.execute(request)).await)
}

/// One request; a list of them, as some clients send to save round trips, is refused: each would
/// need a limit, a deadline and a status of its own.
struct One(GraphqlRequest);

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Only)
    }
}

struct Only;

impl<'de> Visitor<'de> for Only {
    type Value = One;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `query`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<One, A::Error> {
        GraphqlRequest::deserialize(MapAccessDeserializer::new(map)).map(One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<One, A::Error> {
        Err(A::Error::custom(
            "one query a request: a list of them is refused",
        ))
    }
}
