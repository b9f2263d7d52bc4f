//! What the shop knows of its account at PayFast.

use super::sources::Sources;
use crate::provider::hosted::Patience;
use platform::config::EnvReader;
use secrecy::{ExposeSecret as _, SecretString};

/// Where PayFast is. Its sandbox is at `https://sandbox.payfast.co.za`.
const PAYFAST_URL: &str = "https://www.payfast.co.za";
const ID: &str = "COMPTOIR_PAYFAST_MERCHANT_ID";
const KEY: &str = "COMPTOIR_PAYFAST_MERCHANT_KEY";
const PASSPHRASE: &str = "COMPTOIR_PAYFAST_PASSPHRASE";
const URL: &str = "COMPTOIR_PAYFAST_URL";
const SOURCES: &str = "COMPTOIR_PAYFAST_SOURCES";

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

impl PayFastSettings {
    /// The account, if there is one; half of one is a fault.
    pub(crate) fn read(reader: &mut EnvReader<'_>, public_url: &str) -> Option<Self> {
        let [id, key, passphrase] = [ID, KEY, PASSPHRASE].map(|name| (name, reader.secret(name)));
        let given = [&id, &key, &passphrase];
        if given.iter().all(|(_, value)| value.is_none()) {
            for setting in [URL, SOURCES] {
                if reader.text(setting).is_some() {
                    reader.fault(setting, format_args!("is of no use without {ID}"));
                }
            }
            return None;
        }
        for (setting, _) in given.into_iter().filter(|(_, value)| value.is_none()) {
            reader.fault(setting, "is missing: id, key and passphrase go together");
        }
        if reader.text("COMPTOIR_PUBLIC_URL").is_none() {
            let message = "is missing: PayFast must know where to send its notices";
            reader.fault("COMPTOIR_PUBLIC_URL", message);
        }
        let (Some(id), Some(merchant_key), Some(passphrase)) = (id.1, key.1, passphrase.1) else {
            return None;
        };
        Some(Self {
            url: reader.url(URL, PAYFAST_URL),
            merchant_id: id.expose_secret().trim().to_owned(),
            merchant_key,
            passphrase,
            public_url: public_url.to_owned(),
            sources: sources(reader),
            patience: Patience::default(),
        })
    }
}

fn sources(reader: &mut EnvReader<'_>) -> Sources {
    let Some(text) = reader.text(SOURCES) else {
        return Sources::default();
    };
    text.parse().unwrap_or_else(|error| {
        reader.fault(SOURCES, error);
        Sources::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use platform::config::Environment;

    const WHOLE: [(&str, &str); 4] = [
        (ID, "10000100"),
        (KEY, "46f0cd694581a"),
        (PASSPHRASE, "a passphrase"),
        ("COMPTOIR_PUBLIC_URL", "https://shop.example/"),
    ];

    fn load(given: &[(&str, &str)]) -> Result<Option<PayFastSettings>, String> {
        let env = |name: &str| {
            let found = given.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let settings = Settings::load(Environment::Production, "http://127.0.0.1:8000", &env);
        let settings = settings.map_err(|faults| faults.to_string());
        settings.map(|settings| settings.payfast)
    }

    #[test]
    fn payfast_is_offered_with_a_whole_account() {
        assert!(load(&[]).unwrap().is_none());
        let settings = load(&WHOLE).unwrap().unwrap();
        assert_eq!(settings.url, PAYFAST_URL);
        assert_eq!(settings.public_url, "https://shop.example");
        assert_eq!(settings.sources, Sources::default());
        assert!(!format!("{settings:?}").contains("46f0cd694581a"));
    }

    #[test]
    fn a_part_of_an_account_is_a_fault() {
        for missing in 0..WHOLE.len() {
            let mut rest = WHOLE.to_vec();
            rest.remove(missing);
            assert!(load(&rest).is_err(), "{rest:?}");
        }
        assert!(load(&[(URL, "https://sandbox.payfast.co.za")]).is_err());
        let wrong = [&WHOLE[..], &[(SOURCES, "payfast.co.za")]].concat();
        assert!(load(&wrong).is_err());
    }
}
