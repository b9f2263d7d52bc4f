//! Who is calling: reads `Authorization: Bearer …` and asks whoever knows tokens and keys.

use axum::http::{HeaderMap, header};
use futures::future::BoxFuture;

use crate::auth::Caller;

use super::problem::Problem;

/// The header by which somebody who has not signed in shows what is theirs: a cart. Callers without
/// a bearer are told apart by it.
pub const GUEST_HEADER: &str = "cart-token";

/// Knows access tokens and API keys. The identity context brings one.
pub trait Authenticate: Send + Sync + 'static {
    /// Who is behind a bearer token, and what they may send; 401 when it does not hold.
    fn authenticate<'a>(&'a self, bearer: &'a str) -> BoxFuture<'a, Result<Caller, Problem>>;
}

/// The bearer token of a request, `None` when it comes without `Authorization`. A header that
/// cannot be read is refused even where no token is needed: the caller meant to be somebody.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let refused = || Problem::unauthenticated("send Authorization: Bearer and a token, once");
    let text = value.to_str().map_err(|_| refused())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(refused)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || values.next().is_some() {
        return Err(refused());
    }
    Ok(Some(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        Ok(bearer(&headers)?.map(str::to_owned))
    }

    #[test]
    fn only_one_bearer_token_is_taken() {
        assert_eq!(read("Bearer abc").unwrap().as_deref(), Some("abc"));
        assert_eq!(read("bearer abc").unwrap().as_deref(), Some("abc"));
        for bad in ["Basic abc", "Bearer", "Bearer ", "abc"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(bearer(&HeaderMap::new()).unwrap().is_none());
    }
}
