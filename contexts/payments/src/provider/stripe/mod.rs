//! Stripe: a payment is made on a page of theirs (a Checkout Session), so that no card ever comes
//! near us; its PaymentIntent is then captured, cancelled and refunded from here.
//!
//! The page is made first and pays nothing by itself: its id is stored before the buyer sees it,
//! and no payment can exist that we have no name for. With a card of the test mode (rehearsals)
//! the PaymentIntent is made first, stored, and confirmed by the second call.

mod amount;
mod client;
mod list;
mod reading;
mod settings;
pub mod signature;
pub(crate) mod wire;

pub use settings::StripeSettings;

use super::hosted::{NoClient, rejected};
use super::{Booked, CallError, Calling, Charge, Provider, Told, Truth};
use client::{Client, Failure, Form, segment};
use kernel::{Money, Timestamp};
use reading::declined;
use wire::{Intent, Page, Refund, Session};

/// One account at Stripe.
pub struct Stripe {
    client: Client,
    rehearsal_card: Option<String>,
}

/// What a reference of ours names at Stripe.
enum Named {
    /// A page on which nobody has paid yet.
    Page(Session),
    Payment(Intent),
}

impl Stripe {
    pub fn new(settings: &StripeSettings) -> Result<Self, NoClient> {
        Ok(Self {
            client: Client::new(settings)?,
            rehearsal_card: settings.rehearsal_card.clone(),
        })
    }

    async fn begin_or_confirm(&self, charge: &Charge) -> Result<Told, Failure> {
        if amount::to_stripe(charge.amount).is_none() || !amount::is_round_enough(charge.amount) {
            return Err(rejected("amount_not_payable").into());
        }
        match (&charge.reference, &self.rehearsal_card) {
            (None, None) => self.make_page(charge).await,
            (None, Some(card)) => self.make_payment(charge, card).await,
            (Some(name), _) => match self.look_up(name).await? {
                Named::Page(session) => Ok(reading::told_by_page(session, charge)?),
                Named::Payment(intent) if intent.status == "requires_confirmation" => {
                    reading::check(&intent, charge)?;
                    self.confirm(charge, &intent.id).await
                }
                Named::Payment(intent) => Ok(reading::told(&intent, charge)?),
            },
        }
    }

    async fn make_page(&self, charge: &Charge) -> Result<Told, Failure> {
        let mut form = metadata("metadata", charge);
        form.extend(metadata("payment_intent_data[metadata]", charge));
        let (currency, amount) = price(charge.amount)?;
        for (name, value) in [
            ("mode", "payment"),
            ("client_reference_id", &charge.payment_id.to_string()),
            ("success_url", &charge.urls.success),
            ("cancel_url", &charge.urls.cancel),
            (
                "payment_intent_data[capture_method]",
                capture_method(charge),
            ),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", &currency),
            ("line_items[0][price_data][unit_amount]", &amount),
            (
                "line_items[0][price_data][product_data][name]",
                &charge.order_number,
            ),
            ("expand[]", "payment_intent"),
        ] {
            form.push((name.to_owned(), value.to_owned()));
        }
        let key = &charge.key;
        let session = self.client.post("checkout/sessions", form, key).await;
        Ok(reading::told_by_page(
            session.map_err(nothing_moved)?,
            charge,
        )?)
    }

    async fn make_payment(&self, charge: &Charge, card: &str) -> Result<Told, Failure> {
        let (currency, amount) = price(charge.amount)?;
        let mut form = metadata("metadata", charge);
        for (name, value) in [
            ("amount", amount.as_str()),
            ("currency", &currency),
            ("capture_method", capture_method(charge)),
            ("payment_method_types[]", "card"),
            ("payment_method", card),
        ] {
            form.push((name.to_owned(), value.to_owned()));
        }
        let key = format!("{}:create", charge.key);
        let intent = self.client.post::<Intent>("payment_intents", form, &key);
        let reference = intent.await.map_err(nothing_moved)?.id;
        Ok(Told::Begun { reference })
    }

    async fn confirm(&self, charge: &Charge, intent: &str) -> Result<Told, Failure> {
        let path = format!("payment_intents/{}/confirm", segment(intent)?);
        let mut form = Form::new();
        // Stripe takes no other scheme from a live shop.
        if charge.urls.success.starts_with("https://") {
            form.push(("return_url".to_owned(), charge.urls.success.clone()));
        }
        let key = format!("{}:confirm", charge.key);
        match self.client.post::<Intent>(&path, form, &key).await {
            Ok(intent) => Ok(reading::told(&intent, charge)?),
            Err(Failure::Overtaken) => self.told_after_all(charge).await,
            Err(failure) => Err(failure),
        }
    }

    async fn take(&self, charge: &Charge, amount: Money) -> Result<Told, Failure> {
        let intent = self.intent_of(charge).await?;
        let path = format!("payment_intents/{}/capture", segment(&intent.id)?);
        let form = vec![("amount_to_capture".to_owned(), price(amount)?.1)];
        match self.client.post::<Intent>(&path, form, &charge.key).await {
            Ok(intent) => Ok(reading::told(&intent, charge)?),
            Err(Failure::Overtaken) => self.told_after_all(charge).await,
            Err(failure) => Err(failure),
        }
    }

    async fn let_go(&self, charge: &Charge) -> Result<Told, Failure> {
        let Some(name) = &charge.reference else {
            // A payment without a name was never shown to a buyer, nor confirmed.
            return Ok(Told::Voided);
        };
        match self.look_up(name).await? {
            Named::Page(session) if session.status == "open" => self.close(charge, session).await,
            Named::Page(session) if session.status == "complete" => Ok(Told::Pending {
                reference: Some(session.id),
            }),
            Named::Page(_) => Ok(Told::Voided),
            Named::Payment(intent) => self.cancel(charge, intent).await,
        }
    }

    /// Closes a page; the buyer may be faster, then it is the payment that is let go of.
    async fn close(&self, charge: &Charge, session: Session) -> Result<Told, Failure> {
        let path = format!("checkout/sessions/{}/expire", segment(&session.id)?);
        let form = vec![("expand[]".to_owned(), "payment_intent".to_owned())];
        let closed = self.client.post::<Session>(&path, form, &charge.key).await;
        match (closed, self.look_up(&session.id).await?) {
            (_, Named::Payment(intent)) => self.cancel(charge, intent).await,
            (_, Named::Page(session)) if session.status == "expired" => Ok(Told::Voided),
            (Err(failure), _) => Err(failure),
            (Ok(_), _) => Ok(Told::Pending { reference: None }),
        }
    }

    async fn cancel(&self, charge: &Charge, intent: Intent) -> Result<Told, Failure> {
        reading::check(&intent, charge)?;
        match intent.status.as_str() {
            "canceled" => return Ok(Told::Voided),
            "succeeded" => return Ok(declined("captured")),
            _ => {}
        }
        let path = format!("payment_intents/{}/cancel", segment(&intent.id)?);
        let key = format!("{}:cancel", charge.key);
        match self.client.post::<Intent>(&path, Form::new(), &key).await {
            Ok(_) => Ok(Told::Voided),
            Err(Failure::Overtaken) => match self.intent_of(charge).await?.status.as_str() {
                "canceled" => Ok(Told::Voided),
                "succeeded" => Ok(declined("captured")),
                _ => Ok(Told::Pending { reference: None }),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn give_back(&self, charge: &Charge, amount: Money) -> Result<Told, Failure> {
        let intent = self.intent_of(charge).await?;
        reading::check(&intent, charge)?;
        let mut form = metadata("metadata", charge);
        form.push(("payment_intent".to_owned(), intent.id));
        form.push(("amount".to_owned(), price(amount)?.1));
        let refund: Refund = self.client.post("refunds", form, &charge.key).await?;
        let reference = refund.id;
        Ok(match refund.status.as_str() {
            // A pending refund has left our balance; the bank takes its time with the rest.
            "succeeded" | "pending" => Told::Refunded { reference },
            "failed" | "canceled" => declined("refund_failed"),
            _ => Told::Pending { reference: None },
        })
    }

    async fn truth(&self, charge: &Charge) -> Result<Truth, Failure> {
        let Some(name) = &charge.reference else {
            return Ok(Truth::absent(charge));
        };
        match self.look_up(name).await? {
            Named::Page(session) => Ok(reading::truth_of_page(&session, charge)?),
            Named::Payment(intent) => {
                let refunded = self.refunded(&intent, charge).await?;
                Ok(reading::truth(&intent, refunded, charge)?)
            }
        }
    }

    /// What went back. Parts that were set aside and never taken are listed too, and do not count.
    async fn refunded(&self, intent: &Intent, charge: &Charge) -> Result<Money, Failure> {
        let currency = charge.amount.currency();
        if intent.status != "succeeded" {
            return Ok(Money::zero(currency));
        }
        let query = [("payment_intent", intent.id.as_str()), ("limit", "100")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let page: Page<Refund> = self.client.get("refunds", query.into()).await?;
        if page.has_more {
            return Err(rejected("too_many_refunds").into());
        }
        let moved = page.data.iter().filter(|refund| {
            let left = matches!(refund.status.as_str(), "succeeded" | "pending");
            left && refund.balance_transaction.is_some()
        });
        let sum = moved.map(|refund| refund.amount).sum();
        let money = amount::from_stripe(sum, currency);
        Ok(money.ok_or_else(|| rejected("amount_differs"))?)
    }

    /// What a call that was overtaken finds.
    async fn told_after_all(&self, charge: &Charge) -> Result<Told, Failure> {
        let intent = self.intent_of(charge).await?;
        Ok(reading::told(&intent, charge)?)
    }

    async fn intent_of(&self, charge: &Charge) -> Result<Intent, Failure> {
        let name = charge.reference.as_deref().unwrap_or_default();
        match self.look_up(name).await? {
            Named::Payment(intent) => Ok(intent),
            Named::Page(_) => Err(rejected("nothing_was_paid").into()),
        }
    }

    async fn look_up(&self, name: &str) -> Result<Named, Failure> {
        let id = segment(name)?;
        if !id.starts_with("cs_") {
            let path = format!("payment_intents/{id}");
            let intent = self.client.get(&path, Form::new()).await?;
            return Ok(Named::Payment(intent));
        }
        let query = vec![("expand[]".to_owned(), "payment_intent".to_owned())];
        let path = format!("checkout/sessions/{id}");
        let mut session: Session = self.client.get(&path, query).await?;
        Ok(match session.payment_intent.take() {
            // Until the page is complete, a payment on it that was refused may be tried again.
            Some(intent) if session.status == "complete" => Named::Payment(intent),
            _ => Named::Page(session),
        })
    }
}

/// What has no name yet was shown to no buyer and never confirmed: whether it was made or not, no
/// money can have moved, and nobody needs to wait for the truth. Stripe says a failure again and
/// again under its key, so waiting could be long.
fn nothing_moved(failure: Failure) -> Failure {
    match failure {
        Failure::Call(CallError::AnswerLost { reason }) => {
            let after = None;
            Failure::Call(CallError::NotSent { reason, after })
        }
        other => other,
    }
}

/// Ties a thing at Stripe to ours; how a webhook and whoever looks at the dashboard know it.
fn metadata(name: &str, charge: &Charge) -> Form {
    let words = [
        ("payment_id", charge.payment_id.to_string()),
        ("order_id", charge.order_id.to_string()),
        ("order_number", charge.order_number.clone()),
    ];
    words
        .map(|(word, value)| (format!("{name}[{word}]"), value))
        .into()
}

/// Currency and amount, as Stripe writes them.
fn price(amount: Money) -> Result<(String, String), CallError> {
    let units = amount::to_stripe(amount).ok_or_else(|| rejected("amount_not_payable"))?;
    let currency = amount.currency().code().to_ascii_lowercase();
    Ok((currency, units.to_string()))
}

fn capture_method(charge: &Charge) -> &'static str {
    if charge.automatic_capture {
        "automatic"
    } else {
        "manual"
    }
}

impl Provider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn authorize<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told> {
        Box::pin(async { self.begin_or_confirm(charge).await.or_else(Failure::told) })
    }

    fn capture<'a>(&'a self, charge: &'a Charge, amount: Money) -> Calling<'a, Told> {
        Box::pin(async move { self.take(charge, amount).await.or_else(Failure::told) })
    }

    fn void<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told> {
        Box::pin(async { self.let_go(charge).await.or_else(Failure::told) })
    }

    fn refund<'a>(&'a self, charge: &'a Charge, amount: Money) -> Calling<'a, Told> {
        Box::pin(async move { self.give_back(charge, amount).await.or_else(Failure::told) })
    }

    fn find<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Truth> {
        Box::pin(async { self.truth(charge).await.map_err(Failure::error) })
    }

    fn list<'a>(&'a self, from: Timestamp, until: Timestamp) -> Calling<'a, Option<Vec<Booked>>> {
        Box::pin(async move {
            let booked = list::booked(&self.client, from, until).await;
            booked.map(Some).map_err(Failure::error)
        })
    }
}
