//! The OpenAPI document: what every operation has in common is added here, so that no handler
//! has to write it down.

use std::collections::HashSet;
use std::collections::btree_map::Entry;

use axum::http::Method;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, ObjectBuilder, OpenApi, RefOr, Required, Type};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::auth::Role;

use super::allow::Allow;
use super::answers::Bears;
use super::errors::{self, Errors};
use super::problem::ErrorBody;
use super::spec_headers;

/// The name of the one security scheme.
const BEARER: &str = "bearer";

/// The operations of a path with their methods.
pub(super) fn operations(item: &mut PathItem) -> Vec<(Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, slot)| Some((method, slot.as_mut()?)))
        .collect()
}

/// Adds what follows from method, permission and type of answer: security, refusals, the retry
/// key, headers.
pub(super) fn complete(operation: &mut Operation, method: &Method, allow: Allow, bears: Bears) {
    let token = SecurityRequirement::new::<_, [&str; 0], _>(BEARER, []);
    operation.security = Some(match allow.is_public() {
        true => vec![SecurityRequirement::default(), token],
        false => vec![token],
    });
    let always = ["400", "401", "429", "500", "503"];
    for (status, response) in Errors::responses() {
        if always.contains(&status.as_str()) || status == "403" && !allow.is_public() {
            operation
                .responses
                .responses
                .entry(status)
                .or_insert(response);
        }
    }
    if method == Method::POST {
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::T(retry_key()));
        for (status, response) in Errors::responses() {
            if ["409", "422"].contains(&status.as_str()) {
                operation
                    .responses
                    .responses
                    .entry(status)
                    .or_insert(response);
            }
        }
    }
    spec_headers::declare(operation, method, bears);
}

fn retry_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Makes retries safe: the same key and body get the same answer for 72 hours",
        ))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(255))
                .pattern(Some("^[!-~]{1,255}$")),
        ))
        .build()
}

/// Adds a path, or its operations to the path that is there.
pub(super) fn add_item(api: &mut OpenApi, path: String, item: PathItem) {
    let paths: &mut Paths = &mut api.paths;
    match paths.paths.get_mut(&path) {
        Some(present) => present.merge_operations(item),
        None => {
            paths.paths.insert(path, item);
        }
    }
}

/// Adds schemas of requests and answers by name. Two that share a name would describe each other's
/// operations: a process built for development does not start with them.
pub(super) fn add_schemas(
    api: &mut OpenApi,
    schemas: impl IntoIterator<Item = (String, RefOr<Schema>)>,
) {
    let components = api.components.get_or_insert_with(Components::new);
    for (name, schema) in schemas {
        match components.schemas.entry(name) {
            Entry::Vacant(place) => {
                place.insert(schema);
            }
            Entry::Occupied(present) => debug_assert!(
                *present.get() == schema,
                "two different schemas are called {}: rename one of them",
                present.key()
            ),
        }
    }
}

/// utoipa gathers the schemas of bodies, but not of query and path parameters.
fn add_parameter_schemas(api: &mut OpenApi) {
    let text = serde_json::to_string(&api).unwrap_or_default();
    let mut shared = kernel::schemas();
    shared.push((Role::name().into_owned(), Role::schema()));
    let present = api
        .components
        .iter()
        .flat_map(|components| components.schemas.keys());
    let present: HashSet<String> = present.cloned().collect();
    let wanted = |name: &str| {
        !present.contains(name) && text.contains(&format!("\"#/components/schemas/{name}\""))
    };
    let missing: Vec<_> = shared
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .collect();
    add_schemas(api, missing);
}

/// The document with its title, security scheme and error shape.
pub(super) fn document(mut api: OpenApi) -> OpenApi {
    let mut errors = vec![(ErrorBody::name().into_owned(), ErrorBody::schema())];
    ErrorBody::schemas(&mut errors);
    add_schemas(&mut api, errors);
    add_parameter_schemas(&mut api);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An access token of POST /v1/auth/login, or an API key",
        ));
    let components = api.components.get_or_insert_with(Components::new);
    components.headers = spec_headers::components();
    components.responses = errors::components();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    api.info = InfoBuilder::new()
        .title("Comptoir")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Catalogue, stock and orders of a shop"))
        .build();
    api
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Type) -> [(String, RefOr<Schema>); 1] {
        let schema = Schema::Object(ObjectBuilder::new().schema_type(kind).build());
        [("Shape".to_owned(), RefOr::T(schema))]
    }

    #[test]
    fn what_two_contexts_share_is_there_once() {
        let mut api = OpenApi::default();
        add_schemas(&mut api, of(Type::String));
        add_schemas(&mut api, of(Type::String));
        assert_eq!(api.components.unwrap().schemas.len(), 1);
    }

    #[test]
    #[should_panic(expected = "two different schemas are called Shape")]
    fn two_schemas_of_one_name_stop_the_start() {
        let mut api = OpenApi::default();
        add_schemas(&mut api, of(Type::String));
        add_schemas(&mut api, of(Type::Integer));
    }
}
