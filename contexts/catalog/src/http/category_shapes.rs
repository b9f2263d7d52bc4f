//! Categories on the wire.

use crate::category::{Category, CategoryContent};
use crate::store::categories::CategoryOrder;
use kernel::{CategoryId, Cursor, Limit, Name, Timestamp};
use platform::http::Patch;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A shelf of the shop; may stand under another one.
#[derive(Serialize, ToSchema)]
#[schema(as = Category)]
pub struct CategoryView {
    pub id: CategoryId,
    pub name: Name,
    #[schema(required)]
    pub parent_id: Option<CategoryId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Category> for CategoryView {
    fn from(category: Category) -> Self {
        let Category {
            id,
            content,
            created_at,
            updated_at,
            ..
        } = category;
        let CategoryContent { name, parent_id } = content;
        Self {
            id,
            name,
            parent_id,
            created_at,
            updated_at,
        }
    }
}

/// A category as a request gives it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryInput {
    /// Unique without regard to case.
    name: Name,
    parent_id: Option<CategoryId>,
}

impl CategoryInput {
    pub fn content(self) -> CategoryContent {
        CategoryContent {
            name: self.name,
            parent_id: self.parent_id,
        }
    }
}

/// What shall change of a category.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryPatch {
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    name: Option<Name>,
    #[serde(default)]
    parent_id: Patch<CategoryId>,
}

/// A field that may be left out, but not be `null`.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl CategoryPatch {
    pub fn onto(self, old: CategoryContent) -> CategoryContent {
        CategoryContent {
            name: self.name.unwrap_or(old.name),
            parent_id: self.parent_id.over(old.parent_id),
        }
    }
}

/// Which categories to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CategoryParams {
    /// Only those directly under this one.
    pub parent_id: Option<CategoryId>,
    #[serde(default)]
    #[param(inline)]
    pub sort: CategorySort,
    #[serde(default)]
    #[param(inline)]
    pub limit: Limit,
    #[param(inline)]
    pub cursor: Option<Cursor>,
    /// Adds `total`, the number of all that match.
    #[serde(default)]
    pub count: bool,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
pub enum CategorySort {
    #[default]
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
    #[serde(rename = "created_at")]
    Created,
    #[serde(rename = "-created_at")]
    CreatedDescending,
}

impl From<CategorySort> for CategoryOrder {
    fn from(sort: CategorySort) -> Self {
        match sort {
            CategorySort::Name => Self::Name,
            CategorySort::NameDescending => Self::NameDescending,
            CategorySort::Created => Self::Created,
            CategorySort::CreatedDescending => Self::CreatedDescending,
        }
    }
}
