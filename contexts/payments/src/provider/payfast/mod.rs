//! PayFast, the South African gateway of www.payfast.co.za (its Pakistani namesake is another
//! company): the buyer is sent there with a signed form, and PayFast posts back how it ended.
//!
//! The protocol knows no more than that. Money is taken at once, in rand only; nothing can be
//! looked up, so what we know is what a notice told; and money is given back by hand in PayFast's
//! dashboard.

pub(crate) mod notice;
mod settings;
pub(crate) mod signature;
mod sources;

pub use settings::PayFastSettings;
pub use sources::{BadSources, Sources};

use super::hosted::{self, NoClient, lost};
use super::{CallError, Calling, Charge, Provider, Standing, Told, Truth};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Money, PaymentId};
use notice::{Notice, zar};
use secrecy::ExposeSecret as _;
use sha2::Sha256;
use signature::{Fields, joined, signature};
use std::fmt::Write as _;
use std::net::IpAddr;
use subtle::ConstantTimeEq as _;

/// One account at PayFast.
pub struct PayFast {
    http: hosted::Client,
    settings: PayFastSettings,
}

impl PayFast {
    pub fn new(settings: PayFastSettings) -> Result<Self, NoClient> {
        Ok(Self {
            http: hosted::Client::new(settings.patience)?,
            settings,
        })
    }

    /// Where the buyer's form is sent.
    pub(crate) fn form_action(&self) -> String {
        format!("{}/eng/process", self.settings.url.trim_end_matches('/'))
    }

    /// The form that starts a payment, in the documented order of its fields. It holds the merchant
    /// key, as the protocol wants it, so it is made when it is shown and stored nowhere.
    pub(crate) fn form(&self, charge: &Charge) -> Fields {
        let settings = &self.settings;
        let fields = [
            ("merchant_id", settings.merchant_id.clone()),
            (
                "merchant_key",
                settings.merchant_key.expose_secret().to_owned(),
            ),
            ("return_url", charge.urls.success.clone()),
            ("cancel_url", charge.urls.cancel.clone()),
            (
                "notify_url",
                format!("{}/v1/webhooks/payfast", settings.public_url),
            ),
            ("m_payment_id", charge.payment_id.to_string()),
            ("amount", decimal(charge.amount)),
            ("item_name", charge.order_number.clone()),
        ];
        let mut fields: Fields = fields
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .into();
        let signature = signature(&joined(&fields), settings.passphrase.expose_secret());
        fields.push(("signature".to_owned(), signature));
        fields
    }

    /// The page of ours that sends the buyer's browser on.
    fn page(&self, payment_id: PaymentId) -> String {
        let (base, proof) = (&self.settings.public_url, self.proof(payment_id));
        format!("{base}/v1/payments/{payment_id}/pay?proof={proof}")
    }

    /// Whether the link to the page of this payment came from us.
    pub(crate) fn proves(&self, payment_id: PaymentId, proof: &str) -> bool {
        self.proof(payment_id)
            .as_bytes()
            .ct_eq(proof.as_bytes())
            .into()
    }

    fn proof(&self, payment_id: PaymentId) -> String {
        let secret = self.settings.passphrase.expose_secret().as_bytes();
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            return String::new();
        };
        mac.update(b"comptoir page of payment ");
        mac.update(payment_id.uuid().as_bytes());
        let mut text = String::with_capacity(32);
        for byte in &mac.finalize().into_bytes()[..16] {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    pub(crate) fn knows_source(&self, address: IpAddr) -> bool {
        self.settings.sources.hold(address)
    }

    pub(crate) fn has_signed(&self, notice: &Notice) -> bool {
        let passphrase = self.settings.passphrase.expose_secret();
        notice.is_signed(&self.settings.merchant_id, passphrase)
    }

    /// Asks PayFast whether it has sent this notice.
    pub(crate) async fn confirms(&self, notice: &Notice) -> Result<bool, CallError> {
        let base = self.settings.url.trim_end_matches('/');
        let url = format!("{base}/eng/query/validate");
        let answer = hosted::send(self.http.post(&url, notice.unsigned())).await?;
        if !answer.status.is_success() {
            return Err(lost(format!("status {}", answer.status.as_u16())));
        }
        let word = answer.body.trim_ascii();
        Ok(word == b"VALID" || word == b"VERIFIED")
    }
}

/// `100.00`: rand with two digits.
fn decimal(amount: Money) -> String {
    let minor = amount.minor();
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// A payment that no notice has come of bears our own name for it.
fn is_paid(charge: &Charge) -> bool {
    let waiting = charge.payment_id.to_string();
    charge
        .reference
        .as_ref()
        .is_some_and(|reference| *reference != waiting)
}

fn declined(reason: &str) -> Told {
    let reason = reason.to_owned();
    Told::Declined { reason }
}

impl Provider for PayFast {
    fn name(&self) -> &'static str {
        "payfast"
    }

    fn refunds_by_hand(&self) -> bool {
        true
    }

    fn authorize<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told> {
        Box::pin(async {
            if Some(charge.amount.currency()) != zar() {
                return Ok(declined("currency_not_supported"));
            }
            Ok(Told::ActionRequired {
                reference: charge.payment_id.to_string(),
                redirect_url: self.page(charge.payment_id),
            })
        })
    }

    /// Money is taken when the buyer pays.
    fn capture<'a>(&'a self, _: &'a Charge, _: Money) -> Calling<'a, Told> {
        Box::pin(async { Ok(declined("captured_by_payfast")) })
    }

    /// Our page is shown no more. Who has PayFast's open may still pay; then a notice comes.
    fn void<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told> {
        Box::pin(async {
            Ok(match is_paid(charge) {
                true => declined("captured"),
                false => Told::Voided,
            })
        })
    }

    fn refund<'a>(&'a self, _: &'a Charge, _: Money) -> Calling<'a, Told> {
        Box::pin(async { Ok(declined("refund_in_dashboard")) })
    }

    /// What is known without asking: it waits for the buyer, until a notice tells.
    fn find<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Truth> {
        Box::pin(async {
            let standing = Standing::ActionRequired {
                redirect_url: self.page(charge.payment_id),
            };
            let waiting = Truth::without_money(charge, standing);
            if !is_paid(charge) {
                return Ok(waiting);
            }
            Ok(Truth {
                standing: Standing::Open,
                authorized: charge.amount,
                captured: charge.amount,
                ..waiting
            })
        })
    }
}
