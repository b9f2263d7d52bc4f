//! What the shop knows of its account at Stripe.

use crate::provider::hosted::Patience;
use platform::config::EnvReader;
use secrecy::{ExposeSecret as _, SecretString};

/// Where Stripe is, unless a stand-in is named.
const STRIPE_URL: &str = "https://api.stripe.com";
const KEY: &str = "COMPTOIR_STRIPE_SECRET_KEY";
const WEBHOOK: &str = "COMPTOIR_STRIPE_WEBHOOK_SECRET";
const CARD: &str = "COMPTOIR_STRIPE_TEST_CARD";
const URL: &str = "COMPTOIR_STRIPE_URL";

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

impl StripeSettings {
    /// The account, if there is one. A setting without the key it belongs to is a fault: somebody
    /// thinks that cards are taken.
    pub(crate) fn read(reader: &mut EnvReader<'_>) -> Option<Self> {
        let key = reader.secret(KEY);
        let webhook = reader.secret(WEBHOOK);
        let rehearsal_card = reader.text(CARD);
        let Some(secret_key) = key else {
            let others = [
                (WEBHOOK, webhook.is_some()),
                (CARD, rehearsal_card.is_some()),
                (URL, reader.text(URL).is_some()),
            ];
            for (setting, _) in others.into_iter().filter(|(_, given)| *given) {
                reader.fault(setting, format_args!("is of no use without {KEY}"));
            }
            return None;
        };
        if !is_header(secret_key.expose_secret()) {
            reader.fault(KEY, "is no key: it has other than visible ASCII characters");
        }
        if rehearsal_card.is_some() && !secret_key.expose_secret().starts_with("sk_test_") {
            reader.fault(
                CARD,
                "pays with no money: it goes with a key of the test mode only",
            );
        }
        let webhook_secrets = secrets(webhook);
        if webhook_secrets.is_empty() {
            reader.fault(WEBHOOK, "is missing: without it no webhook can be believed");
        }
        Some(Self {
            url: reader.url(URL, STRIPE_URL),
            secret_key,
            webhook_secrets,
            rehearsal_card,
            patience: Patience::default(),
        })
    }
}

/// Commas separate the old and the new secret while one is being replaced.
fn secrets(given: Option<SecretString>) -> Vec<SecretString> {
    let Some(given) = given else {
        return Vec::new();
    };
    let parts = given.expose_secret().split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(SecretString::from).collect()
}

fn is_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use platform::config::Environment;

    fn load(given: &[(&str, &str)]) -> Result<Option<StripeSettings>, String> {
        let env = |name: &str| {
            let found = given.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let settings = Settings::load(Environment::Production, "http://127.0.0.1:8000", &env);
        let settings = settings.map_err(|faults| faults.to_string());
        settings.map(|settings| settings.stripe)
    }

    #[test]
    fn stripe_is_offered_with_a_key_and_a_webhook_secret() {
        assert!(load(&[]).unwrap().is_none());
        let both = [(KEY, "sk_live_1"), (WEBHOOK, "whsec_1, whsec_2")];
        let settings = load(&both).unwrap().unwrap();
        assert_eq!(settings.url, STRIPE_URL);
        assert_eq!(settings.webhook_secrets.len(), 2);
        assert!(!format!("{settings:?}").contains("sk_live_1"));
    }

    #[test]
    fn half_an_account_is_a_fault() {
        for given in [
            &[(KEY, "sk_live_1")][..],
            &[(WEBHOOK, "whsec_1")],
            &[(URL, "http://x")],
        ] {
            assert!(load(given).is_err(), "{given:?}");
        }
        assert!(load(&[(KEY, "sk_live\n1"), (WEBHOOK, "whsec_1")]).is_err());
    }

    #[test]
    fn nobody_buys_for_nothing_with_a_live_key() {
        let with = |key| load(&[(KEY, key), (WEBHOOK, "whsec_1"), (CARD, "pm_card_visa")]);
        assert!(with("sk_live_1").is_err());
        assert!(with("sk_test_1").is_ok());
    }
}
