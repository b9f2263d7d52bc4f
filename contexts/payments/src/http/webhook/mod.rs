//! What providers and the buyers they send call: their webhooks, and the page from which a buyer
//! goes on to a provider that wants a form.

mod page;
mod payfast;
mod stripe;

use crate::payments::Payments;
use platform::http::{Allow, Routes};
use platform::routes;

/// Everybody may call them: who calls is told by signatures. They keep no answers under an
/// `Idempotency-Key`: the inbox knows what was there before.
pub(super) fn routes(payments: &Payments) -> Routes<Payments> {
    Routes::new(payments.clone())
        .add_with_own_retry(Allow::anyone(), routes!(stripe::stripe_webhook))
        .add_with_own_retry(Allow::anyone(), routes!(payfast::payfast_webhook))
        .add(Allow::anyone(), routes!(page::pay))
}
