//! `GET /graphql`: GraphiQL, an editor for queries, from the binary's own bytes. Not in production.

use axum::Router;
use axum::body::Bytes;
use axum::response::Response;
use axum::routing::get;

use super::docs::asset;
use super::path::Path;
use super::problem::Problem;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// GraphiQL 3.9.0 and React 18.3.1 as npm has them, all MIT (assets/graphiql/LICENSE.txt), with
/// their SHA-256. None of them asks anybody else for anything.
const FILES: [(&str, &str, &[u8]); 5] = [
    (
        // a330a2be1d2389486840a9d0a834767d9083a23f105879e0de54e4fce83d3513
        "graphiql.min.js",
        SCRIPT,
        include_bytes!("../../assets/graphiql/graphiql.min.js"),
    ),
    (
        // bdddd50aac5bdb0edd83e5c862ba2fed9db2964e4c75d4655ab62b0a7d5bd730
        "graphiql.min.css",
        STYLE,
        include_bytes!("../../assets/graphiql/graphiql.min.css"),
    ),
    (
        // d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd
        "react.production.min.js",
        SCRIPT,
        include_bytes!("../../assets/graphiql/react.production.min.js"),
    ),
    (
        // 35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d
        "react-dom.production.min.js",
        SCRIPT,
        include_bytes!("../../assets/graphiql/react-dom.production.min.js"),
    ),
    (
        "page.js",
        SCRIPT,
        include_bytes!("../../assets/graphiql/page.js"),
    ),
];

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comptoir GraphQL</title>
<link rel="stylesheet" href="/graphql/graphiql.min.css">
</head>
<body style="margin: 0">
<div id="graphiql" style="height: 100vh"></div>
<script src="/graphql/react.production.min.js"></script>
<script src="/graphql/react-dom.production.min.js"></script>
<script src="/graphql/graphiql.min.js"></script>
<script src="/graphql/page.js"></script>
</body>
</html>
"#;

/// The page and what it is made of.
pub(super) fn router() -> Router {
    Router::new()
        .route("/graphql", get(page))
        .route("/graphql/{file}", get(file))
}

async fn page() -> Response {
    asset(Bytes::from_static(PAGE.as_bytes()), HTML)
}

async fn file(Path(wanted): Path<String>) -> Result<Response, Problem> {
    let mut files = FILES.iter();
    let found = files.find(|(name, ..)| *name == wanted);
    let (_, kind, bytes) = found.ok_or_else(Problem::not_found)?;
    Ok(asset(Bytes::from_static(bytes), kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    /// The bytes are those of the releases that are named above, beside each file.
    #[test]
    fn the_files_are_the_ones_that_were_released() {
        let source = include_str!("graphiql.rs");
        for (name, _, bytes) in FILES.iter().filter(|(name, ..)| *name != "page.js") {
            let digest = Sha256::digest(bytes);
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let beside = source
                .split(&format!("\"{name}\""))
                .next()
                .unwrap_or_default();
            assert!(beside.trim_end().ends_with(&digest), "{name}: {digest}");
        }
    }

    #[test]
    fn the_page_names_its_own_files_only() {
        let named = PAGE.split("/graphql/").skip(1);
        let named: Vec<_> = named.filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(named.len(), FILES.len());
        for name in named {
            assert!(FILES.iter().any(|(known, ..)| *known == name), "{name}");
        }
        assert!(!PAGE.contains("http"), "nothing from elsewhere");
    }
}
