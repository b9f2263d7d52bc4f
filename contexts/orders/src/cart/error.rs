//! Why a cart says no, in words its callers understand.

use kernel::{Detail, ErrorKind, Fault, MoneyError};
use platform::DbError;

/// A refusal or failure of any use case of carts.
#[derive(Debug, thiserror::Error)]
pub enum CartError {
    #[error("there is no such line in the cart")]
    NoSuchLine,
    #[error("there is no cart yet")]
    NoCart,
    #[error("there is no such shared cart")]
    NoSuchShare,
    #[error("there is no such product")]
    UnknownProduct,
    #[error("the product is not for sale")]
    NotForSale,
    #[error("a line holds at most 1000000000 pieces")]
    TooMany,
    #[error("a cart holds at most 1000 lines, with those saved for later")]
    Full,
    #[error("the amounts cannot be added up: {0}")]
    Amount(#[from] MoneyError),
    #[error("send the guest's Cart-Token to say which cart to merge")]
    TokenMissing,
    #[error("there is nothing in the cart to check out")]
    Empty,
    /// Places among the lines to be bought.
    #[error("some products in the cart are not for sale any more")]
    Unsellable(Vec<usize>),
    #[error("the cart is at version {0} now; read it again")]
    Moved(i64),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for CartError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchLine | Self::NoCart | Self::NoSuchShare => ErrorKind::NotFound,
            Self::UnknownProduct
            | Self::NotForSale
            | Self::TooMany
            | Self::Amount(_)
            | Self::TokenMissing => ErrorKind::Invalid,
            Self::Full | Self::Empty | Self::Unsellable(_) => ErrorKind::Conflict,
            Self::Moved(_) => ErrorKind::Precondition,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchLine | Self::NoCart | Self::NoSuchShare => "RESOURCE_NOT_FOUND",
            Self::UnknownProduct => "UNKNOWN_PRODUCT",
            Self::NotForSale | Self::Unsellable(_) => "PRODUCT_NOT_FOR_SALE",
            Self::TooMany => "INVALID_QUANTITY",
            Self::Amount(_) => "AMOUNT_TOO_LARGE",
            Self::TokenMissing => "REQUIRED",
            Self::Full => "CART_FULL",
            Self::Empty => "CART_EMPTY",
            Self::Moved(_) => "PRECONDITION_FAILED",
            Self::Db(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let one = |field: &str| vec![Detail::new(field, self.code(), self.to_string())];
        match self {
            Self::UnknownProduct | Self::NotForSale => one("product_id"),
            Self::TooMany | Self::Amount(_) => one("quantity"),
            Self::TokenMissing => one("Cart-Token"),
            Self::Unsellable(places) => {
                let field = |at: &usize| format!("items[{at}].product_id");
                let detail = |at| Detail::new(field(at), self.code(), "not for sale");
                places.iter().map(detail).collect()
            }
            _ => Vec::new(),
        }
    }
}
