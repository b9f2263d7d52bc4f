//! A store or a warehouse, and what may be done with it. Pure.

use contracts::inventory::StoreChanged;
use kernel::{Name, StoreId, Text, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A store's short name, unique, by which stores are sorted: 1 to 32 characters.
pub type StoreCode = Text<32>;
pub type Address = Text<500>;

/// What kind of place it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// Customers come here.
    #[default]
    Store,
    /// Only goods do.
    Warehouse,
}

impl StoreKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Warehouse => "warehouse",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        let all = [Self::Store, Self::Warehouse];
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a caller says of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFields {
    pub code: StoreCode,
    pub name: Name,
    pub kind: StoreKind,
    pub address: Option<Address>,
}

/// A store as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    pub id: StoreId,
    pub fields: StoreFields,
    pub archived: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Store {
    pub fn open(id: StoreId, fields: StoreFields, now: Timestamp) -> Self {
        Self {
            id,
            fields,
            archived: false,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// This store with other fields.
    pub fn with(self, fields: StoreFields, now: Timestamp) -> Self {
        Self {
            fields,
            version: self.version + 1,
            updated_at: now,
            ..self
        }
    }

    /// This store, closed for good: history may still refer to it.
    pub fn archive(self, now: Timestamp) -> Self {
        Self {
            archived: true,
            version: self.version + 1,
            updated_at: now,
            ..self
        }
    }

    pub fn changed(&self) -> StoreChanged {
        StoreChanged {
            store_id: self.id,
            code: self.fields.code.to_string(),
            name: self.fields.name.to_string(),
            kind: self.fields.kind.as_str().to_owned(),
            archived: self.archived,
        }
    }
}
