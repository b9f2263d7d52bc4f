//! The calls the simulator understands, and how it answers them.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use kernel::Timestamp;
use serde_json::{Value, json};

use super::state::{Done, Intent, Page, Refusal, State, refusal};
use super::{STRIPE_KEY, StripeCall};
use crate::loopback::{Call, Fault};

/// Which call this is.
pub(super) fn step(call: &Call) -> Option<StripeCall> {
    use StripeCall as To;
    let path: Vec<_> = call.path.split('/').collect();
    Some(match (call.method.as_str(), path.as_slice()) {
        ("POST", ["v1", "checkout", "sessions"]) => To::MakePage,
        ("POST", ["v1", "checkout", "sessions", _, "expire"]) => To::ExpirePage,
        ("POST", ["v1", "payment_intents"]) => To::MakePayment,
        ("POST", ["v1", "payment_intents", _, "confirm"]) => To::Confirm,
        ("POST", ["v1", "payment_intents", _, "capture"]) => To::Capture,
        ("POST", ["v1", "payment_intents", _, "cancel"]) => To::Cancel,
        ("POST", ["v1", "refunds"]) => To::Refund,
        ("GET", ["v1", "checkout", "sessions", _])
        | ("GET", ["v1", "payment_intents", _])
        | ("GET", ["v1", "refunds"]) => To::Find,
        ("GET", ["v1", "balance_transactions"]) => To::List,
        _ => return None,
    })
}

/// A refusal with nothing done.
pub(super) fn refuse(status: u16, code: &'static str) -> Response {
    let refused = refusal(status, code);
    answer(status, &error(&refused), false)
}

fn error(refusal: &Refusal) -> Value {
    let kind = match refusal.status {
        402 => "card_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    let own = format!(
        "{}: the card 4242 4242 4242 4242 was not charged",
        refusal.code
    );
    json!({"error": {"type": kind, "code": Some(refusal.code).filter(|code| !code.is_empty()),
        "decline_code": refusal.decline_code, "param": refusal.param,
        "message": refusal.message.unwrap_or(&own)}})
}

fn answer(status: u16, body: &Value, replayed: bool) -> Response {
    let mut answer = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json");
    if replayed {
        answer = answer.header("idempotent-replayed", "true");
    }
    if status == 429 {
        answer = answer.header("retry-after", "2");
    }
    let answer = answer.body(Body::from(body.to_string()));
    answer.expect("the answer is well formed")
}

/// When and where a call is made, and what goes wrong with it.
pub(super) struct Moment<'a> {
    pub now: Timestamp,
    pub url: &'a str,
    pub fault: Option<Fault>,
}

impl State {
    /// Does it, or says again what was said under the same key: refusals and failures too, as
    /// Stripe does.
    pub fn apply(&mut self, call: &Call, step: StripeCall, moment: &Moment) -> Response {
        if call.bearer() != Some(STRIPE_KEY) {
            return refuse(401, "api_key_invalid");
        }
        let key = call.key().filter(|_| !self.forgets_keys);
        if key.is_some_and(|key| self.running.contains(key)) {
            return refuse(409, "idempotency_key_in_use");
        }
        let asked = [call.path.as_bytes(), b"?", &call.body].concat();
        let known = key.and_then(|key| self.answers.get(key));
        if let Some((before, status, body)) = known {
            return match *before == asked {
                true => answer(*status, body, true),
                false => refuse(400, "idempotency_key_reused"),
            };
        }
        let done = self.carry_out(call, step, moment);
        let (status, body) = match done {
            Ok(_) if moment.fault == Some(Fault::FailAfter) => {
                (500, error(&refusal(500, "api_error")))
            }
            Ok(body) => (200, body),
            Err(refused) => (refused.status, error(&refused)),
        };
        if let Some(key) = key {
            let stored = (asked, status, body.clone());
            self.answers.insert(key.to_owned(), stored);
        }
        answer(status, &body, false)
    }

    fn carry_out(&mut self, call: &Call, step: StripeCall, moment: &Moment) -> Done<Value> {
        let now = moment.now;
        let id = call.path.split('/').nth_back(1).unwrap_or_default();
        match step {
            StripeCall::MakePage => Ok(self.make_page(call, moment)),
            StripeCall::MakePayment => Ok(self.make_payment(call, moment)),
            StripeCall::ExpirePage => {
                self.expire_page(id, now)?;
                Ok(self.page(id)?.json(moment.url, None))
            }
            StripeCall::Confirm => self.confirm_with(id, moment),
            StripeCall::Capture if moment.fault == Some(Fault::Decline) => Err(Refusal {
                decline_code: Some("generic_decline"),
                ..refusal(402, "card_declined")
            }),
            StripeCall::Capture => {
                let amount = call.field("amount_to_capture").parse().unwrap_or_default();
                self.capture(id, amount, now)?;
                Ok(self.intent(id)?.json(moment.url))
            }
            StripeCall::Cancel => {
                self.cancel(id, now)?;
                Ok(self.intent(id)?.json(moment.url))
            }
            StripeCall::Refund => {
                let amount = call.field("amount").parse().unwrap_or_default();
                let refund = self.refund(call.field("payment_intent"), amount, now)?;
                Ok(json!({"id": refund, "object": "refund", "amount": amount,
                    "status": "succeeded", "balance_transaction": "txn_of_it"}))
            }
            StripeCall::Find => self.find(call, moment),
            StripeCall::List => self.list(call),
        }
    }

    fn make_page(&mut self, call: &Call, moment: &Moment) -> Value {
        let id = self.id("cs_test");
        let number = |name: &str| call.field(name).parse::<i64>().unwrap_or_default();
        let page = Page {
            id: id.clone(),
            status: "open",
            amount: number("line_items[0][price_data][unit_amount]")
                * number("line_items[0][quantity]"),
            currency: call.field("line_items[0][price_data][currency]").to_owned(),
            manual: call.field("payment_intent_data[capture_method]") == "manual",
            intent: None,
            metadata: metadata(call, "payment_intent_data[metadata]"),
        };
        let json = page.json(moment.url, None);
        self.pages.insert(id, page);
        json
    }

    fn make_payment(&mut self, call: &Call, moment: &Moment) -> Value {
        let id = self.id("pi");
        let intent = Intent {
            id: id.clone(),
            amount: call.field("amount").parse().unwrap_or_default(),
            currency: call.field("currency").to_owned(),
            manual: call.field("capture_method") == "manual",
            card: call.field("payment_method").to_owned(),
            status: "requires_confirmation",
            received: 0,
            captures: 0,
            refusal: None,
            metadata: metadata(call, "metadata"),
        };
        let json = intent.json(moment.url);
        self.intents.insert(id, intent);
        json
    }

    fn confirm_with(&mut self, id: &str, moment: &Moment) -> Done<Value> {
        let intent = self.intent(id)?;
        let asks = intent.card == "pm_card_threeDSecure2Required"
            || moment.fault == Some(Fault::Authenticate);
        if asks && intent.status == "requires_confirmation" {
            intent.status = "requires_action";
            return Ok(intent.json(moment.url));
        }
        let no = (moment.fault == Some(Fault::Decline)).then_some("generic_decline");
        self.confirm(id, no, moment.now)?;
        Ok(self.intent(id)?.json(moment.url))
    }

    fn find(&mut self, call: &Call, moment: &Moment) -> Done<Value> {
        let id = call.path.rsplit('/').next().unwrap_or_default();
        if id == "refunds" {
            let intent = call.field("payment_intent");
            let ours = self.refunds.iter().filter(|refund| refund.intent == intent);
            let refunds: Vec<_> = ours
                .map(|refund| {
                    json!({"id": refund.id, "amount": refund.amount,
                    "status": "succeeded", "balance_transaction": "txn_of_it"})
                })
                .collect();
            return Ok(json!({"object": "list", "data": refunds, "has_more": false}));
        }
        if id.starts_with("pi_") {
            return Ok(self.intent(id)?.json(moment.url));
        }
        let intent = self.page(id)?.intent.clone();
        let intent = intent.and_then(|id| self.intents.get(&id));
        let intent = intent.map(|intent| intent.json(moment.url));
        Ok(self.page(id)?.json(moment.url, intent))
    }

    /// The newest first, as Stripe does.
    fn list(&self, call: &Call) -> Done<Value> {
        let bound = |name: &str| call.field(name).parse::<i64>().ok();
        let (from, until) = (bound("created[gte]"), bound("created[lt]"));
        if from.or(until).is_some() {
            self.dates.check()?;
        }
        let span = from.unwrap_or(i64::MIN)..until.unwrap_or(i64::MAX);
        let limit = usize::try_from(bound("limit").unwrap_or(10)).unwrap_or(10);
        let after = call.field("starting_after");
        let within = self.movements.iter().rev().filter(|movement| {
            let comes_after = after.is_empty() || movement.id.as_str() < after;
            comes_after && span.contains(&movement.at.unix_seconds())
        });
        let all: Vec<_> = within.collect();
        let shown = all.iter().take(limit).map(|movement| {
            let currency = &self.intents[&movement.intent].currency;
            let sign = if movement.kind == "refund" { -1 } else { 1 };
            json!({"id": movement.id, "type": movement.kind, "amount": sign * movement.amount,
                "created": movement.at.unix_seconds(),
                "source": {"amount": movement.amount, "currency": currency,
                    "payment_intent": movement.intent}})
        });
        let shown: Vec<_> = shown.collect();
        Ok(json!({"object": "list", "data": shown, "has_more": all.len() > limit}))
    }
}

/// The words under `name[…]`.
fn metadata(call: &Call, name: &str) -> Vec<(String, String)> {
    let word = |(field, value): &(String, String)| {
        let word = field
            .strip_prefix(name)?
            .strip_prefix('[')?
            .strip_suffix(']')?;
        Some((word.to_owned(), value.clone()))
    };
    call.fields.iter().filter_map(word).collect()
}
