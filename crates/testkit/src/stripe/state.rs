//! What the simulator remembers, and how it changes.

use std::collections::{BTreeMap, HashMap, HashSet};

use kernel::Timestamp;
use serde_json::{Value, json};

use super::book::{Book, Entry};
use super::events::Event;
use super::{Buyer, Dates, StripeCall};
use crate::loopback::Fault;

/// Everything the provider knows.
#[derive(Default)]
pub(super) struct State {
    pub intents: BTreeMap<String, Intent>,
    pub pages: BTreeMap<String, Page>,
    pub refunds: Vec<Refund>,
    pub movements: Vec<Movement>,
    pub events: Vec<Event>,
    pub calls: Vec<StripeCall>,
    /// What went wrong with calls, in turn.
    pub struck: Vec<(StripeCall, Fault)>,
    /// Every call counts as new, whatever its key.
    pub forgets_keys: bool,
    /// What becomes of lists that are narrowed to a span of time.
    pub dates: Dates,
    /// Answers by idempotency key, with what was asked.
    pub answers: HashMap<String, (Vec<u8>, u16, Value)>,
    /// Keys of calls that are being carried out.
    pub running: HashSet<String>,
    made: u64,
}

pub(super) struct Intent {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub manual: bool,
    pub card: String,
    pub status: &'static str,
    pub received: i64,
    pub captures: usize,
    pub refusal: Option<&'static str>,
    pub metadata: Vec<(String, String)>,
}

pub(super) struct Page {
    pub id: String,
    pub status: &'static str,
    pub amount: i64,
    pub currency: String,
    pub manual: bool,
    pub intent: Option<String>,
    pub metadata: Vec<(String, String)>,
}

pub(super) struct Refund {
    pub id: String,
    pub intent: String,
    pub amount: i64,
}

pub(super) struct Movement {
    pub id: String,
    pub kind: &'static str,
    pub intent: String,
    pub amount: i64,
    pub at: Timestamp,
}

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub decline_code: Option<&'static str>,
    pub param: Option<&'static str>,
    /// Where it is not the simulator's own.
    pub message: Option<&'static str>,
}

pub(super) type Done<T = ()> = Result<T, Refusal>;

/// A refusal with this status and code; an empty code is none.
pub(super) fn refusal(status: u16, code: &'static str) -> Refusal {
    Refusal {
        status,
        code,
        decline_code: None,
        param: None,
        message: None,
    }
}

/// The state a payment must be in for what was asked.
fn unexpected() -> Refusal {
    refusal(400, "payment_intent_unexpected_state")
}

/// A refusal is what some buyers came for.
fn came_for(no: Option<&'static str>, confirmed: Done) -> Done {
    match no {
        Some(_) => Ok(()),
        None => confirmed,
    }
}

impl State {
    /// A fresh id; each is longer than a number so that nobody takes it for one.
    pub fn id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_simulated{:06}", self.made)
    }

    pub fn intent(&mut self, id: &str) -> Done<&mut Intent> {
        let missing = || refusal(404, "resource_missing");
        self.intents.get_mut(id).ok_or_else(missing)
    }

    pub fn page(&mut self, id: &str) -> Done<&mut Page> {
        let missing = || refusal(404, "resource_missing");
        self.pages.get_mut(id).ok_or_else(missing)
    }

    /// The bank is asked. `no`: its answer, when it is not up to the card.
    pub fn confirm(&mut self, id: &str, no: Option<&'static str>, now: Timestamp) -> Done {
        let intent = self.intent(id)?;
        if !matches!(intent.status, "requires_confirmation" | "requires_action") {
            return Err(unexpected());
        }
        let no = no.or(match intent.card.as_str() {
            "pm_card_chargeDeclined" => Some("generic_decline"),
            "pm_card_chargeDeclinedInsufficientFunds" => Some("insufficient_funds"),
            _ => None,
        });
        if let Some(decline_code) = no {
            intent.status = "requires_payment_method";
            intent.refusal = Some(decline_code);
            self.tell("payment_intent.payment_failed", id, now);
            return Err(Refusal {
                decline_code: Some(decline_code),
                ..refusal(402, "card_declined")
            });
        }
        if intent.manual {
            intent.status = "requires_capture";
            self.tell("payment_intent.amount_capturable_updated", id, now);
            return Ok(());
        }
        let amount = intent.amount;
        self.take(id, amount, now);
        Ok(())
    }

    pub fn capture(&mut self, id: &str, amount: i64, now: Timestamp) -> Done {
        let intent = self.intent(id)?;
        if intent.status != "requires_capture" {
            return Err(unexpected());
        }
        if amount <= 0 || amount > intent.amount {
            return Err(refusal(400, "amount_too_large"));
        }
        self.take(id, amount, now);
        Ok(())
    }

    fn take(&mut self, id: &str, amount: i64, now: Timestamp) {
        let Ok(intent) = self.intent(id) else { return };
        intent.status = "succeeded";
        intent.received = amount;
        intent.captures += 1;
        self.move_money("charge", id, amount, now);
        self.tell("payment_intent.succeeded", id, now);
    }

    pub fn cancel(&mut self, id: &str, now: Timestamp) -> Done {
        let intent = self.intent(id)?;
        if matches!(intent.status, "succeeded" | "canceled" | "processing") {
            return Err(unexpected());
        }
        intent.status = "canceled";
        self.tell("payment_intent.canceled", id, now);
        Ok(())
    }

    /// Gives back; the id of the refund.
    pub fn refund(&mut self, id: &str, amount: i64, now: Timestamp) -> Done<String> {
        let refunded = self.refunded(id);
        let intent = self.intent(id)?;
        if intent.status != "succeeded" {
            return Err(unexpected());
        }
        if amount <= 0 || refunded + amount > intent.received {
            return Err(refusal(400, "charge_already_refunded"));
        }
        let refund = self.id("re");
        self.refunds.push(Refund {
            id: refund.clone(),
            intent: id.to_owned(),
            amount,
        });
        self.move_money("refund", id, amount, now);
        self.tell("charge.refunded", id, now);
        Ok(refund)
    }

    pub fn expire_page(&mut self, id: &str, now: Timestamp) -> Done {
        let page = self.page(id)?;
        if page.status != "open" {
            return Err(refusal(400, "resource_not_open"));
        }
        page.status = "expired";
        self.tell("checkout.session.expired", id, now);
        Ok(())
    }

    /// What a buyer does at an address they were sent to. Fails when nothing can be done there.
    pub fn buyer(&mut self, redirect_url: &str, buyer: Buyer, now: Timestamp) -> Done {
        let id = redirect_url
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let no = (buyer == Buyer::IsRefused).then_some("generic_decline");
        if id.starts_with("pi_") {
            return came_for(no, self.confirm(&id, no, now));
        }
        let page = self.page(&id)?;
        if page.status != "open" {
            return Err(refusal(400, "resource_not_open"));
        }
        let (amount, currency, manual) = (page.amount, page.currency.clone(), page.manual);
        let (metadata, known) = (page.metadata.clone(), page.intent.clone());
        let intent = known.unwrap_or_else(|| self.id("pi"));
        let fresh = || Intent {
            id: intent.clone(),
            amount,
            currency,
            manual,
            card: "entered on the page".to_owned(),
            status: "requires_confirmation",
            received: 0,
            captures: 0,
            refusal: None,
            metadata,
        };
        let payment = self.intents.entry(intent.clone()).or_insert_with(fresh);
        payment.status = "requires_confirmation";
        let confirmed = self.confirm(&intent, no, now);
        let page = self.page(&id)?;
        page.intent = Some(intent);
        if confirmed.is_ok() {
            page.status = "complete";
            self.tell("checkout.session.completed", &id, now);
        }
        came_for(no, confirmed)
    }

    /// What went back of a payment.
    pub fn refunded(&self, id: &str) -> i64 {
        let ours = self.refunds.iter().filter(|refund| refund.intent == id);
        ours.map(|refund| refund.amount).sum()
    }

    fn move_money(&mut self, kind: &'static str, intent: &str, amount: i64, at: Timestamp) {
        let id = self.id("txn");
        self.movements.push(Movement {
            id,
            kind,
            intent: intent.to_owned(),
            amount,
            at,
        });
    }

    /// A webhook about a payment, a page, or a payment's charge.
    fn tell(&mut self, kind: &'static str, about: &str, now: Timestamp) {
        let object = match (self.intents.get(about), self.pages.get(about)) {
            (Some(intent), _) if kind.starts_with("charge.") => json!({
                "id": about.replace("pi_", "ch_"), "object": "charge",
                "payment_intent": about, "amount": intent.amount,
                "amount_refunded": self.refunded(about), "metadata": words(&intent.metadata),
            }),
            (Some(intent), _) => intent.json(""),
            (None, Some(page)) => page.json("", None),
            (None, None) => Value::Null,
        };
        let id = self.id("evt");
        self.events.push(Event {
            id,
            kind,
            object,
            created: now,
        });
    }

    pub fn book(&self) -> Book {
        let entry = |intent: &Intent| {
            let named = |name: &str| {
                let word = intent.metadata.iter().find(|(word, _)| word == name);
                word.map(|(_, value)| value.as_str()).unwrap_or_default()
            };
            Entry {
                reference: intent.id.clone(),
                payment_id: named("payment_id").parse().expect("it names our payment"),
                order_id: named("order_id").parse().ok(),
                currency: intent.currency.clone(),
                amount: intent.amount,
                held: if intent.status == "requires_capture" {
                    intent.amount
                } else {
                    0
                },
                captured: intent.received,
                captures: intent.captures,
                refunded: self.refunded(&intent.id),
                refunds: self
                    .refunds
                    .iter()
                    .filter(|r| r.intent == intent.id)
                    .count(),
            }
        };
        Book {
            payments: self.intents.values().map(entry).collect(),
        }
    }
}

pub(super) fn words(metadata: &[(String, String)]) -> Value {
    let pairs = metadata
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)));
    Value::Object(pairs.collect())
}

impl Intent {
    /// As Stripe shows it, secrets included: a shop must not let them get any further.
    pub fn json(&self, url: &str) -> Value {
        let action = (self.status == "requires_action").then(|| {
            json!({"type": "redirect_to_url",
                "redirect_to_url": {"url": format!("{url}/3ds/{}", self.id)}})
        });
        let refusal = self.refusal.map(|code| {
            json!({"type": "card_error", "code": "card_declined",
                "decline_code": code, "payment_method": {"card": {"last4": "4242"}}})
        });
        let capturable = if self.status == "requires_capture" {
            self.amount
        } else {
            0
        };
        json!({
            "id": self.id, "object": "payment_intent", "amount": self.amount,
            "amount_capturable": capturable, "amount_received": self.received,
            "currency": self.currency, "status": self.status, "next_action": action,
            "capture_method": if self.manual { "manual" } else { "automatic" },
            "client_secret": format!("{}_secret_CanaryOfTheSimulator", self.id),
            "last_payment_error": refusal, "metadata": words(&self.metadata),
        })
    }
}

impl Page {
    pub fn json(&self, url: &str, intent: Option<Value>) -> Value {
        let open = self.status == "open";
        json!({
            "id": self.id, "object": "checkout.session", "mode": "payment",
            "amount_total": self.amount, "currency": self.currency, "status": self.status,
            "url": open.then(|| format!("{url}/pay/{}", self.id)),
            "payment_intent": intent, "metadata": words(&self.metadata),
            "client_secret": format!("{}_secret_CanaryOfTheSimulator", self.id),
        })
    }
}
