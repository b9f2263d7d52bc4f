//! What the shop knows of its account at Stripe.

use crate::provider::hosted::Patience;
use secrecy::SecretString;

/// Where Stripe is, unless a stand-in is named.
pub const STRIPE_URL: &str = "https://api.stripe.com";

/// An account at Stripe. Secrets print as `[REDACTED]`.
#[derive(Clone, Debug)]
pub struct StripeSettings {
    pub url: String,
    pub secret_key: SecretString,
    /// What webhooks are signed with. Several while one is being replaced.
    pub webhook_secrets: Vec<SecretString>,
    /// A payment method of Stripe's test mode, such as `pm_card_visa`, that pays every order
    /// without a page.
    pub rehearsal_card: Option<String>,
    pub patience: Patience,
}
