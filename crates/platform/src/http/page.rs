//! Pages for people who come by a link: one card, under a policy that allows its style and nothing
//! else. Where its forms may lead is not bounded: the answer to one may send a buyer back to the
//! shop, wherever that is.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("../../assets/page.css");

/// A page for browsers. Its style knows `soft` and `note` for what is said by the way, `amount` for
/// money, and `go` for the button that most people press.
#[derive(Debug)]
pub struct Page {
    title: &'static str,
    content: String,
}

impl Page {
    /// `content` is HTML: whoever makes it escapes what is not its own.
    pub fn new(title: &'static str, content: impl Into<String>) -> Self {
        let content = content.into();
        Self { title, content }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Self { title, content } = self;
        let html = format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"#
        );
        ([(header::CONTENT_SECURITY_POLICY, policy())], Html(html)).into_response()
    }
}

fn policy() -> String {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'"
    )
}
