//! The code by which a shop knows a product. Shops bring their own: nearly anything goes.

use crate::fault::invalid;
use crate::text::longer_than;
use crate::{schema, wire};
use std::fmt;
use std::str::FromStr;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// A stock-keeping unit: 1 to 64 characters, no control characters, no spaces around it.
/// Case counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sku(String);

/// Not 1 to 64 printable characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SKU has 1 to 64 characters, not only spaces and no control characters")]
pub struct BadSku;
invalid!(BadSku, "INVALID_SKU");

const MAX: usize = 64;
const PATTERN: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

impl Sku {
    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for Sku {
    type Err = BadSku;

    fn from_str(text: &str) -> Result<Self, BadSku> {
        let trimmed = text.trim();
        if trimmed.is_empty() || longer_than(text, MAX) || text.contains(char::is_control) {
            return Err(BadSku);
        }
        Ok(Self(trimmed.to_owned()))
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

wire::text_serde!(Sku, "a SKU");

impl ComposeSchema for Sku {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema::string(PATTERN, "85123A")
            .min_length(Some(1))
            .max_length(Some(MAX))
            .description(Some(
                "Stock-keeping unit. Spaces around it are not kept; case counts.",
            ))
            .into()
    }
}
impl ToSchema for Sku {}
