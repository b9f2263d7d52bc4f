//! How a payment goes, and what its buyer does: decided by the dice before the order is placed, so
//! that every wiring is told the same.

use payments::provider::sandbox::Switches;
use serde_json::Value;
use std::time::Duration;

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
    /// The buyer approves on a page, so that all know of the order by then; what was set aside
    /// cannot be taken.
    NotTaken,
    /// The provider takes its time.
    Slow,
}

/// Longer than what is between two events, and far shorter than a buyer waits for an answer.
const SLOWLY: Duration = Duration::from_millis(25);

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
            3 => Mood::NotTaken,
            4 => Mood::Slow,
            _ => Mood::Usual,
        }
    }
}

impl Mood {
    pub fn switches(self) -> Switches {
        Switches {
            answer_lost: self == Self::Lost,
            redirect: self.is_on_page(),
            failing_capture: self == Self::NotTaken,
            slow: (self == Self::Slow).then_some(SLOWLY),
        }
    }

    /// Whether the buyer is sent to a page.
    pub fn is_on_page(self) -> bool {
        matches!(self, Self::OnPage | Self::NotTaken)
    }

    /// Whether the buyer approves there, if they go there.
    pub fn is_approved(self, plan: Plan) -> bool {
        self == Self::NotTaken || (self == Self::OnPage && plan.approves)
    }

    /// What is told of a story in which it went like this.
    pub fn word(self) -> &'static str {
        match self {
            Self::Usual => "a payment as usual",
            Self::Lost => "a lost answer",
            Self::OnPage => "a page",
            Self::NotTaken => "a failing capture",
            Self::Slow => "a slow provider",
        }
    }
}
