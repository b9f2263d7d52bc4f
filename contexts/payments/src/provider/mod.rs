//! The port to whoever moves money: what payments asks of a provider, and what it may be told.
//! A provider makes calls and reads answers; it has no table and decides nothing about an order.
//!
//! Rules that every provider keeps:
//! - the key of the [`Charge`] travels with each call that moves money, and the same key means the
//!   same call: made twice, it moves money once;
//! - connecting takes at most [`CONNECT`]; a whole call is cut off after [`TOTAL`] by the caller;
//! - what is not known to have failed is [`CallError::AnswerLost`];
//! - nothing secret and nothing of a card stands in a reason, a code or a reference.

pub mod by_hand;
pub mod hosted;
pub mod payfast;
pub mod routing;
pub mod sandbox;
pub mod stripe;

use kernel::{Money, OrderId, PaymentId, Timestamp};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How long a provider may take to accept a connection; longer means [`CallError::NotSent`].
pub const CONNECT: Duration = Duration::from_secs(3);
/// How long a call may take in all; longer means [`CallError::AnswerLost`].
pub const TOTAL: Duration = Duration::from_secs(20);

/// A call under way.
pub type Calling<'a, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send + 'a>>;

/// One way to move money.
pub trait Provider: Send + Sync + 'static {
    /// Its name in rows and settings, for ever: `sandbox`, `stripe`, …
    fn name(&self) -> &'static str;

    /// Whether people move the money and we only write it down: `cash`, `invoice`. Its methods
    /// then answer at once and never fail.
    fn by_hand(&self) -> bool {
        false
    }

    /// Whether money is given back by hand, on the provider's own pages, and we only write it down.
    fn refunds_by_hand(&self) -> bool {
        self.by_hand()
    }

    /// Sets the whole amount aside, or takes it when the charge says so.
    /// Tells `Authorized`, `Captured`, `ActionRequired`, `Begun`, `Pending` or `Declined`.
    fn authorize<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told>;

    /// Takes `amount` of what is set aside; what is left over is let go of.
    /// Tells `Captured`, `Pending` or `Declined`.
    fn capture<'a>(&'a self, charge: &'a Charge, amount: Money) -> Calling<'a, Told>;

    /// Lets go of what is set aside, or withdraws what waits for the buyer.
    /// Tells `Voided`, `Pending` or `Declined`.
    fn void<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told>;

    /// Gives back `amount` of what was taken. Tells `Refunded`, `Pending` or `Declined`.
    fn refund<'a>(&'a self, charge: &'a Charge, amount: Money) -> Calling<'a, Told>;

    /// How the payment stands at the provider, who is the source of truth. Moves nothing.
    fn find<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Truth>;

    /// What the provider has booked in `from..until`, one entry a payment; `None`: it keeps no
    /// such list, and a day cannot be compared.
    fn list<'a>(&'a self, from: Timestamp, until: Timestamp) -> Calling<'a, Option<Vec<Booked>>> {
        let _ = (from, until);
        Box::pin(async { Ok(None) })
    }
}

/// A payment as a provider needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    /// What people call the order: `ORD-2026-000042`.
    pub order_number: String,
    /// All that is to be set aside.
    pub amount: Money,
    /// What the provider calls the payment, once it has told us.
    pub reference: Option<String>,
    /// The idempotency key of this call: `auth:pay_…`, `cap:pay_…:1`, `void:pay_…:1`,
    /// `refund:rfd_…`. A provider that needs several steps appends to it.
    pub key: String,
    /// True: money is taken at once. False: it is set aside, and taken when the order is confirmed.
    pub automatic_capture: bool,
    pub urls: Urls,
}

/// Where the provider sends the buyer afterwards; both are addresses of ours or of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// After paying.
    pub success: String,
    /// After giving up.
    pub cancel: String,
}

/// What a provider answers to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The whole amount is set aside.
    Authorized { reference: String },
    /// Money came; when nothing had been set aside, then by the same stroke.
    Captured { reference: String, amount: Money },
    /// The buyer must do something first, at `redirect_url`.
    ActionRequired {
        reference: String,
        redirect_url: String,
    },
    /// The payment has a name at the provider and nothing has moved. The name is stored, then the
    /// same call is made again with it: no crash can leave a payment without a name behind.
    Begun { reference: String },
    /// The provider works on it; it is asked again later.
    Pending { reference: Option<String> },
    /// What was set aside is let go of.
    Voided,
    /// Money went back; `reference` names the refund.
    Refunded { reference: String },
    /// A definite no: nothing moved by this call. `declined`, `insufficient_funds`, …
    Declined { reason: String },
}

/// How a payment stands at its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    pub standing: Standing,
    pub reference: Option<String>,
    /// All that was ever set aside or taken, and of it taken, and of that given back.
    pub authorized: Money,
    pub captured: Money,
    pub refunded: Money,
}

/// What state the provider says a payment is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is found by what we know of it. It may exist: the same key is sent again.
    Absent,
    /// The provider works on it.
    Pending,
    /// It waits for the buyer.
    ActionRequired { redirect_url: String },
    /// Money is set aside or was taken, as the sums say.
    Open,
    /// It ended without money.
    Declined { reason: String },
    /// What was set aside was let go of, by us or by the time that passed.
    Voided,
}

impl Truth {
    /// A payment the provider knows nothing of, in the currency of `charge`.
    pub fn absent(charge: &Charge) -> Self {
        Self::without_money(charge, Standing::Absent)
    }

    /// A payment without money.
    pub fn without_money(charge: &Charge, standing: Standing) -> Self {
        let zero = Money::zero(charge.amount.currency());
        Self {
            standing,
            reference: charge.reference.clone(),
            authorized: zero,
            captured: zero,
            refunded: zero,
        }
    }
}

/// What a provider has booked of one payment within a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    pub reference: String,
    pub captured: Money,
    pub refunded: Money,
}

/// A call that brought no answer, or a refusal that is not the buyer's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It never reached the provider, or the provider did nothing and says so (429): it may simply
    /// be made again, not before `after`.
    #[error("the provider was not reached: {reason}")]
    NotSent {
        reason: String,
        after: Option<Duration>,
    },
    /// It may have been done: timeout, connection lost, 5xx. Only the same key is ever sent again.
    #[error("the provider's answer was lost: {reason}")]
    AnswerLost { reason: String },
    /// The provider refuses the call for good: our settings or our request are wrong.
    #[error("the provider refuses the call: {code}")]
    Rejected { code: String },
}
