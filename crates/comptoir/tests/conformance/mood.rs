//! How a payment goes, and what its buyer does: decided by the dice before the order is placed, so
//! that every wiring is told the same.

use payments::provider::sandbox::Switches;
use serde_json::Value;

/// What was rolled before it is known whether it matters.
#[derive(Clone, Copy)]
pub struct Plan {
    pub hasty: bool,
    pub mood: usize,
    pub approves: bool,
}

/// How a payment goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Usual,
    /// Its answers are lost, so that for a while nobody knows.
    Lost,
    /// The buyer must approve on a page, and may not.
    OnPage,
}

impl Plan {
    /// A card that is refused behaves as usual: whether a refusal or the buyer is faster decides
    /// how the order ends.
    pub fn mood_of(self, wish: &Value, products: &[String]) -> Mood {
        let items = wish["items"].as_array().expect("items");
        let dear = items
            .iter()
            .filter(|item| item["product_id"] == products[3]);
        let pieces: i64 = dear.filter_map(|item| item["quantity"].as_i64()).sum();
        match self.mood {
            _ if pieces > 2 || wish["payment"]["method"] != "sandbox" => Mood::Usual,
            0..=1 => Mood::Lost,
            2 => Mood::OnPage,
            _ => Mood::Usual,
        }
    }
}

impl Mood {
    pub fn switches(self) -> Switches {
        Switches {
            answer_lost: self == Self::Lost,
            redirect: self == Self::OnPage,
            ..Switches::default()
        }
    }
}
