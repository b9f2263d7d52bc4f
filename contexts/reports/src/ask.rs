//! What a report can be asked for. Pure.

use crate::calendar::Day;
use kernel::{CategoryId, StoreId};
use serde::Deserialize;
use std::str::FromStr;
use utoipa::ToSchema;
use uuid::Uuid;

/// A report's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Both days belong to it.
    pub from: Day,
    pub to: Day,
    pub scope: Scope,
    /// Products of this category, as it is now.
    pub category: Option<CategoryId>,
    /// Rows, at most.
    pub limit: usize,
}

/// Which stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub store: Option<StoreId>,
    /// The stores the caller is limited to.
    pub only: Option<Vec<StoreId>>,
}

impl Scope {
    /// Whether it was asked for a store.
    pub fn has(&self, store: Uuid) -> bool {
        let is_it = |one: &StoreId| one.uuid() == store;
        let only = self.only.as_ref();
        self.store.as_ref().is_none_or(is_it) && only.is_none_or(|only| only.iter().any(is_it))
    }
}

/// What sales are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SalesBy)]
pub enum By {
    #[default]
    Day,
    Month,
    Store,
    Category,
    Employee,
    Country,
}

impl By {
    /// Of one category it is known which day and store its products sold in, and nothing else.
    pub fn knows_categories(self) -> bool {
        !matches!(self, Self::Employee | Self::Country)
    }
}

impl FromStr for By {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let by = match word {
            "day" => Self::Day,
            "month" => Self::Month,
            "store" => Self::Store,
            "category" => Self::Category,
            "employee" => Self::Employee,
            "country" => Self::Country,
            _ => return Err("day, month, store, category, employee or country".to_owned()),
        };
        Ok(by)
    }
}
