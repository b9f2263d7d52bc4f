//! What providers and the buyers they send call: their webhooks, and the page from which a buyer
//! goes on to a provider that wants a form.

mod page;
mod payfast;
mod stripe;

use crate::payments::Payments;
use crate::provider::payfast::PayFast;
use platform::http::{Allow, Routes};
use std::sync::Arc;
use utoipa_axum::routes;

/// What these routes work with.
#[derive(Clone)]
pub(crate) struct Hosted {
    pub payments: Payments,
    pub payfast: Option<Arc<PayFast>>,
}

/// Everybody may call them: who calls is told by signatures. They keep no answers under an
/// `Idempotency-Key`: the inbox knows what was there before.
pub(crate) fn routes(hosted: Hosted) -> Routes<Hosted> {
    Routes::new(hosted)
        .add_with_own_retry(Allow::anyone(), routes!(stripe::stripe_webhook))
        .add_with_own_retry(Allow::anyone(), routes!(payfast::payfast_webhook))
        .add(Allow::anyone(), routes!(page::pay))
}
