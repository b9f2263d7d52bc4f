//! Who shops, read from a request: the bearer says which client, `Cart-Token` which guest.

use crate::cart::Carts;
use crate::cart::shopper::Shopper;
use crate::cart::token::{Opens, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use platform::auth::Principal;
use platform::http::GUEST_HEADER;
use std::convert::Infallible;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

/// A token that is none of ours is like no token: it opens nothing, and nobody learns why.
impl FromRequestParts<Carts> for Shopper {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, carts: &Carts) -> Result<Self, Infallible> {
        let principal = parts.extensions.get::<Principal>();
        let text = parts.headers.get(GUEST_HEADER);
        let text = text.and_then(|value| value.to_str().ok());
        let token = text.and_then(Token::parse);
        Ok(Self {
            client: principal.map(Principal::client_id),
            guest: token.map(|token| token.hash(&carts.host.vault, Opens::GuestCart)),
        })
    }
}

/// Lets handlers write `params(Shopper)` in `#[utoipa::path]`.
impl IntoParams for Shopper {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let about = "The token of a guest's cart. Sent by somebody who is signed in, that cart \
                     joins their own and the token opens nothing more";
        let parameter = ParameterBuilder::new()
            .name("Cart-Token")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        vec![parameter.build()]
    }
}
