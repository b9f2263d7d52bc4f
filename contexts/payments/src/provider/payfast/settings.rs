//! What the shop knows of its account at PayFast.

use super::sources::Sources;
use crate::provider::hosted::Patience;
use secrecy::SecretString;

/// Where PayFast is. Its sandbox is at `https://sandbox.payfast.co.za`.
pub const PAYFAST_URL: &str = "https://www.payfast.co.za";

/// An account at PayFast. Secrets print as `[REDACTED]`.
#[derive(Clone, Debug)]
pub struct PayFastSettings {
    pub url: String,
    pub merchant_id: String,
    pub merchant_key: SecretString,
    /// Without one, a buyer could change the amount in the form.
    pub passphrase: SecretString,
    /// Where this shop is reached from outside, without a slash at its end.
    pub public_url: String,
    pub sources: Sources,
    pub patience: Patience,
}
