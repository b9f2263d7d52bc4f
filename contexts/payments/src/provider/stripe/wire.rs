//! Stripe's objects, as far as we read them. What is secret in them (`client_secret`) and what is
//! a card's is not among the fields, so it cannot get any further.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The answer to a refused call.
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub error: Refused,
}

/// Why a call was refused, and what for. Never shown: the message may hold what was sent.
#[derive(Default, Deserialize)]
pub(super) struct Refused {
    #[serde(flatten)]
    pub why: ApiError,
    pub param: Option<String>,
    pub message: Option<String>,
}

/// Why something did not go through.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ApiError {
    #[serde(rename = "type", default)]
    pub kind: String,
    pub code: Option<String>,
    pub decline_code: Option<String>,
}

/// A payment at Stripe.
#[derive(Debug, Deserialize)]
pub(super) struct Intent {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub status: String,
    /// Taken so far. Stand-ins for Stripe leave it out.
    pub amount_received: Option<i64>,
    pub next_action: Option<NextAction>,
    pub last_payment_error: Option<ApiError>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// What the buyer has to do.
#[derive(Debug, Deserialize)]
pub(super) struct NextAction {
    pub redirect_to_url: Option<RedirectToUrl>,
}

/// Where the buyer has to go for it.
#[derive(Debug, Deserialize)]
pub(super) struct RedirectToUrl {
    pub url: String,
}

/// A page of Stripe's on which one payment is made.
#[derive(Debug, Deserialize)]
pub(super) struct Session {
    pub id: String,
    /// `open`, `complete` or `expired`.
    pub status: String,
    /// Where the page is, while it is open.
    pub url: Option<String>,
    /// The payment, once the buyer has sent the form; whole, because we ask for it.
    pub payment_intent: Option<Intent>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// Money on its way back.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    pub id: String,
    pub amount: i64,
    /// `pending`, `requires_action`, `succeeded`, `failed` or `canceled`.
    pub status: String,
    /// What it did to the balance: nothing, when it only lets go of what was never taken.
    pub balance_transaction: Option<String>,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub data: Vec<T>,
    pub has_more: bool,
}

/// A movement of our balance.
#[derive(Debug, Deserialize)]
pub(super) struct BalanceTransaction {
    pub id: String,
    /// In seconds; lists have the newest first.
    pub created: i64,
    /// `charge`, `payment`, `refund`, `payment_refund`, `refund_failure`, `payout`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What moved it; whole, because we ask for it.
    pub source: Option<Moved>,
}

/// A charge or refund that moved the balance. The amount is in the buyer's currency; that of the
/// balance may be in another.
#[derive(Debug, Deserialize)]
pub(super) struct Moved {
    pub amount: i64,
    pub amount_captured: Option<i64>,
    pub currency: String,
    pub payment_intent: Option<String>,
}

/// A message of Stripe that something happened. A hint: what is true is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub data: EventData,
}

#[derive(Debug, Deserialize)]
pub(crate) struct EventData {
    pub object: Subject,
}

/// What an event is about: a payment, page, charge or refund.
#[derive(Debug, Deserialize)]
pub(crate) struct Subject {
    pub id: Option<String>,
    /// The payment, where the subject is none itself.
    pub payment_intent: Option<String>,
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
}
