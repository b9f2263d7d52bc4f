//! What payments was told at start: which providers, who takes what, where buyers come back to.
//! Everything is checked at once, and every fault is named.

use crate::provider::payfast::PayFastSettings;
use crate::provider::routing::Route;
use crate::provider::sandbox::{SANDBOX, Switches};
use crate::provider::stripe::StripeSettings;
use platform::config::{ConfigFaults, EnvReader, Environment};
use std::time::Duration;

/// The checked settings. Secrets print as `[REDACTED]`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where this shop is reached from outside, without a slash at its end.
    pub public_url: String,
    /// Where buyers come back to after paying, and after giving up.
    pub success_url: String,
    pub cancel_url: String,
    pub routes: Vec<Route>,
    /// Take money at once, instead of when the order is confirmed.
    pub capture_at_once: bool,
    /// `None`: nobody can pay without money.
    pub sandbox: Option<Switches>,
    pub stripe: Option<StripeSettings>,
    pub payfast: Option<PayFastSettings>,
}

impl Settings {
    /// Reads and checks everything. `local_url` is where the process listens.
    pub fn load(
        environment: Environment,
        local_url: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigFaults> {
        let mut reader = EnvReader::new(env);
        let public_url = reader.url("COMPTOIR_PUBLIC_URL", local_url);
        let settings = Self {
            success_url: reader.url("COMPTOIR_PAYMENT_SUCCESS_URL", &public_url),
            cancel_url: reader.url("COMPTOIR_PAYMENT_CANCEL_URL", &public_url),
            routes: routes(&mut reader),
            capture_at_once: reader.yes("COMPTOIR_CAPTURE_AT_ONCE", false),
            sandbox: sandbox(&mut reader, environment),
            stripe: StripeSettings::read(&mut reader),
            payfast: PayFastSettings::read(&mut reader, &public_url),
            public_url,
        };
        settings.check_routes(&mut reader);
        reader.finish(settings)
    }

    /// For tests: the sandbox, as `switches` say.
    pub fn for_tests(switches: Switches) -> Self {
        let url = "http://shop.test".to_owned();
        Self {
            success_url: format!("{url}/thanks"),
            cancel_url: format!("{url}/cart"),
            public_url: url,
            routes: Vec::new(),
            capture_at_once: false,
            sandbox: Some(switches),
            stripe: None,
            payfast: None,
        }
    }

    fn check_routes(&self, reader: &mut EnvReader<'_>) {
        let configured = |name: &str| match name {
            SANDBOX => self.sandbox.is_some(),
            "stripe" => self.stripe.is_some(),
            "payfast" => self.payfast.is_some(),
            _ => false,
        };
        for route in self.routes.iter().filter(|one| !configured(&one.provider)) {
            let message = format!("provider {:?} is not configured", route.provider);
            reader.fault("COMPTOIR_PAYMENT_ROUTES", message);
        }
    }
}

fn routes(reader: &mut EnvReader<'_>) -> Vec<Route> {
    let setting = "COMPTOIR_PAYMENT_ROUTES";
    let parsed = reader.list(setting).into_iter().map(|text| text.parse());
    let mut routes = Vec::new();
    for route in parsed.collect::<Vec<_>>() {
        match route {
            Ok(route) => routes.push(route),
            Err(error) => reader.fault(setting, error),
        }
    }
    routes
}

/// In production the sandbox must be asked for: it takes orders without money.
fn sandbox(reader: &mut EnvReader<'_>, environment: Environment) -> Option<Switches> {
    let on = reader.yes("COMPTOIR_SANDBOX", environment != Environment::Production);
    let setting = "COMPTOIR_SANDBOX_SWITCHES";
    let mut switches = Switches::default();
    for word in reader.list(setting) {
        match word.as_str() {
            "slow" => switches.slow = Some(Duration::from_secs(2)),
            "redirect" => switches.redirect = true,
            "answer-lost" => switches.answer_lost = true,
            "failing-capture" => switches.failing_capture = true,
            _ => reader.fault(
                setting,
                format_args!("{word:?} is none of slow, redirect, answer-lost, failing-capture"),
            ),
        }
    }
    on.then_some(switches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(env: &[(&str, &str)]) -> Result<Settings, ConfigFaults> {
        let env = |name: &str| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Settings::load(Environment::Production, "http://127.0.0.1:8000", &env)
    }

    #[test]
    fn in_production_the_sandbox_must_be_asked_for() {
        assert!(load(&[]).is_ok_and(|settings| settings.sandbox.is_none()));
        let on = load(&[
            ("COMPTOIR_SANDBOX", "on"),
            ("COMPTOIR_SANDBOX_SWITCHES", "redirect"),
        ]);
        assert!(on.is_ok_and(|settings| settings.sandbox.is_some_and(|one| one.redirect)));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let faults = load(&[
            ("COMPTOIR_PUBLIC_URL", "shop.example"),
            ("COMPTOIR_PAYMENT_ROUTES", "card=sandbox, nonsense"),
            ("COMPTOIR_SANDBOX_SWITCHES", "quick"),
            ("COMPTOIR_CAPTURE_AT_ONCE", "perhaps"),
        ]);
        let text = faults
            .map_err(|faults| faults.to_string())
            .expect_err("all is wrong");
        for fault in [
            "shop.example",
            "\"nonsense\"",
            "\"sandbox\" is not configured",
            "\"quick\"",
            "is on or off",
        ] {
            assert!(text.contains(fault), "{fault} in {text}");
        }
    }
}
