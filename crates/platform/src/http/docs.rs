//! The OpenAPI document and its two readers, Swagger UI and ReDoc, from the binary's own bytes,
//! and the AsyncAPI document.
//! In production they are there for administrators only.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::auth::{Principal, Role};

use super::json::JSON;
use super::path::Path;
use super::problem::Problem;

/// ReDoc 2.5.4 of the npm package `redoc` (MIT), bundles/redoc.standalone.js, SHA-256
/// dcaf76612bc4a3fbcc923a8966dee2f6146a5f32e5ce1b6f02dd60cbbf89500b.
const REDOC: &[u8] = include_bytes!("../../assets/redoc.standalone.js");

const REDOC_PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comptoir API</title>
</head>
<body>
<redoc spec-url="/openapi.json"></redoc>
<script src="/redoc/redoc.standalone.js"></script>
</body>
</html>
"#;

/// All readers write their styles into the page; scripts come from here only.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
     base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
);

#[derive(Clone)]
struct Docs(Arc<Inner>);

struct Inner {
    openapi: Document,
    asyncapi: Option<Document>,
    open: bool,
    swagger: Arc<utoipa_swagger_ui::Config<'static>>,
}

/// A document with its entity tag.
struct Document {
    bytes: Bytes,
    tag: HeaderValue,
}

/// The pages. `open` means for everybody.
pub(super) fn router(openapi: Vec<u8>, asyncapi: Option<Vec<u8>>, open: bool) -> Router {
    let swagger = utoipa_swagger_ui::Config::from("/openapi.json")
        .try_it_out_enabled(true)
        .persist_authorization(false);
    let inner = Inner {
        openapi: Document::new(openapi),
        asyncapi: asyncapi.map(Document::new),
        open,
        swagger: Arc::new(swagger),
    };
    Router::new()
        .route("/openapi.json", get(openapi_document))
        .route("/asyncapi.json", get(asyncapi_document))
        .route("/docs", get(swagger_page))
        .route("/docs/{*file}", get(swagger_file))
        .route("/redoc", get(redoc_page))
        .route("/redoc/redoc.standalone.js", get(redoc_script))
        .with_state(Docs(Arc::new(inner)))
}

impl Document {
    fn new(bytes: Vec<u8>) -> Self {
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let tag = format!("\"{:016x}\"", u64::from_be_bytes(first_eight(digest)));
        let tag = HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"0\""));
        let bytes = bytes.into();
        Self { bytes, tag }
    }

    fn answer(&self) -> Response {
        let mut response = Response::new(Body::from(self.bytes.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::ETAG, self.tag.clone());
        response
    }
}

fn first_eight(digest: [u8; 32]) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = digest;
    [a, b, c, d, e, f, g, h]
}

impl Docs {
    fn for_caller(&self, principal: Option<&Principal>) -> Result<&Inner, Problem> {
        let admin = principal.is_some_and(|principal| principal.has(Role::Admin));
        (self.0.open || admin)
            .then_some(&*self.0)
            .ok_or_else(Problem::not_found)
    }
}

async fn openapi_document(
    State(docs): State<Docs>,
    principal: Option<Principal>,
) -> Result<Response, Problem> {
    Ok(docs.for_caller(principal.as_ref())?.openapi.answer())
}

/// Nothing where the process publishes no events of its own.
async fn asyncapi_document(
    State(docs): State<Docs>,
    principal: Option<Principal>,
) -> Result<Response, Problem> {
    let docs = docs.for_caller(principal.as_ref())?;
    let document = docs.asyncapi.as_ref().ok_or_else(Problem::not_found)?;
    Ok(document.answer())
}

async fn swagger_page(
    State(docs): State<Docs>,
    principal: Option<Principal>,
) -> Result<Response, Problem> {
    let docs = docs.for_caller(principal.as_ref())?;
    let (bytes, _) = swagger_asset(docs, "index.html")?;
    let page = String::from_utf8(bytes).map_err(Problem::bug)?;
    // The page's links are relative; it is served without the trailing slash they count on.
    let page = page.replacen("<head>", "<head><base href=\"/docs/\">", 1);
    Ok(asset(page.into_bytes().into(), "text/html; charset=utf-8"))
}

async fn swagger_file(
    State(docs): State<Docs>,
    principal: Option<Principal>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let docs = docs.for_caller(principal.as_ref())?;
    let (bytes, content_type) = swagger_asset(docs, &file)?;
    Ok(asset(bytes.into(), &content_type))
}

fn swagger_asset(docs: &Inner, file: &str) -> Result<(Vec<u8>, String), Problem> {
    match utoipa_swagger_ui::serve(file, Arc::clone(&docs.swagger)) {
        Ok(Some(file)) => Ok((file.bytes.into_owned(), file.content_type)),
        Ok(None) => Err(Problem::not_found()),
        Err(fault) => Err(Problem::bug(fault.to_string())),
    }
}

async fn redoc_page(
    State(docs): State<Docs>,
    principal: Option<Principal>,
) -> Result<Response, Problem> {
    docs.for_caller(principal.as_ref())?;
    Ok(asset(
        Bytes::from_static(REDOC_PAGE.as_bytes()),
        "text/html; charset=utf-8",
    ))
}

async fn redoc_script(
    State(docs): State<Docs>,
    principal: Option<Principal>,
) -> Result<Response, Problem> {
    docs.for_caller(principal.as_ref())?;
    Ok(asset(
        Bytes::from_static(REDOC),
        "text/javascript; charset=utf-8",
    ))
}

/// A file of a page, under the policy of pages.
pub(super) fn asset(bytes: Bytes, content_type: &str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    if let Ok(content_type) = HeaderValue::try_from(content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}
