//! `IfMatch`: "change it only if it is still what I saw".

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use kernel::ErrorKind;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

use super::problem::Problem;

/// The `If-Match` header of a request; absent, it lets everything through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Wanted);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Any,
    OneOf(Vec<i64>),
}

impl IfMatch {
    /// 412 unless the resource has a version the caller named.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        match &self.0 {
            Wanted::Any => Ok(()),
            Wanted::OneOf(versions) if versions.contains(&version) => Ok(()),
            Wanted::OneOf(_) => Err(Problem::new(
                ErrorKind::Precondition,
                "PRECONDITION_FAILED",
                format!("the resource is at version {version} now; read it again"),
            )),
        }
    }

    /// A tag that is none of ours matches no version, as it would name another state.
    fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self(Wanted::Any);
        }
        let version = |tag: &str| {
            let tag = tag.trim();
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            let opaque = tag.strip_prefix('"')?.strip_suffix('"')?;
            // What follows a dot tells representations of one version apart.
            opaque.split('.').next()?.parse().ok()
        };
        Self(Wanted::OneOf(
            header.split(',').filter_map(version).collect(),
        ))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Ok(Self(Wanted::Any));
        };
        Ok(Self::parse(value.to_str().unwrap_or_default()))
    }
}

/// Lets handlers write `params(IfMatch)` in `#[utoipa::path]`.
impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The ETag you saw; 412 when the resource has changed since",
            ))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        vec![parameter.build()]
    }
}

#[cfg(test)]
mod tests {
    use super::IfMatch;

    #[test]
    fn only_a_named_version_is_let_through() {
        assert!(IfMatch::parse("\"3\"").check(3).is_ok());
        assert!(IfMatch::parse("\"1\", W/\"3\"").check(3).is_ok());
        assert!(IfMatch::parse("\"3.9f2c\"").check(3).is_ok());
        assert!(IfMatch::parse("*").check(3).is_ok());
        assert!(IfMatch::parse("\"2\"").check(3).is_err());
        assert!(IfMatch::parse("nonsense").check(3).is_err());
        assert!(IfMatch::parse("").check(3).is_err());
    }
}
