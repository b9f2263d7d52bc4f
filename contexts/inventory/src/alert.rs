//! Alerts: why a level is one. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is the matter with a level. A level may be both: little is free of the too much on hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// `on_hand > max_stock`
    Excess,
    /// `available <= min_stock`
    Low,
}

impl AlertKind {
    /// The word of the database.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "excess" => Some(Self::Excess),
            "low" => Some(Self::Low),
            _ => None,
        }
    }
}
