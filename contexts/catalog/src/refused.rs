//! Why the catalogue refuses to do something, in words the caller can act upon.

use crate::attributes::BadAttribute;
use crate::product::NotAPrice;
use kernel::{CategoryId, Detail, ErrorKind, Fault, MoneyError};
use platform::DbError;

/// A change of categories that is not made.
#[derive(Debug, thiserror::Error)]
pub enum CategoryError {
    #[error("there is no such category")]
    NotFound,
    #[error("the category is at version {0} now; read it again")]
    Changed(i64),
    #[error("another category has this name")]
    DuplicateName,
    #[error("there is no category {0} to be the parent")]
    UnknownParent(CategoryId),
    #[error("a category cannot be under itself")]
    Circle,
    #[error("products or other categories are in this category")]
    InUse,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for CategoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Changed(_) => ErrorKind::Precondition,
            Self::DuplicateName | Self::InUse => ErrorKind::Conflict,
            Self::UnknownParent(_) | Self::Circle => ErrorKind::Invalid,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::Changed(_) => "PRECONDITION_FAILED",
            Self::DuplicateName => "DUPLICATE_NAME",
            Self::UnknownParent(_) => "UNKNOWN_CATEGORY",
            Self::Circle => "CATEGORY_CIRCLE",
            Self::InUse => "CATEGORY_IN_USE",
            Self::Db(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let field = match self {
            Self::DuplicateName => "name",
            Self::UnknownParent(_) | Self::Circle => "parent_id",
            _ => return Vec::new(),
        };
        vec![Detail::new(field, self.code(), self.to_string())]
    }
}

/// A change of products or their prices that is not made.
#[derive(Debug, thiserror::Error)]
pub enum ProductError {
    #[error("there is no such product")]
    NotFound,
    #[error("the product is at version {0} now; read it again")]
    Changed(i64),
    #[error("another product has this SKU")]
    DuplicateSku,
    #[error("there is no category {0}")]
    UnknownCategory(CategoryId),
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error(transparent)]
    NotAPrice(#[from] NotAPrice),
    #[error(transparent)]
    Options(#[from] BadAttribute),
    #[error("a price cannot be set for the past")]
    InThePast,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for ProductError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Changed(_) => ErrorKind::Precondition,
            Self::DuplicateSku => ErrorKind::Conflict,
            Self::Db(error) => error.kind(),
            _ => ErrorKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::Changed(_) => "PRECONDITION_FAILED",
            Self::DuplicateSku => "DUPLICATE_SKU",
            Self::UnknownCategory(_) => "UNKNOWN_CATEGORY",
            Self::Money(error) => error.code(),
            Self::NotAPrice(_) => "INVALID_PRICE",
            Self::Options(error) => error.code(),
            Self::InThePast => "IN_THE_PAST",
            Self::Db(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let field = match self {
            Self::DuplicateSku => "sku",
            Self::UnknownCategory(_) => "category_id",
            Self::Money(_) | Self::NotAPrice(_) => "price",
            Self::Options(_) => "options",
            Self::InThePast => "effective_at",
            _ => return Vec::new(),
        };
        vec![Detail::new(field, self.code(), self.to_string())]
    }
}
